"""What applicants and officers do at the same moment, on connections of their own: one wins, and the others are told."""

from collections.abc import Callable

import pytest

from accounts.models import User
from audit.events import Event
from messaging.models import Message
from registry.models import DependencyLink, Life, Person, Relation
from services.actions import assignments, batches, consultations, decisions, proposals, reopening, requests
from services.actions.requests import DRAFTS_AT_MOST
from services.catalogue import services
from services.models import ColleagueNote, Reason, ServiceRequest
from services.states import DECIDED, RequestState
from tests.cast import luhn_number
from tests.officers.requests import REASON, ask
from tests.officers.rivals import again, events, met, told
from tests.parallel import at_the_same_moment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]

MESSAGES = "civil-affairs-messages"


@pytest.fixture
def in_review(activated: User, civil_affairs: User) -> ServiceRequest:
    return ask(activated, officer=civil_affairs)


def test_one_page_sent_twenty_times_is_one_request_and_one_text(activated: User) -> None:
    def send() -> None:
        draft = requests.begin(services()[MESSAGES], activated, "one page")
        requests.keep(draft, {"topic": "other", "message": "How do I renew?"})
        requests.submit(draft)

    assert set(told([send] * 20)) <= {"moved"}
    assert ServiceRequest.objects.get().state == RequestState.SUBMITTED
    assert events(Event.REQUEST_SUBMITTED) == Message.objects.filter(purpose="request_submitted").count() == 1


def test_many_pages_at_once_begin_no_more_drafts_than_anybody_has(activated: User) -> None:
    for n in range(DRAFTS_AT_MOST - 2):
        requests.begin(services()[MESSAGES], activated, f"before {n}")
    begin = [lambda n=n: requests.begin(services()[MESSAGES], activated, f"page {n}") for n in range(10)]  # type: ignore[misc]
    assert told(begin) == ["too_many_drafts"] * 8
    assert ServiceRequest.objects.count() == DRAFTS_AT_MOST


@pytest.mark.parametrize("round_", range(5))
def test_withdrawn_or_decided_and_never_both(round_: int, in_review: ServiceRequest, civil_affairs: User) -> None:
    acts = [
        lambda: requests.withdraw(again(in_review)),
        lambda: decisions.approve(again(in_review), civil_affairs, reason=Reason(REASON)),
        lambda: decisions.reject(again(in_review), civil_affairs, reason=Reason(REASON)),
        lambda: decisions.send_back(again(in_review), civil_affairs, reason=Reason(REASON), fields=[]),
    ]
    told(acts)
    ended = events(Event.REQUEST_WITHDRAWN) + events(Event.REQUEST_APPROVED) + events(Event.REQUEST_REJECTED)
    state = again(in_review).state
    assert ended == (state != RequestState.RETURNED)
    texts = {one: Message.objects.filter(purpose=f"request_{one}").count() for one in ("approved", "rejected")}
    assert texts == {one: int(state == one) for one in texts}


def test_twenty_clicks_approve_once(in_review: ServiceRequest, civil_affairs: User) -> None:
    approve = [lambda: decisions.approve(again(in_review), civil_affairs, reason=Reason(REASON))] * 20
    assert set(told(approve)) == {"moved"}
    assert events(Event.REQUEST_APPROVED) == Message.objects.filter(purpose="request_approved").count() == 1


def test_a_batch_and_the_page_of_one_decide_once(in_review: ServiceRequest, civil_affairs: User) -> None:
    texts = {"ar": REASON, "en": REASON}
    reject = batches.Batch(batches.BatchAct.REJECT, civil_affairs, texts=texts)
    release = batches.Batch(batches.BatchAct.RELEASE, civil_affairs)
    acts = [
        lambda: decisions.approve(again(in_review), civil_affairs, reason=Reason(REASON)),
        lambda: reject.carry_out([again(in_review)]),
        lambda: release.carry_out([again(in_review)]),
    ]
    told(acts)
    # What was released can be taken by the batch.
    decided = events(Event.REQUEST_APPROVED) + events(Event.REQUEST_REJECTED)
    assert decided == (again(in_review).state in DECIDED) and decided + events(Event.REQUEST_RELEASED) >= 1


def test_a_proposal_is_confirmed_declined_or_taken_back(
    activated: User, person: Person, make_person: Callable[..., Person], civil_affairs: User, colleague: User
) -> None:
    child = make_person(luhn_number("200003001"), birth_date="2015-01-01")
    link = DependencyLink.objects.create(head=person, dependent=child, relation=Relation.DAUGHTER)
    answers = {"member": link.pk, "died_on": "2026-11-03", "place": "Riyadh"}
    request = ask(activated, "register-death", officer=civil_affairs, **answers)
    acts: list[Callable[[], None]] = [
        lambda: proposals.propose(again(request), civil_affairs, reason=Reason(REASON)),
        lambda: assignments.assign(again(request), civil_affairs, to=colleague),
    ]
    told(acts)
    if again(request).is_proposed:
        seen = proposals.mark_of(again(request))
        acts = [lambda: proposals.confirm(again(request), colleague, seen=seen)] * 3
        acts += [
            lambda: proposals.take_back(again(request), civil_affairs),
            lambda: proposals.decline(again(request), colleague, seen=seen, text=REASON),
            lambda: requests.withdraw(again(request)),
        ]
        assert len(told(acts)) >= len(acts) - 2  # What was taken back or declined can still be withdrawn.
    child.refresh_from_db()
    assert (child.life == Life.DECEASED) == (again(request).state == RequestState.APPROVED)
    assert events(Event.REQUEST_APPROVED) <= 1


