"""Every look of an officer at one person stands in the trail with its reason: the work, or what the officer said first."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import Branch, ClosedDay, User
from activation.actions import cases, visits
from activation.models import Attempt, ChannelOutage, Fingerprint, Visit
from audit.events import Event
from audit.models import Entry
from core.admin_looks import LookedAtAdmin
from messaging.actions import sending
from messaging.models import GatewayHealth, Message, ReceivedText
from partners.models import Call, Device, Partner, Webhook
from registry.models import DependencyLink, Person, Relation
from services.models import ReadyReason, ServiceDay, ServiceRequest
from tests.officers.conftest import enter, say_why
from tests.officers.requests import REASON, ask, read_now

pytestmark = pytest.mark.django_db

# Each model of the administration, by whom its pages show. The desks have rules of their own, which are tested below and in
# test_requests_desk.
ONE_PERSON = {Person, User, Message, ReceivedText, Entry}
OFFICERS_ONLY = {TOTPDevice}
DESKS = {ServiceRequest, Attempt}
NOBODY = {
    Branch, ClosedDay, ChannelOutage, GatewayHealth, Partner, Device, Call, Webhook, ServiceDay, ReadyReason,
}  # fmt: skip
VIEWED = {
    Person: Event.PERSON_VIEWED,
    User: Event.ACCOUNT_VIEWED,
    Message: Event.MESSAGE_VIEWED,
    ReceivedText: Event.MESSAGE_VIEWED,
    Entry: Event.ENTRY_VIEWED,
}
SEARCHED = {
    Person: Event.REGISTER_SEARCHED,
    User: Event.ACCOUNTS_SEARCHED,
    Message: Event.MESSAGES_SEARCHED,
    ReceivedText: Event.MESSAGES_SEARCHED,
    Entry: Event.TRAIL_SEARCHED,
}
ASKED, COMPLAINT = "Why do you look?", {"look": "answered", "reason": "complaint"}
DESK = "/en/admin/activation/attempt/"


def test_every_model_of_the_administration_has_a_rule() -> None:
    registered: dict[type[Model], Any] = dict(admin.site._registry)
    assert set(registered) == ONE_PERSON | OFFICERS_ONLY | DESKS | NOBODY
    assert {one for one, its in registered.items() if isinstance(its, LookedAtAdmin)} == ONE_PERSON | OFFICERS_ONLY


@pytest.fixture
def root(officer: User) -> User:
    """Sees what supervisors see and what auditors see."""
    officer.is_superuser = True
    officer.save()
    return officer


@pytest.fixture
def records(activated: User, person: Person) -> dict[type[Model], Model]:
    """Of one person, in each room."""
    sending.send(to=activated.mobile, purpose="account_paused", language="en")
    text = ReceivedText.objects.create(sender=activated.mobile, gateway="a", gateway_reference="1", outcome="stranger")
    entry = Entry.objects.create(event=Event.SIGNED_IN, actor_id=activated.pk)
    message = Message.objects.latest("pk")
    return {Person: person, User: activated, Message: message, ReceivedText: text, Entry: entry}


def page(name: str, model: type[Model], *key: int) -> str:
    return reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_{name}", args=key).replace("/ar/", "/en/")


def reasons(event: Event, officer: User) -> list[str]:
    told = Entry.objects.filter(event=event, actor_id=officer.pk).order_by("pk")
    return [entry.details["reason"] for entry in told]


@pytest.mark.parametrize("model", VIEWED)
def test_a_record_of_one_person_is_shown_with_a_reason_that_the_trail_keeps(
    model: type[Model], root: User, records: dict[type[Model], Model]
) -> None:
    client, address = enter(Client(), root), page("change", model, records[model].pk)
    assert ASKED in client.get(address).text and reasons(VIEWED[model], root) == []
    assert "field-wrong" in client.post(address, {"look": "answered", "reason": "curious"}).text
    assert client.post(address, COMPLAINT)["Location"] == address
    assert ASKED not in client.get(address).text
    assert reasons(VIEWED[model], root) == ["complaint"]


@pytest.mark.parametrize("model", SEARCHED)
def test_a_search_for_one_person_has_a_reason_and_the_list_alone_has_none(
    model: type[Model], root: User, records: dict[type[Model], Model], activated: User, person: Person
) -> None:
    number = str(activated.pk) if model is Entry else activated.mobile
    client, listed = enter(Client(), root), page("changelist", model)
    found = f"{listed}?q={person.id_number if model in (Person, User) else number.replace('+966', '0')}"
    assert ASKED not in client.get(listed).text
    assert ASKED in client.get(found).text and reasons(SEARCHED[model], root) == []
    assert client.post(found, COMPLAINT)["Location"] == found
    shown = client.get(found).text
    assert ASKED not in shown and "You look because: A complaint." in shown
    assert reasons(SEARCHED[model], root) == ["complaint"]
    assert ASKED in client.post(found, {"look": "again"}).text


def test_the_register_shows_nobody_who_is_not_searched_for(office: Client, person: Person) -> None:
    register = page("changelist", Person)
    say_why(office, register)
    assert person.name_en not in office.get(register).text
    assert person.name_en in office.get(register, {"q": person.id_number}).text


@pytest.mark.parametrize("model", VIEWED)
def test_one_reason_holds_for_one_room_and_a_while(
    model: type[Model], root: User, records: dict[type[Model], Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = enter(Client(), root)
    say_why(client, page("changelist", model))
    for other, record in records.items():
        assert (ASKED in client.get(page("change", other, record.pk)).text) == (other is not model)
    monkeypatch.setattr("core.looks.HOLDS_FOR", timedelta(0))
    say_why(client, page("changelist", model))
    assert ASKED in client.get(page("change", model, records[model].pk)).text


def test_whoever_keeps_the_officers_accounts_is_not_asked_about_them(root: User, civil_affairs: User) -> None:
    device = TOTPDevice.objects.create(user=civil_affairs, name="phone")
    client = enter(Client(), root)
    for model, key in ((User, civil_affairs.pk), (TOTPDevice, device.pk)):
        assert ASKED not in client.get(page("change", model, key)).text
    looks = Entry.objects.filter(event=Event.ACCOUNT_VIEWED, subject_id=civil_affairs.pk)
    assert [entry.details for entry in looks] == [{"reason": "keeps_officers"}] * 2


def test_a_supervisor_is_asked_about_an_officer_as_about_anybody(
    office: Client, supervisor: User, civil_affairs: User
) -> None:
    assert ASKED in office.get(page("change", User, civil_affairs.pk)).text
    assert reasons(Event.ACCOUNT_VIEWED, supervisor) == []


@pytest.mark.parametrize("key", ["0", "abc", "9" * 30])
def test_a_record_that_is_not_there_is_no_look(key: str, root: User) -> None:
    client = enter(Client(), root)
    say_why(client, page("changelist", User))
    assert client.get(f"/en/admin/accounts/user/{key}/change/").status_code == 302
    assert reasons(Event.ACCOUNT_VIEWED, root) == []


@pytest.fixture
def attempt(resident: User) -> Attempt:
    return cases.begin(resident, "officer")


def case(attempt: Attempt) -> str:
    return f"{DESK}{attempt.pk}/"


def test_the_visit_code_that_was_brought_is_the_reason(desk: Client, passports: User, attempt: Attempt) -> None:
    desk.post(DESK, {"searched": attempt.visit_code})
    for address in (case(attempt), f"{case(attempt)}refuse/"):
        assert ASKED not in desk.get(address).text
    assert reasons(Event.CASE_FOUND, passports) == ["visit_code"]
    assert reasons(Event.CASE_VIEWED, passports) == ["visit_code"] * 2
    # The code was that person's at that moment: whoever comes back later is asked.
    desk.get(DESK)
    assert ASKED in desk.get(case(attempt)).text


def test_a_case_that_was_found_by_number_or_in_a_list_is_shown_after_a_reason(
    desk: Client, passports: User, attempt: Attempt, person: Person
) -> None:
    desk.post(DESK, {"searched": person.id_number})
    assert reasons(Event.CASE_FOUND, passports) == ["number_searched"]
    for address in (case(attempt), f"{case(attempt)}refuse/"):
        assert ASKED in desk.get(address).text
    assert ASKED in desk.post(case(attempt), {"look": "answered"}).text
    assert reasons(Event.CASE_VIEWED, passports) == []
    assert desk.post(case(attempt), {"look": "answered", "reason": "person_asks"})["Location"] == case(attempt)
    assert ASKED not in desk.get(case(attempt)).text
    assert reasons(Event.CASE_VIEWED, passports) == ["person_asks"]


@pytest.mark.parametrize(("days", "is_asked"), [(0, False), (1, True)])
def test_a_visit_at_the_officers_branch_today_is_a_reason(
    days: int, is_asked: bool, desk: Client, passports: User, attempt: Attempt, branch: Branch
) -> None:
    at = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=days)
    Visit.objects.create(attempt=attempt, branch=branch, starts_at=at, place=1)
    assert (ASKED in desk.get(case(attempt)).text) == is_asked
    assert reasons(Event.CASE_VIEWED, passports) == ([] if is_asked else ["visit"])


def test_both_officers_of_a_differing_document_have_their_work_as_a_reason(
    desk: Client, second_desk: Client, passports: User, civil_affairs: User, attempt: Attempt, person: Person
) -> None:
    document = visits.Document(person.id_number, "Somebody Else", person.birth_date)
    visits.check_document(attempt, passports, document, Fingerprint.MATCHED)
    assert ASKED not in desk.get(case(attempt)).text + second_desk.get(case(attempt)).text
    assert reasons(Event.CASE_VIEWED, passports) == ["first_officer"]
    assert reasons(Event.CASE_VIEWED, civil_affairs) == ["second_officer"]


def test_a_decision_that_is_looked_at_again_is_a_look(
    office: Client, supervisor: User, civil_affairs: User, activated: User
) -> None:
    request = ask(activated, officer=civil_affairs)
    enter(Client(), civil_affairs).post(
        f"/en/admin/services/servicerequest/{request.number}/",
        {"decision": "reject", "text": REASON} | read_now(request),
    )
    reopening = "/en/admin/services/serviceday/reopen/"
    assert REASON in office.get(reopening, {"number": request.number}).text
    assert reasons(Event.REQUEST_VIEWED, supervisor) == ["reopening"]


def test_no_supervisor_reads_a_decision_about_the_own_family(
    office: Client, supervisor: User, civil_affairs: User, activated: User, person: Person,
    make_person: Callable[..., Person],
) -> None:  # fmt: skip
    request = ask(activated, officer=civil_affairs)
    enter(Client(), civil_affairs).post(
        f"/en/admin/services/servicerequest/{request.number}/",
        {"decision": "reject", "text": REASON} | read_now(request),
    )
    son = make_person(supervisor.id_number, nationality="SAU")
    DependencyLink.objects.create(head=person, dependent=son, relation=Relation.SON)
    shown = office.get("/en/admin/services/serviceday/reopen/", {"number": request.number}).text
    assert "field-wrong" in shown and REASON not in shown
    assert reasons(Event.REQUEST_VIEWED, supervisor) == []


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_trail_tells_every_reason_in_words(language: str, root: User, attempt: Attempt, resident: User) -> None:
    words = ("visit_code", "number_searched", "visit", "first_officer", "keeps_officers", "reopening")
    told = {"event": Event.CASE_VIEWED, "subject_id": resident.pk}
    Entry.objects.bulk_create([Entry(details={"reason": word}, **told) for word in words])
    shown = enter(Client(), root).get(f"/{language}/admin/audit/entry/").text
    assert not any(f"<bdi>{word}</bdi></div>" in shown for word in words)


@pytest.mark.parametrize("model", sorted(VIEWED, key=lambda one: one._meta.label))
def test_a_row_that_is_there_and_one_that_is_not_are_answered_alike_where_one_may_not_look(
    model: type[Model], desk: Client, records: dict[type[Model], Model]
) -> None:
    key = records[model].pk
    for place in ("history", "change", "delete"):
        asked = [f"{page('changelist', model)}{one}/{place}/" for one in (key, key + 999)]
        assert len({desk.get(address).status_code for address in asked}) == 1, place


def test_there_is_no_page_with_the_history_of_a_row(root: User, branch: Branch) -> None:
    """What was done stands in the trail."""
    answer = enter(Client(), root).get(f"/en/admin/accounts/branch/{branch.pk}/history/", follow=True)
    assert "LogEntry" not in answer.text and "Change history" not in answer.text


@pytest.mark.parametrize(
    ("model", "field"), [("activation.activationcase", "user"), ("services.servicerequest", "subject")]
)
def test_nobody_is_found_without_a_look(
    model: str, field: str, root: User, records: dict[type[Model], Model], person: Person
) -> None:
    app, name = model.split(".")
    asked = {"app_label": app, "model_name": name, "field_name": field, "term": person.id_number}
    assert enter(Client(), root).get("/en/admin/autocomplete/", asked).status_code == 404


def test_what_is_sent_without_a_look_shows_nobody(desk: Client, passports: User, attempt: Attempt) -> None:
    for address in (case(attempt), f"{case(attempt)}refuse/"):
        assert ASKED in desk.post(address, {"x": "1"}).text
    assert reasons(Event.CASE_VIEWED, passports) == []


def test_what_is_sent_wrongly_is_shown_again_as_another_look(
    desk: Client, second_desk: Client, passports: User, civil_affairs: User, attempt: Attempt, person: Person
) -> None:
    say_why(desk, case(attempt))
    assert "field-wrong" in desk.post(case(attempt), {"x": "1"}).text
    assert reasons(Event.CASE_VIEWED, passports) == ["complaint"]
    document = visits.Document(person.id_number, "Somebody Else", person.birth_date)
    visits.check_document(attempt, passports, document, Fingerprint.MATCHED)
    assert "Somebody Else" in second_desk.post(case(attempt), {"x": "1"}).text
    assert reasons(Event.CASE_VIEWED, civil_affairs) == ["second_officer"]


def test_no_officer_reads_the_own_case_by_sending_something(
    desk: Client, passports: User, attempt: Attempt, resident: User
) -> None:
    User.objects.filter(pk=passports.pk).update(id_number=resident.id_number)
    assert desk.post(case(attempt), {"x": "1"})["Location"] == DESK
