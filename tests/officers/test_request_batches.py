"""One act on many requests: first what would happen, then what was done."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from audit.events import Event
from audit.models import Entry
from registry.models import DependencyLink, Person, Relation
from services.actions import decisions, requests
from services.actions.batches import AT_MOST, Batch, BatchAct
from services.models import ReadyReason, Reason, ServiceRequest
from services.states import RequestState
from tests.cast import Phone, luhn_number
from tests.officers.conftest import enter
from tests.officers.requests import REASON, ask, page_of, read_now
from tests.parallel import at_the_same_moment

pytestmark = pytest.mark.django_db

DESK = "/en/admin/services/servicerequest/"
BATCH = f"{DESK}batch/"


@pytest.fixture
def desk(civil_affairs: User) -> Client:
    return enter(Client(), civil_affairs)


@pytest.fixture
def ready() -> ReadyReason:
    return ReadyReason.objects.create(
        department="civil-affairs", title_ar="رسالة مكررة", title_en="Sent twice",
        text_ar="هذه الرسالة مكررة، وجوابها في رسالتك الأولى.", text_en="This message was sent twice; read the answer to the first one.",
    )  # fmt: skip


def send(desk: Client, act: str, *requests: ServiceRequest, **more: Any) -> str:
    """From the list; with `sure` from a preview of just now."""
    seen = {"seen": [read_now(one)["seen"] for one in requests]} if "sure" in more else {}
    sent = {"act": act, "numbers": [one.number for one in requests], "list": "new"} | seen | more
    return desk.post(BATCH, sent, follow=True).content.decode()


def states() -> list[str]:
    return list(ServiceRequest.objects.order_by("pk").values_list("state", flat=True))


def test_a_preview_says_what_will_be_done_and_what_is_left_out_and_changes_nothing(
    desk: Client, activated: User, colleague: User
) -> None:
    own, elsewhere = ask(activated, token="1"), ask(activated, token="2", officer=colleague)
    page = send(desk, "reject", own, elsewhere)
    done, left_out = page.rsplit("Left out", 1)
    assert own.number in done and elsewhere.number not in done
    assert elsewhere.number in left_out and "Another officer works on this request." in left_out
    assert states() == [RequestState.SUBMITTED, RequestState.IN_REVIEW]


def test_what_is_no_number_chooses_no_request(desk: Client, activated: User) -> None:
    request = ask(activated)
    assert "Tick the requests first." in desk.post(BATCH, {"act": "release", "numbers": "\0,x"}, follow=True).text
    page = desk.post(BATCH, {"act": "reject", "numbers": ["a\0b", request.number]}, follow=True).text
    assert request.number in page


def test_the_same_reason_rejects_many_and_the_result_says_so(
    desk: Client, activated: User, stranger: User, phone: Phone
) -> None:
    first, second = ask(activated), ask(stranger)
    page = send(desk, "reject", first, second, sure="yes", text=REASON)
    assert first.number in page and second.number in page and "Left out" not in page
    assert set(ServiceRequest.objects.values_list("state", "reason")) == {(RequestState.REJECTED, REASON)}
    assert phone.newest().purpose == "request_rejected"
    assert Entry.objects.filter(event=Event.REQUEST_REJECTED).count() == 2


@pytest.mark.parametrize("seen", ["", "of another moment"])
def test_what_was_answered_since_the_preview_is_left_out(
    seen: str, desk: Client, civil_affairs: User, activated: User
) -> None:
    """Also when a page does not say what it showed."""
    answered, same = ask(activated, officer=civil_affairs), ask(activated, token="2")
    old = read_now(answered)["seen"] if seen else seen
    decisions.send_back(answered, civil_affairs, reason=Reason(REASON), fields=["message"])
    requests.answer(answered, {"message": "How do I sell it?"}, "")
    marks = [old, read_now(same)["seen"]]
    page = send(desk, "reject", answered, same, sure="yes", seen=marks, text="no")
    assert answered.number in page.split("Left out")[2] and "Open it, read the answers" in page
    page = send(desk, "reject", answered, same, sure="yes", seen=marks, text=REASON)
    assert "Open it, read the answers" in page
    assert states() == [RequestState.IN_REVIEW, RequestState.REJECTED]


def test_a_ready_reason_reaches_each_applicant_in_their_own_language(
    desk: Client, activated: User, stranger: User, ready: ReadyReason
) -> None:
    User.objects.filter(pk=stranger.pk).update(language="ar")
    english, arabic = ask(activated), ask(User.objects.get(pk=stranger.pk))
    send(desk, "reject", english, arabic, sure="yes", ready_reason=ready.pk)
    english.refresh_from_db()
    arabic.refresh_from_db()
    assert (english.reason, arabic.reason) == (ready.text_en, ready.text_ar)


@pytest.mark.parametrize(
    ("act", "more", "sentence"),
    [
        ("reject", {}, "Write what the applicants are to know"),
        ("reject", {"text": "no"}, "Write a whole sentence."),
        ("approve", {"text": REASON}, "Check each of them first"),
        ("assign", {}, "Choose a colleague."),
        ("assign", {"to": "999999"}, "field-wrong"),
    ],
)
def test_what_a_batch_needs_is_asked_beside_its_field(
    act: str, more: dict[str, str], sentence: str, desk: Client, civil_affairs: User, activated: User
) -> None:
    page = send(desk, act, ask(activated, officer=civil_affairs), sure="yes", **more)
    assert sentence in page and all(value in page for name, value in more.items() if name == "text")
    assert states() == [RequestState.IN_REVIEW]


def test_a_text_too_short_to_send_is_not_sent_in_place_of_a_ready_reason(
    desk: Client, civil_affairs: User, activated: User, ready: ReadyReason
) -> None:
    page = send(desk, "reject", ask(activated, officer=civil_affairs), sure="yes", ready_reason=ready.pk, text="no")
    assert "Write a whole sentence." in page
    assert states() == [RequestState.IN_REVIEW]


def test_only_services_whose_entry_allows_it_are_approved_together(
    desk: Client, civil_affairs: User, activated: User, person: Person, make_person: Callable[..., Person]
) -> None:
    child = make_person(luhn_number("200003001"), birth_date="2015-01-01")
    link = DependencyLink.objects.create(head=person, dependent=child, relation=Relation.DAUGHTER)
    message = ask(activated)
    separation = ask(activated, "separate-dependent", token="2", member=link.pk, reason="work")
    death = ask(activated, "register-death", token="3", member=link.pk, died_on="2026-11-03", place="Riyadh")
    page = send(desk, "approve", message, separation, death)
    assert page.count("This service is approved one by one.") == 2
    send(desk, "approve", message, separation, death, sure="yes", text=REASON, checks="on")
    assert states() == [RequestState.APPROVED, RequestState.SUBMITTED, RequestState.SUBMITTED]


def test_many_are_given_to_a_colleague_and_released(
    desk: Client, civil_affairs: User, colleague: User, activated: User
) -> None:
    known = [ask(activated, token=str(n), officer=civil_affairs) for n in range(3)]
    send(desk, "assign", *known[:2], sure="yes", to=colleague.pk)
    send(desk, "release", known[2], sure="yes")
    held = list(ServiceRequest.objects.order_by("pk").values_list("officer__username", "state"))
    assert held == [("colleague01", "in_review"), ("colleague01", "in_review"), (None, "submitted")]


def test_an_officer_gives_away_only_what_the_officer_has_and_a_supervisor_all(
    desk: Client, supervisor: User, colleague: User, activated: User
) -> None:
    new, others = ask(activated, token="1"), ask(activated, token="2", officer=colleague)
    page = send(desk, "assign", new, others)
    assert (
        "Nobody works on this request yet. Take it first." in page and "Another officer works on this request." in page
    )
    assert "Nobody works on this request yet." in send(desk, "release", new)
    send(enter(Client(), supervisor), "assign", new, others, sure="yes", to=colleague.pk)
    assert ServiceRequest.objects.filter(officer=colleague).count() == 2


def test_the_own_family_is_left_out_also_for_the_colleague_who_would_get_it(
    desk: Client, civil_affairs: User, colleague: User, activated: User, make_person: Callable[..., Person]
) -> None:
    heads = Person.objects.get(id_number=activated.id_number)
    for officer in (civil_affairs, colleague):
        own = make_person(officer.id_number, nationality="SAU", id_expires_on=None)
        DependencyLink.objects.create(head=heads, dependent=own, relation=Relation.SON)
    request = ask(activated)
    assert "This request is yours or of your family." in send(desk, "reject", request)
    ServiceRequest.objects.update(state=RequestState.IN_REVIEW, officer=civil_affairs)
    page = send(desk, "assign", request, sure="yes", to=colleague.pk)
    assert "This request is yours or of your family." in page
    assert ServiceRequest.objects.get().officer == civil_affairs


def test_what_the_applicant_withdrew_meanwhile_is_told_and_stops_nothing(civil_affairs: User, activated: User) -> None:
    first, second = ask(activated, token="1", officer=civil_affairs), ask(activated, token="2", officer=civil_affairs)
    ServiceRequest.objects.filter(pk=first.pk).update(state=RequestState.WITHDRAWN, ended_at=timezone.now())
    batch = Batch(BatchAct.REJECT, civil_affairs, texts={"ar": REASON, "en": REASON})
    assert [code for _request, code in batch.carry_out([first, second])] == ["moved", ""]


def test_the_whole_list_is_taken_as_it_is_narrowed(desk: Client, activated: User) -> None:
    message = ask(activated)
    page = send(desk, "reject", which="whole", service="civil-affairs-messages")
    assert message.number in page
    page = send(desk, "reject", which="whole", service="report-lost-documents")
    assert "Tick the requests first." in page


@pytest.mark.parametrize("which", ["ticked", "whole"])
def test_more_than_five_hundred_are_refused_with_a_sentence(which: str, desk: Client, activated: User) -> None:
    today, now = timezone.localdate(), timezone.now()
    ServiceRequest.objects.bulk_create(
        ServiceRequest(
            number=f"{n:010}", token=str(n), service="civil-affairs-messages", department="civil-affairs",
            applicant=activated, state=RequestState.SUBMITTED, submitted_at=now, due_on=today + timedelta(days=n % 5),
        )
        for n in range(AT_MOST + 1)
    )  # fmt: skip
    numbers = [f"{n:010}" for n in range(AT_MOST + 1)]
    page = send(desk, "reject", which=which, numbers=",".join(numbers) if which == "ticked" else "")
    assert "These are more than 500." in page
    page = send(desk, "reject", numbers=",".join(numbers[1:]))
    assert 'This will be done for <span class="count">500</span>' in page


@pytest.mark.parametrize(
    ("act", "sentence"), [("", "Choose what to do with them."), ("burn", "Choose what to do with them.")]
)
def test_an_act_that_is_none_is_answered(act: str, sentence: str, desk: Client, activated: User) -> None:
    assert sentence in send(desk, act, ask(activated))


def test_a_batch_needs_a_request_and_a_post(desk: Client) -> None:
    assert "Tick the requests first." in send(desk, "reject")
    assert desk.get(BATCH).status_code == 405
    assert desk.get(f"{BATCH}done/").url == DESK


def test_a_large_batch_is_done_piece_by_piece_and_the_page_says_how_far_it_is(
    desk: Client, activated: User, civil_affairs: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.desk.batches.AT_ONCE", 2)
    known = [ask(activated, token=str(n)) for n in range(5)]
    page = send(desk, "approve", *known, sure="yes", text=REASON, checks="on")
    assert "2 of 5 are through." in page and "Go on with the rest" in page
    # What the applicant withdraws meanwhile is not done.
    requests.withdraw(ServiceRequest.objects.get(pk=known[3].pk))
    assert "4 of 5 are through." in desk.post(f"{BATCH}go-on/", follow=True).content.decode()
    page = desk.post(f"{BATCH}go-on/", follow=True).content.decode()
    assert "are through" not in page and all(one.number in page for one in known)
    # What needs somebody still stands first.
    not_done, done = page.split("Not done")[1].split("Their numbers")
    assert known[3].number in not_done and "The request has changed meanwhile" in not_done
    assert known[3].number not in done
    assert states() == ["approved", "approved", "approved", "withdrawn", "approved"]
    assert set(ServiceRequest.objects.filter(state="approved").values_list("reason", flat=True)) == {REASON}
    # Once more changes nothing and forgets nothing.
    assert known[0].number in desk.post(f"{BATCH}go-on/", follow=True).content.decode()


def test_what_nobody_is_there_to_get_is_not_decided_instead(activated: User, civil_affairs: User) -> None:
    request = ask(activated, officer=civil_affairs)
    order = Batch(BatchAct.ASSIGN, civil_affairs, None, {"ar": "", "en": ""})
    assert order.carry_out([request]) == [(request, "not_a_colleague")]
    assert states() == [RequestState.IN_REVIEW]


def test_without_a_batch_there_is_nothing_to_go_on_with(desk: Client) -> None:
    assert desk.post(f"{BATCH}go-on/").url == DESK


def test_requests_of_other_departments_are_not_there(desk: Client, activated: User) -> None:
    other = ask(activated, "passports-messages")
    assert "Tick the requests first." in send(desk, "reject", other, sure="yes", text=REASON)
    assert states() == [RequestState.SUBMITTED]


def test_a_preview_asks_the_database_as_often_for_many_as_for_one(desk: Client, activated: User) -> None:
    counts = []
    for size in (1, 12):
        known = [ask(activated, token=f"{size}-{n}") for n in range(size)]
        with CaptureQueriesContext(connection) as queries:
            send(desk, "reject", *known)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_what_a_batch_decided_can_be_read_on_each_page(desk: Client, activated: User) -> None:
    request = ask(activated)
    send(desk, "approve", request, sure="yes", text=REASON, checks="on")
    page = desk.post(page_of(request, "services_look"), {"reason": "complaint"}, follow=True).content.decode()
    assert REASON in page and "Request approved" in page


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_batches_at_once_decide_each_request_once(
    civil_affairs: User, colleague: User, activated: User, phone: Phone
) -> None:
    for n in range(6):
        ask(activated, token=str(n))

    def reject(officer: User) -> int:
        batch = Batch(BatchAct.REJECT, officer, texts={"ar": REASON, "en": REASON})
        rows = ServiceRequest.objects.select_related("applicant").order_by("pk")
        return sum(not code for _request, code in batch.carry_out(rows))

    done = at_the_same_moment([lambda me=me: reject(me) for me in (civil_affairs, colleague)])
    assert sum(done) == 6
    assert [message.purpose for message in phone.messages()].count("request_rejected") == 6
    assert decisions.take_next(civil_affairs, "civil-affairs") is None
