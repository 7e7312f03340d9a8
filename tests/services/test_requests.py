"""The requests centre: what an applicant does, from the requirements to the answer."""

import secrets
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.actions import claims
from accounts.models import User
from audit.events import Event
from audit.models import Entry
from messaging.models import Message
from registry.models import DependencyLink, Document, DocumentKind, DocumentStatus, Person, Relation
from services import due
from services.actions import decisions, requests
from services.actions.handling import DecisionRefused
from services.actions.requests import RequestRefused
from services.catalogue import services
from services.models import Notice, Reason, ServiceRequest
from services.states import RequestState
from tests.cast import Phone, luhn_number, sign_in

pytestmark = pytest.mark.django_db

MESSAGE = {"topic": "family", "message": "How do I add my newborn son?\nHe was born in Riyadh."}
REASON = "Bring the birth certificate to any branch; it takes ten minutes."


@pytest.fixture
def passport(person: Person) -> Document:
    return Document.objects.create(
        holder=person, kind=DocumentKind.PASSPORT, number="N0000101", issued_by="JOR", expires_on="2032-06-30"
    )


def lost(lost_one: Document, **answers: str) -> dict[str, str]:
    day = {"lost_on_calendar": "gregorian", "lost_on_day": "3", "lost_on_month": "11", "lost_on_year": "2026"}
    return {"document": str(lost_one.pk), "place": "Riyadh", "circumstances": "In a taxi."} | day | answers


def begin(client: Client, slug: str = "civil-affairs-messages", token: str = "t1") -> ServiceRequest:
    client.post(f"/en/requests/new/{slug}/", {"token": token})
    return ServiceRequest.objects.latest("pk")


def submitted(client: Client) -> ServiceRequest:
    draft = begin(client)
    client.post(f"/en/requests/{draft.number}/form/", MESSAGE)
    client.post(f"/en/requests/{draft.number}/review/", {"pledge": "on"})
    draft.refresh_from_db()
    return draft


def text(client: Client, path: str) -> str:
    return client.get(f"/en/requests/{path}").content.decode()


def test_a_message_goes_from_the_menu_to_the_officers_answer(
    applicant: Client, activated: User, officer: User, phone: Phone
) -> None:
    assert reverse("request_start", args=["civil-affairs-messages"]).removeprefix("/ar") in text(
        applicant, "at/civil-affairs/"
    )
    draft = begin(applicant)
    assert applicant.post(f"/en/requests/{draft.number}/form/", MESSAGE).url.endswith("/review/")
    assert "Family and dependents" in text(applicant, f"{draft.number}/review/")
    page = applicant.post(f"/en/requests/{draft.number}/review/", {"pledge": "on"}, follow=True).content.decode()
    assert draft.number in page and "Submitted" in page
    assert phone.newest().purpose == "request_submitted" and draft.number in phone.newest_text()
    due_on = ServiceRequest.objects.get().due_on
    assert due_on and f"{due_on.day} {due_on:%B %Y} (" in phone.newest_text() and " AH)" in phone.newest_text()
    assert f"answers by {due_on.day} {due_on:%B %Y} (" in applicant.get("/en/inbox/").content.decode()
    decisions.take(ServiceRequest.objects.get(), officer)
    decisions.approve(ServiceRequest.objects.get(), officer, reason=Reason(REASON))
    page = text(applicant, f"{draft.number}/")
    assert "Approved" in page and REASON in page
    assert phone.newest().purpose == "request_approved"
    assert "read the officer&#x27;s answer" in applicant.get("/en/inbox/").content.decode()


def test_the_trail_tells_each_step(applicant: Client, activated: User, officer: User) -> None:
    request = submitted(applicant)
    decisions.take(request, officer)
    decisions.view(request, officer)
    decisions.reject(request, officer, reason=Reason(REASON))
    events = Entry.objects.filter(event__startswith="request_").order_by("pk").values_list("event", "actor_id")
    assert list(events) == [
        (Event.REQUEST_SUBMITTED, activated.pk),
        (Event.REQUEST_TAKEN, officer.pk),
        (Event.REQUEST_VIEWED, officer.pk),
        (Event.REQUEST_REJECTED, officer.pk),
    ]