def test_twenty_who_take_the_next_one_get_each_another_one(
    activated: User, civil_affairs: User, colleague: User
) -> None:
    waiting = {ask(activated, token=str(n)).pk for n in range(12)}
    officers = (civil_affairs, colleague)
    take = [lambda n=n: decisions.take_next(officers[n % 2], "civil-affairs") for n in range(20)]  # type: ignore[misc]
    taken = [one.pk for one in at_the_same_moment(take) if isinstance(one, ServiceRequest)]
    assert len(taken) == len(set(taken)) and set(taken) <= waiting
    assert events(Event.REQUEST_TAKEN) == len(taken)


def test_of_two_supervisors_one_opens_it_again(
    in_review: ServiceRequest, civil_affairs: User, supervisor: User, colleague: User
) -> None:
    decisions.reject(in_review, civil_affairs, reason=Reason(REASON))
    acts = [lambda by=by: reopening.reopen(again(in_review), by, reason=REASON) for by in (supervisor, colleague) * 4]  # type: ignore[misc]
    told(acts)
    assert events(Event.REQUEST_REOPENED) == 1
    assert Message.objects.filter(purpose="request_reopened").count() == 1


@pytest.mark.parametrize("round_", range(3))
def test_what_was_returned_is_answered_once(round_: int, in_review: ServiceRequest, civil_affairs: User) -> None:
    """And however the officer returns it meanwhile, each return waits for its own answer."""
    decisions.send_back(in_review, civil_affairs, reason=Reason(REASON), fields=["message"])
    acts: list[Callable[[], None]] = [lambda: requests.answer(again(in_review), {"message": "Shorter."}, "Done.")] * 4
    acts += [lambda: decisions.send_back(again(in_review), civil_affairs, reason=Reason(REASON), fields=["topic"])] * 2
    assert set(told(acts)) == {"moved"}
    returns, answered = events(Event.REQUEST_RETURNED), events(Event.REQUEST_ANSWERED)
    assert returns - answered == (again(in_review).state == RequestState.RETURNED)
    assert in_review.thread.filter(author=in_review.applicant).count() == answered >= 1
    assert in_review.thread.filter(returns=True).count() == returns
    assert Message.objects.filter(purpose="request_returned").count() == returns


@pytest.mark.parametrize("round_", range(3))
def test_a_message_and_a_return_both_stand_in_the_thread(
    round_: int, in_review: ServiceRequest, civil_affairs: User
) -> None:
    acts = [
        lambda: requests.write(again(in_review), "One thing more."),
        lambda: decisions.send_back(again(in_review), civil_affairs, reason=Reason(REASON), fields=[]),
    ]
    assert told(acts) == []
    assert sorted(in_review.thread.values_list("text", flat=True)) == sorted(["One thing more.", REASON])


@pytest.mark.parametrize("round_", range(3))
def test_who_is_given_a_request_and_who_takes_it_do_not_both_have_it(
    round_: int, activated: User, civil_affairs: User, colleague: User, supervisor: User
) -> None:
    request = ask(activated)
    given, _taken = met(
        [
            lambda: assignments.assign(again(request), supervisor, to=colleague),
            lambda: decisions.take_next(civil_affairs, "civil-affairs"),
        ]
    )
    # Who gives it out after somebody took it has seen whose it was.
    assert again(request).officer == (civil_affairs if given else colleague)
    assert given in ("", "moved") and events(Event.REQUEST_ASSIGNED) == (not given)
    assert events(Event.REQUEST_TAKEN) == 1 or not given


def test_of_two_batches_with_the_same_requests_each_decides_what_the_other_does_not(
    activated: User, civil_affairs: User, colleague: User
) -> None:
    waiting = [ask(activated, token=str(n)) for n in range(8)]
    reject, also = (
        batches.Batch(batches.BatchAct.REJECT, officer, texts={"ar": REASON, "en": REASON})
        for officer in (civil_affairs, colleague)
    )
    outcomes = at_the_same_moment(
        [
            lambda: reject.carry_out([again(one) for one in waiting]),
            lambda: also.carry_out([again(one) for one in reversed(waiting)]),
        ]
    )
    said = [{request.pk: code for request, code in done} for done in outcomes if isinstance(done, list)]
    for request in waiting:
        first, second = (of_batch[request.pk] for of_batch in said)
        assert (first == "") != (second == "") and {first, second} <= {"", "moved", "not_yours"}
        assert again(request).officer == (colleague if first else civil_affairs)
    rejected = ServiceRequest.objects.filter(state=RequestState.REJECTED).count()
    texts = Message.objects.filter(purpose="request_rejected").count()
    assert rejected == texts == events(Event.REQUEST_REJECTED) == len(waiting)


@pytest.mark.parametrize("round_", range(3))
def test_a_colleague_answers_once_whatever_is_decided_meanwhile(
    round_: int, in_review: ServiceRequest, civil_affairs: User, colleague: User
) -> None:
    consultations.ask(in_review, civil_affairs, colleague=colleague, text="Have you seen such a deed?")
    question = ColleagueNote.objects.get()
    acts: list[Callable[[], None]] = [
        lambda: consultations.answer(question, colleague, text="Yes."),
        lambda: consultations.answer(question, colleague, text="No."),
        lambda: decisions.reject(again(in_review), civil_affairs, reason=Reason(REASON)),
        lambda: consultations.ask(again(in_review), civil_affairs, colleague=colleague, text="And of another one?"),
    ]
    *answered, rejected, asked = met(acts)
    assert sorted(answered) == ["", "moved"] and rejected == ""
    question.refresh_from_db()
    assert question.answer == ("No." if answered[0] else "Yes.")
    assert events(Event.COLLEAGUE_ANSWERED) == 1
    # A decided request asks nobody any more.
    assert events(Event.COLLEAGUE_ASKED) == ColleagueNote.objects.count() == 1 + (not asked)
