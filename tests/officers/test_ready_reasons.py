"""Ready-made reasons: kept by supervisors, chosen by officers, read by applicants in their own language."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import User
from audit.events import Event
from audit.models import Entry
from registry.models import Person
from services.actions import decisions, proposals, reopening
from services.actions.batches import Batch, BatchAct
from services.models import ReadyReason, Reason, ServiceRequest
from services.states import RequestState
from tests.cast import sign_in
from tests.officers.conftest import enter
from tests.officers.requests import REASON, ask, page_of, read_now

pytestmark = pytest.mark.django_db

REASONS = "/en/admin/services/readyreason/"
WRITTEN = {
    "place": "civil-affairs",
    "title_ar": "صورة غير واضحة",
    "title_en": "Unclear photo",
    "text_ar": "صورة الوثيقة غير واضحة. صوّرها من جديد وأرفقها.",
    "text_en": "The photo is not clear. Take it again and attach it.",
}
KEPT = {name: text for name, text in WRITTEN.items() if name != "place"}


@pytest.fixture
def ready() -> ReadyReason:
    return ReadyReason.objects.create(department="civil-affairs", **KEPT)


@pytest.fixture
def desk(civil_affairs: User) -> Client:
    return enter(Client(), civil_affairs)


def test_a_supervisor_writes_changes_and_deletes_one(office: Client, supervisor: User) -> None:
    office.post(f"{REASONS}add/", WRITTEN)
    reason = ReadyReason.objects.get()
    assert (reason.department, reason.service, reason.text_en) == ("civil-affairs", "", WRITTEN["text_en"])
    assert "Unclear photo" in office.get(REASONS).content.decode()
    office.post(f"{REASONS}{reason.pk}/change/", WRITTEN | {"place": "passports/passports-messages"})
    reason.refresh_from_db()
    assert (reason.department, reason.service) == ("passports", "passports-messages")
    assert (
        'value="passports/passports-messages" selected' in office.get(f"{REASONS}{reason.pk}/change/").content.decode()
    )
    office.post(f"{REASONS}{reason.pk}/delete/", {"post": "yes"})
    assert not ReadyReason.objects.exists()
    events = Entry.objects.filter(event__startswith="ready_reason", actor_id=supervisor.pk).order_by("pk")
    assert list(events.values_list("event", flat=True)) == [Event.READY_REASON_SAVED] * 2 + [Event.READY_REASON_DELETED]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"place": ""}, "Choose for which department or service it is."),
        ({"place": "navy"}, "field-"),
        ({"title_ar": ""}, "Write a short title in Arabic."),
        ({"text_en": ""}, "Write the text in English, too"),
        ({"text_ar": "لا"}, "Write a whole sentence."),
    ],
)
def test_what_is_wrong_with_one_is_told_beside_its_field(wrong: dict[str, str], sentence: str, office: Client) -> None:
    page = office.post(f"{REASONS}add/", WRITTEN | wrong).content.decode()
    assert sentence in page and not ReadyReason.objects.exists()
    assert all(text in page for name, text in WRITTEN.items() if name not in wrong)


def test_a_title_stands_once_in_a_place(office: Client, ready: ReadyReason) -> None:
    page = office.post(f"{REASONS}add/", WRITTEN).content.decode()
    assert page.count("Another reason for the same place") == 2 and ReadyReason.objects.count() == 1


def test_officers_choose_and_do_not_write_them(desk: Client, ready: ReadyReason) -> None:
    assert {desk.get(path).status_code for path in (REASONS, f"{REASONS}add/")} == {403}


@pytest.mark.parametrize(("language", "text"), [("en", WRITTEN["text_en"]), ("ar", WRITTEN["text_ar"])])
def test_its_text_is_sent_in_the_applicants_language_when_nothing_else_is_written(
    language: str, text: str, desk: Client, civil_affairs: User, activated: User, ready: ReadyReason
) -> None:
    User.objects.filter(pk=activated.pk).update(language=language)
    request = ask(activated, officer=civil_affairs)
    page = desk.get(page_of(request)).content.decode()
    assert "Unclear photo" in page and WRITTEN["text_ar"] in page and WRITTEN["text_en"] in page
    # For the script, which puts it into the box.
    assert f'data-text="{text}"' in page
    desk.post(page_of(request), {"decision": "reject", "ready_reason": ready.pk, "text": "  "} | read_now(request))
    request.refresh_from_db()
    assert (request.state, request.reason) == (RequestState.REJECTED, text)


@pytest.mark.parametrize("sent", ["", WRITTEN["text_en"]], ids=["chosen", "put into the box"])
@pytest.mark.parametrize("decision", ["reject", "return", "approve"])
def test_the_applicant_reads_it_in_the_language_of_the_page(
    decision: str, sent: str, desk: Client, civil_affairs: User, activated: User, ready: ReadyReason
) -> None:
    request = ask(activated, officer=civil_affairs)
    decided = {"decision": decision, "ready_reason": ready.pk, "text": sent, "checks": ["0"]}
    desk.post(page_of(request), decided | read_now(request))
    ready.delete()
    browser = sign_in(Client(), activated)
    for language in ("en", "ar"):
        assert WRITTEN[f"text_{language}"] in browser.get(f"/{language}/requests/{request.number}/").text


def test_a_changed_reason_is_the_officers_own(
    desk: Client, civil_affairs: User, activated: User, ready: ReadyReason
) -> None:
    request = ask(activated, officer=civil_affairs)
    desk.post(page_of(request), {"decision": "reject", "ready_reason": ready.pk, "text": REASON} | read_now(request))
    assert REASON in sign_in(Client(), activated).get(f"/ar/requests/{request.number}/").text


def test_a_second_officer_and_a_supervisor_lose_neither_language(
    civil_affairs: User, colleague: User, supervisor: User, activated: User, person: Person, ready: ReadyReason
) -> None:
    facts: dict[str, Any] = {"person": person.pk, "birth_date": "1988-04-18", "reason": ""}
    request, both = ask(activated, "correct-birth-date", officer=civil_affairs, **facts), {"ar": "نعم.", "en": "Yes."}
    proposals.propose(request, civil_affairs, reason=Reason("Yes.", both))
    proposals.confirm(request, colleague, seen=proposals.mark_of(request))
    assert (request.reason, request.reason_in_both) == ("Yes.", both)
    rejected = ask(activated, token="2", officer=civil_affairs)
    decisions.reject(rejected, civil_affairs, reason=Reason("No.", {"ar": "لا.", "en": "No."}))
    reopening.reopen(rejected, supervisor, reason=REASON)
    assert rejected.thread.earliest("pk").text_in_both == {"ar": "لا.", "en": "No."}
    assert rejected.reason_in_both == {}


@pytest.mark.parametrize(("texts", "kept"), [({"ar": "لا.", "en": "No."}, True), ({"ar": "No.", "en": "No."}, False)])
def test_a_batch_keeps_both_languages_of_a_ready_made_reason(
    texts: dict[str, str], kept: bool, civil_affairs: User, activated: User
) -> None:
    request = ask(activated)
    Batch(BatchAct.REJECT, civil_affairs, texts=texts).carry_out([request])
    assert request.reason_in_both == (texts if kept else {})


def test_what_the_officer_writes_goes_before_it(
    desk: Client, civil_affairs: User, activated: User, ready: ReadyReason
) -> None:
    request = ask(activated, officer=civil_affairs)
    desk.post(page_of(request), {"decision": "return", "ready_reason": ready.pk, "text": REASON} | read_now(request))
    assert ServiceRequest.objects.get().thread.get().text == REASON


def test_a_request_offers_those_of_its_service_and_department_only(
    desk: Client, civil_affairs: User, activated: User, ready: ReadyReason
) -> None:
    places: list[dict[str, Any]] = [
        {"department": "civil-affairs", "service": "civil-affairs-messages", "title_en": "Of this service"},
        {"department": "civil-affairs", "service": "register-death", "title_en": "Of another service"},
        {"department": "passports", "title_en": "Of another department"},
    ]
    for n, place in enumerate(places):
        ReadyReason.objects.create(**(KEPT | place | {"title_ar": f"عنوان {n}"}))
    page = desk.get(page_of(ask(activated, officer=civil_affairs))).content.decode()
    assert "Of this service" in page and "Unclear photo" in page
    assert "Of another service" not in page and "Of another department" not in page


def test_the_database_keeps_none_in_one_language_only() -> None:
    with pytest.raises(IntegrityError, match="a_ready_reason_is_written_in_both_languages"), transaction.atomic():
        ReadyReason.objects.create(department="passports", **(KEPT | {"text_ar": ""}))