def test_what_was_answered_rightly_is_kept_when_something_else_is_not(applicant: Client) -> None:
    draft = begin(applicant)
    page = applicant.post(f"/en/requests/{draft.number}/form/", {"message": "Hello"}).content.decode()
    assert "Choose one." in page
    assert "Hello" in text(applicant, f"{draft.number}/form/")


def test_a_request_without_all_answers_is_not_submitted(applicant: Client) -> None:
    draft = begin(applicant)
    page = applicant.post(f"/en/requests/{draft.number}/review/", {"pledge": "on"}, follow=True).content.decode()
    assert "Something is not answered yet" in page and "Choose one." in page
    draft.refresh_from_db()
    assert draft.state == RequestState.DRAFT


def test_without_the_pledge_nothing_is_submitted(applicant: Client) -> None:
    draft = begin(applicant)
    applicant.post(f"/en/requests/{draft.number}/form/", MESSAGE)
    page = applicant.post(f"/en/requests/{draft.number}/review/").content.decode()
    assert "Tick this to submit the request." in page


def test_however_often_its_pages_are_sent_there_is_one_request(applicant: Client, phone: Phone) -> None:
    draft = begin(applicant)
    begin(applicant)
    applicant.post(f"/en/requests/{draft.number}/form/", MESSAGE)
    for _ in range(3):
        applicant.post(f"/en/requests/{draft.number}/review/", {"pledge": "on"})
    assert ServiceRequest.objects.count() == 1
    assert [m.purpose for m in phone.messages()].count("request_submitted") == 1


def test_a_requirement_that_does_not_hold_is_told_before_the_form(applicant: Client, person: Person) -> None:
    Person.objects.filter(pk=person.pk).update(id_expires_on="2026-01-01")
    page = text(applicant, "new/report-lost-documents/")
    assert "Not fulfilled" in page and "Renew it first" in page and 'name="token"' not in page
    applicant.post("/en/requests/new/report-lost-documents/", {"token": "t"})
    assert ServiceRequest.objects.count() == 0


def test_the_documents_are_named_before_the_form(applicant: Client, passport: Document) -> None:
    page = text(applicant, "new/report-lost-documents/")
    assert 'Police report <span class="optional">(optional)</span>' in page
    assert "Documents to attach" not in text(applicant, "new/civil-affairs-messages/")
    page = text(applicant, "new/register-marriage/")
    assert "<li>Marriage contract</li>" in page
    assert 'Marriage permit <span class="optional">(where it applies)</span>' in page


def test_a_lost_document_is_cancelled_with_the_decision(applicant: Client, passport: Document, officer: User) -> None:
    draft = begin(applicant, "report-lost-documents")
    applicant.post(f"/en/requests/{draft.number}/form/", lost(passport))
    applicant.post(f"/en/requests/{draft.number}/review/", {"pledge": "on"})
    passport.refresh_from_db()
    assert passport.status == DocumentStatus.VALID
    decisions.take(ServiceRequest.objects.get(), officer)
    decisions.approve(ServiceRequest.objects.get(), officer, reason=Reason(REASON))
    passport.refresh_from_db()
    assert passport.status == DocumentStatus.LOST


def test_a_decision_that_the_register_does_not_allow_any_more_changes_nothing(
    applicant: Client, passport: Document, officer: User
) -> None:
    draft = begin(applicant, "report-lost-documents")
    applicant.post(f"/en/requests/{draft.number}/form/", lost(passport))
    applicant.post(f"/en/requests/{draft.number}/review/", {"pledge": "on"})
    decisions.take(ServiceRequest.objects.get(), officer)
    Document.objects.update(status=DocumentStatus.CANCELLED)
    with pytest.raises(DecisionRefused, match="register_changed"):
        decisions.approve(ServiceRequest.objects.get(), officer, reason=Reason(REASON))
    assert ServiceRequest.objects.get().state == RequestState.IN_REVIEW


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"lost_on_year": "2031"}, "This day lies in the future."),
        ({"lost_on_year": "1800"}, "This is too long ago."),
        ({"lost_on_month": "13"}, "There is no such day in this calendar."),
        ({"lost_on_year": "1448"}, "1448 is a Hijri year. Choose the Hijri calendar, or correct the year."),
        ({"lost_on_calendar": "hijri"}, "2026 is a Gregorian year. Choose the Gregorian calendar, or correct the year."),
        ({"lost_on_day": "x"}, "Type day, month and year as digits."),
        ({"lost_on_day": "", "lost_on_month": "", "lost_on_year": ""}, "Type day, month and year."),
        ({"lost_on_calendar": "hijri", "lost_on_day": "30", "lost_on_month": "2", "lost_on_year": "1447"}, "There is no such day"),
        ({"document": "999999"}, "This is not one of the choices."),
        ({"place": "x" * 121}, "Write at most 120 characters; these are 121."),
        ({"circumstances": ""}, "Write an answer."),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_told_beside_its_field_and_nothing_is_lost(
    typed: dict[str, str], sentence: str, applicant: Client, passport: Document
) -> None:
    draft = begin(applicant, "report-lost-documents")
    page = applicant.post(f"/en/requests/{draft.number}/form/", lost(passport, **typed)).content.decode()
    assert sentence in page
    assert all(value in page for name, value in lost(passport, **typed).items() if value and name != "document")


def test_a_document_is_not_lost_before_it_is_issued(applicant: Client, passport: Document) -> None:
    Document.objects.update(issued_on="2026-11-04")
    draft = begin(applicant, "report-lost-documents")
    page = applicant.post(f"/en/requests/{draft.number}/form/", lost(passport)).text
    assert "This document was issued on 4 November 2026" in page
    page = applicant.post(f"/en/requests/{draft.number}/form/", lost(passport, lost_on_day="4"), follow=True).text
    assert "was issued on" not in page


def test_dates_may_be_hijri_and_digits_arabic(applicant: Client, passport: Document) -> None:
    draft = begin(applicant, "report-lost-documents")
    hijri = {"lost_on_calendar": "hijri", "lost_on_day": "١", "lost_on_month": "٦", "lost_on_year": "١٤٤٨"}
    applicant.post(f"/en/requests/{draft.number}/form/", lost(passport, **hijri))
    draft.refresh_from_db()
    assert date.fromisoformat(draft.answers["lost_on"]).year == 2026


def test_a_document_of_somebody_elses_family_cannot_be_chosen(
    applicant: Client, passport: Document, stranger: User
) -> None:
    foreign = Document.objects.create(
        holder=Person.objects.get(id_number=stranger.id_number), kind=DocumentKind.PASSPORT, number="N9", expires_on="2032-01-01"
    )  # fmt: skip
    draft = begin(applicant, "report-lost-documents")
    applicant.post(f"/en/requests/{draft.number}/form/", lost(foreign))
    draft.refresh_from_db()
    assert "document" not in draft.answers


def test_a_dependents_document_can_be_chosen(
    applicant: Client, person: Person, make_person: Callable[..., Person]
) -> None:
    child = make_person(luhn_number("200003001"), first_name_en="Lama", birth_date="2015-01-01")
    DependencyLink.objects.create(head=person, dependent=child, relation=Relation.DAUGHTER)
    document = Document.objects.create(holder=child, kind=DocumentKind.IQAMA, number="A1")
    draft = begin(applicant, "report-lost-documents")
    assert "Lama" in text(applicant, f"{draft.number}/form/")
    applicant.post(f"/en/requests/{draft.number}/form/", lost(document))
    draft.refresh_from_db()
    assert draft.answers["document"] == document.pk


def test_what_is_returned_asks_for_exactly_the_fields_named(applicant: Client, officer: User, phone: Phone) -> None:
    request = submitted(applicant)
    decisions.take(request, officer)
    decisions.send_back(request, officer, reason=Reason("Please say which city."), fields=["message"])
    assert phone.newest().purpose == "request_returned"
    page = text(applicant, f"{request.number}/")
    assert "Please say which city." in page and 'name="message"' in page and 'name="topic"' not in page
    answered = {"message": "In Jeddah.", "text": "Corrected.", "topic": "other"}
    applicant.post(f"/en/requests/{request.number}/write/", answered)
    request.refresh_from_db()
    assert (request.state, request.answers) == (RequestState.IN_REVIEW, {"topic": "family", "message": "In Jeddah."})


def test_nothing_is_decided_while_the_applicant_is_asked(applicant: Client, officer: User) -> None:
    request = submitted(applicant)
    decisions.take(request, officer)
    decisions.send_back(request, officer, reason=Reason("Please say which city."), fields=[])
    for decide in (decisions.approve, decisions.reject):
        with pytest.raises(DecisionRefused, match="moved"):
            decide(request, officer, reason=Reason(REASON))


def test_of_a_decision_and_a_withdrawal_one_wins_and_the_other_is_told(applicant: Client, officer: User) -> None:
    request = submitted(applicant)
    decisions.take(request, officer)
    before = ServiceRequest.objects.get()
    page = applicant.post(f"/en/requests/{request.number}/withdraw/", follow=True).content.decode()
    assert "The request is withdrawn." in page
    with pytest.raises(DecisionRefused, match="moved"):
        decisions.approve(before, officer, reason=Reason(REASON))
    with pytest.raises(RequestRefused, match="moved"):
        requests.withdraw(before)


def test_two_officers_do_not_work_on_one_request(
    applicant: Client, officer: User, second_officer: User, phone: Phone
) -> None:
    request = submitted(applicant)
    stale = ServiceRequest.objects.get()
    decisions.take(request, officer)
    with pytest.raises(DecisionRefused, match="moved"):
        decisions.take(stale, second_officer)
    with pytest.raises(DecisionRefused, match="not_yours"):
        decisions.approve(request, second_officer, reason=Reason(REASON))
    decisions.release(request, officer)
    told = phone.newest()
    assert (told.purpose, request.number in phone.newest_text()) == ("request_released", True)
    assert Notice.objects.latest("pk").name == "request_released"
    decisions.take(request, second_officer)
    assert ServiceRequest.objects.get().officer == second_officer


def test_whose_mobile_went_to_somebody_else_reads_the_answer_in_the_inbox(
    applicant: Client, activated: User, stranger: User, officer: User
) -> None:
    request = submitted(applicant)
    claims.settle_mobile(stranger, activated.mobile)
    texts = Message.objects.count()
    decisions.take(again := ServiceRequest.objects.get(pk=request.pk), officer)
    decisions.approve(again, officer, reason=Reason(REASON))
    assert Notice.objects.of(activated).latest("pk").name == "request_approved"
    assert Message.objects.count() == texts


def test_nobody_decides_their_own_request_or_their_familys(
    applicant: Client, activated: User, officer: User, person: Person, make_person: Callable[..., Person]
) -> None:
    request = submitted(applicant)
    User.objects.filter(pk=officer.pk).update(id_number=activated.id_number)
    with pytest.raises(DecisionRefused, match="own_request"):
        decisions.take(request, User.objects.get(pk=officer.pk))
    brother = make_person(luhn_number("200003009"))
    DependencyLink.objects.create(head=person, dependent=brother, relation=Relation.SON)
    User.objects.filter(pk=officer.pk).update(id_number=brother.id_number)
    with pytest.raises(DecisionRefused, match="own_request"):
        decisions.take(request, User.objects.get(pk=officer.pk))
    assert decisions.take_next(User.objects.get(pk=officer.pk), "civil-affairs") is None


@pytest.mark.parametrize("name", ["request", "request_form", "request_review", "request_write", "request_withdraw"])
def test_for_a_stranger_a_request_is_not_there(name: str, applicant: Client, stranger: User) -> None:
    request = submitted(applicant)
    other = sign_in(Client(), stranger)
    path = reverse(name, args=[request.number])
    assert {other.get(path).status_code, other.post(path).status_code} <= {404, 405}
    assert request.number not in other.get("/en/requests/").content.decode()
    request.refresh_from_db()
    assert request.state == RequestState.SUBMITTED


def test_the_list_is_narrowed_by_state_and_goes_on_by_key(applicant: Client, activated: User) -> None:
    request = submitted(applicant)
    for n in range(21):
        requests.begin(services()["civil-affairs-messages"], activated, f"n{n}") if n < 20 else None
    assert request.number in text(applicant, "?state=submitted")
    assert request.number not in text(applicant, "?state=draft")
    first = text(applicant, "")
    assert "Older requests" in first and request.number not in first
    before = first.split("before=")[1].split('"')[0]
    assert request.number in text(applicant, f"?before={before}")


def test_drafts_have_a_limit_and_can_be_deleted(applicant: Client, activated: User) -> None:
    for n in range(requests.DRAFTS_AT_MOST):
        requests.begin(services()["civil-affairs-messages"], activated, f"n{n}")
    page = applicant.post("/en/requests/new/civil-affairs-messages/", {"token": "more"}, follow=True).content.decode()
    assert "You have twenty drafts." in page
    draft = ServiceRequest.objects.latest("pk")
    applicant.post(f"/en/requests/{draft.number}/withdraw/")
    assert not ServiceRequest.objects.filter(pk=draft.pk).exists()


def test_a_registered_person_is_led_to_the_activation(resident: User, browser: Client) -> None:
    page = sign_in(browser, resident).get("/en/requests/new/civil-affairs-messages/")
    assert page.url == "/en/activation/"


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [("2026-11-25", 1, "2026-11-26"), ("2026-11-26", 1, "2026-11-29"), ("2026-11-27", 1, "2026-11-29"), ("2026-11-25", 7, "2026-12-06")],
)  # fmt: skip
def test_working_days_leave_out_friday_and_saturday(start: str, days: int, end: str) -> None:
    assert due.working_days_after(date.fromisoformat(start), days) == date.fromisoformat(end)


def test_an_answer_is_due_in_seven_working_days(applicant: Client) -> None:
    today = timezone.localdate()
    assert submitted(applicant).due_on in (
        due.working_days_after(today, 7),
        due.working_days_after(today + timedelta(1), 7),
    )


def test_a_number_that_another_request_has_is_drawn_again(activated: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """At three million requests a year one draw in thirty hits a number that is taken."""
    first = requests.begin(services()["civil-affairs-messages"], activated, "1")
    digits, draw = iter(first.number[2:]), secrets.choice
    monkeypatch.setattr(secrets, "choice", lambda choices: next(digits, None) or draw(choices))
    second = requests.begin(services()["civil-affairs-messages"], activated, "2")
    assert next(digits, None) is None and second.number != first.number


def test_a_document_that_has_left_the_family_is_not_reported_lost(
    activated: User, officer: User, person: Person, make_person: Callable[..., Person]
) -> None:
    wife = make_person(luhn_number("200003002"), sex="female")
    link = DependencyLink.objects.create(head=person, dependent=wife, relation=Relation.WIFE)
    passport = Document.objects.create(holder=wife, kind=DocumentKind.PASSPORT, number="N3", expires_on="2032-01-01")
    request = requests.begin(services()["report-lost-documents"], activated, "t")
    requests.keep(request, {"document": passport.pk, "lost_on": "2026-11-03", "place": "Riyadh", "circumstances": "x"})
    requests.submit(request)
    decisions.take(request, officer)
    DependencyLink.objects.filter(pk=link.pk).update(until="2026-11-20")
    with pytest.raises(DecisionRefused, match="register_changed"):
        decisions.approve(request, officer, reason=Reason("Reported as lost, as you asked."))
    passport.refresh_from_db()
    assert passport.status == "valid"
