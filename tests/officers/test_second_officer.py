"""Services that take two officers: one proposes to approve, another one confirms or declines."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from audit.events import Event
from audit.models import Entry
from registry.models import DependencyLink, Life, Person, Relation
from services.actions import assignments, decisions, proposals, requests
from services.actions.handling import DecisionRefused
from services.catalogue import services
from services.models import ColleagueNote, Reason, ServiceRequest
from services.states import RequestState
from tests.cast import Phone, luhn_number, sign_in
from tests.officers.conftest import enter
from tests.officers.requests import REASON, ask, page_of, read_now
from tests.parallel import at_the_same_moment

pytestmark = pytest.mark.django_db

LOOK_AGAIN = "The name in the notification is another one."
ALL_CHECKED = {"checks": ["0", "1"]}


@pytest.fixture
def daughter(person: Person, make_person: Callable[..., Person]) -> DependencyLink:
    child = make_person(luhn_number("200003001"), first_name_en="Lama", birth_date="2015-01-01")
    return DependencyLink.objects.create(head=person, dependent=child, relation=Relation.DAUGHTER)


@pytest.fixture
def death(activated: User, civil_affairs: User, daughter: DependencyLink) -> ServiceRequest:
    answers = {"member": daughter.pk, "died_on": "2026-11-03", "place": "Riyadh"}
    return ask(activated, "register-death", officer=civil_affairs, **answers)


@pytest.fixture
def proposed(death: ServiceRequest, civil_affairs: User) -> ServiceRequest:
    proposals.propose(death, civil_affairs, reason=Reason(REASON))
    return death


@pytest.fixture
def second_desk(colleague: User) -> Client:
    return enter(Client(), colleague)


def send(desk: Client, request: ServiceRequest, **sent: Any) -> str:
    """As from a page that was opened just now."""
    request.refresh_from_db()
    sent = {"seen": proposals.mark_of(request)} | sent
    return desk.post(page_of(request, "services_second"), sent, follow=True).content.decode()


def test_a_death_takes_two_officers_from_the_page_of_the_first_to_the_register(
    death: ServiceRequest,
    civil_affairs: User,
    colleague: User,
    second_desk: Client,
    daughter: DependencyLink,
    phone: Phone,
) -> None:
    desk = enter(Client(), civil_affairs)
    assert "Propose the approval to a second officer" in desk.get(page_of(death)).content.decode()
    page = desk.post(
        page_of(death), {"decision": "approve", "text": REASON} | ALL_CHECKED | read_now(death), follow=True
    ).content.decode()
    assert "A second officer confirms or declines." in page
    daughter.dependent.refresh_from_db()
    assert daughter.dependent.is_living and phone.newest().purpose == "request_in_review"
    assert death.number in second_desk.get("/en/admin/services/servicerequest/list/second/").content.decode()
    page = second_desk.get(page_of(death)).content.decode()
    assert REASON in page and civil_affairs.username in page
    send(second_desk, death, decision="confirm", **ALL_CHECKED)
    death.refresh_from_db()
    daughter.dependent.refresh_from_db()
    assert (death.state, death.reason, death.officer, death.confirmed_by) == (
        RequestState.APPROVED, REASON, civil_affairs, colleague,
    )  # fmt: skip
    assert daughter.dependent.life == Life.DECEASED and phone.newest().purpose == "request_approved"
    told = Entry.objects.filter(event__in=(Event.REQUEST_PROPOSED, Event.REQUEST_APPROVED)).order_by("pk")
    assert list(told.values_list("actor_id", flat=True)) == [civil_affairs.pk, colleague.pk]


def test_a_page_that_does_not_say_what_it_showed_proposes_nothing(death: ServiceRequest, civil_affairs: User) -> None:
    desk = enter(Client(), civil_affairs)
    page = desk.post(page_of(death), {"decision": "approve", "text": REASON} | ALL_CHECKED).text
    assert "This page was old" in page
    assert not ServiceRequest.objects.get().is_proposed


def test_one_officer_alone_cannot_approve_it(death: ServiceRequest, civil_affairs: User) -> None:
    with pytest.raises(DecisionRefused, match="second_officer_needed"):
        decisions.approve(death, civil_affairs, reason=Reason(REASON))
    proposals.propose(death, civil_affairs, reason=Reason(REASON))
    with pytest.raises(DecisionRefused, match="same_officer"):
        proposals.confirm(death, civil_affairs, seen=proposals.mark_of(death))
    page = enter(Client(), civil_affairs).get(page_of(death)).content.decode()
    assert "another officer confirms or declines" in page and "services_second" not in page
    assert "You proposed this approval yourself." in send(
        enter(Client(), civil_affairs), death, decision="confirm", **ALL_CHECKED
    )
    death.refresh_from_db()
    assert death.is_proposed


def test_what_one_officer_approves_is_not_proposed(activated: User, civil_affairs: User) -> None:
    request = ask(activated, officer=civil_affairs)
    with pytest.raises(DecisionRefused, match="one_officer_approves"):
        proposals.propose(request, civil_affairs, reason=Reason(REASON))
    request.refresh_from_db()
    assert not request.is_proposed


@pytest.mark.parametrize(
    ("constraint", "facts"),
    [
        ("a_second_officer_confirms_what_another_one_proposed", {"state": "approved", "same": True}),
        ("a_second_officer_confirms_what_another_one_proposed", {"state": "in_review", "same": False}),
        ("a_proposal_waits_in_review_until_it_ends", {"state": "rejected", "reason": REASON}),
        ("a_proposal_has_an_officer_a_time_and_a_text", {"proposed_text": ""}),
    ],
)
def test_the_database_holds_the_two_officers_apart(
    constraint: str, facts: dict[str, Any], proposed: ServiceRequest, colleague: User
) -> None:
    same = facts.pop("same", None)
    if same is not None:
        facts["confirmed_by"] = proposed.proposed_by if same else colleague
    if facts.get("state") in ("approved", "rejected"):
        facts["ended_at"] = timezone.now()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ServiceRequest.objects.filter(pk=proposed.pk).update(**facts)


def test_nothing_else_is_done_with_it_while_a_second_officer_is_to_decide(
    proposed: ServiceRequest, civil_affairs: User, colleague: User
) -> None:
    acts = (
        lambda: decisions.reject(proposed, civil_affairs, reason=Reason(REASON)),
        lambda: decisions.send_back(proposed, civil_affairs, reason=Reason(REASON), fields=[]),
        lambda: decisions.release(proposed, civil_affairs),
        lambda: proposals.propose(proposed, civil_affairs, reason=Reason(REASON)),
        lambda: assignments.assign(proposed, civil_affairs, to=colleague),
    )
    for act in acts:
        with pytest.raises(DecisionRefused, match="waits_for_second"):
            act()


def test_what_was_read_before_it_was_proposed_decides_nothing(death: ServiceRequest, civil_affairs: User) -> None:
    stale = ServiceRequest.objects.select_related("applicant").get()
    proposals.propose(death, civil_affairs, reason=Reason(REASON))
    with pytest.raises(DecisionRefused, match="moved"):
        decisions.reject(stale, civil_affairs, reason=Reason(REASON))


def test_a_declined_proposal_goes_back_with_the_reason_that_only_officers_read(
    proposed: ServiceRequest, civil_affairs: User, activated: User, second_desk: Client
) -> None:
    assert "Declined." in send(second_desk, proposed, decision="decline", text=LOOK_AGAIN)
    proposed.refresh_from_db()
    assert (proposed.state, proposed.officer, proposed.is_proposed) == (RequestState.IN_REVIEW, civil_affairs, False)
    assert LOOK_AGAIN in enter(Client(), civil_affairs).get(page_of(proposed)).content.decode()
    page = sign_in(Client(), activated).get(f"/en/requests/{proposed.number}/").content.decode()
    assert LOOK_AGAIN not in page and REASON not in page


def test_a_page_with_errors_shows_the_files_too(proposed: ServiceRequest, second_desk: Client) -> None:
    again = second_desk.post(f"{page_of(proposed)}second/", {})
    assert "Something has to be put right" in again.content.decode()
    assert "frame-src 'self'" in again["Content-Security-Policy"]


def test_the_applicant_sees_nothing_of_a_proposal_and_may_withdraw(
    proposed: ServiceRequest, activated: User, colleague: User
) -> None:
    client = sign_in(Client(), activated)
    page = client.get(f"/en/requests/{proposed.number}/").content.decode()
    assert "In review" in page and REASON not in page
    client.post(f"/en/requests/{proposed.number}/withdraw/")
    with pytest.raises(DecisionRefused, match="moved"):
        proposals.confirm(proposed, colleague, seen=proposals.mark_of(proposed))
    assert ServiceRequest.objects.get().state == RequestState.WITHDRAWN


def test_the_first_officer_takes_the_proposal_back(
    proposed: ServiceRequest, civil_affairs: User, colleague: User
) -> None:
    with pytest.raises(DecisionRefused, match="not_yours"):
        proposals.take_back(proposed, colleague)
    page = enter(Client(), civil_affairs).post(page_of(proposed, "services_take_back"), follow=True).content.decode()
    assert "Propose the approval to a second officer" in page
    assert not ServiceRequest.objects.get().is_proposed and not ColleagueNote.objects.exists()


def test_what_is_confirmed_is_the_proposal_that_the_second_officer_has_read(
    proposed: ServiceRequest, civil_affairs: User, activated: User, second_desk: Client
) -> None:
    """The first one takes it back, has another answer given, and proposes that."""
    page = second_desk.get(page_of(proposed)).content.decode()
    read = proposals.mark_of(proposed)
    assert f'name="seen" value="{read}"' in page
    proposals.take_back(proposed, civil_affairs)
    decisions.send_back(proposed, civil_affairs, reason=Reason(REASON), fields=["died_on"])
    requests.answer(proposed, {"died_on": "2026-11-05"}, "")
    proposals.propose(proposed, civil_affairs, reason=Reason(REASON))
    for seen in (read, ""):
        page = send(second_desk, proposed, decision="confirm", seen=seen, **ALL_CHECKED)
        assert "The request has changed meanwhile" in page
        page = send(second_desk, proposed, decision="decline", seen=seen, text=LOOK_AGAIN)
        assert "The request has changed meanwhile" in page
    assert ServiceRequest.objects.get().is_proposed
    send(second_desk, proposed, decision="confirm", **ALL_CHECKED)
    assert ServiceRequest.objects.get().state == RequestState.APPROVED


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({}, "Choose whether you confirm or decline."),
        ({"decision": "confirm", "checks": ["0"]}, "Tick all of it to confirm."),
        ({"decision": "decline", "text": "no"}, "Write in a whole sentence"),
    ],
)
def test_a_second_decision_is_answered_beside_its_field(
    sent: dict[str, Any], sentence: str, proposed: ServiceRequest, second_desk: Client
) -> None:
    assert sentence in send(second_desk, proposed, **sent)
    assert ServiceRequest.objects.get().is_proposed


def test_the_second_officer_is_not_of_the_family_either(
    proposed: ServiceRequest, colleague: User, second_desk: Client, person: Person, make_person: Callable[..., Person]
) -> None:
    own = make_person(colleague.id_number, nationality="SAU", id_expires_on=None)
    DependencyLink.objects.create(head=person, dependent=own, relation=Relation.SON)
    for decision in ("confirm", "decline"):
        page = send(second_desk, proposed, decision=decision, text=LOOK_AGAIN, **ALL_CHECKED)
        assert "This request is yours or of your family." in page
    assert ServiceRequest.objects.get().is_proposed


def test_a_confirmation_that_the_register_does_not_allow_any_more_changes_nothing(
    proposed: ServiceRequest, colleague: User, daughter: DependencyLink
) -> None:
    Person.objects.filter(pk=daughter.dependent_id).update(life=Life.DECEASED, died_on="2026-10-01")
    with pytest.raises(DecisionRefused, match="register_changed"):
        proposals.confirm(proposed, colleague, seen=proposals.mark_of(proposed))
    assert ServiceRequest.objects.get().is_proposed


def test_an_ordinary_service_is_approved_by_one(activated: User, civil_affairs: User) -> None:
    assert not services()["civil-affairs-messages"].second_officer
    request = ask(activated, officer=civil_affairs)
    decisions.approve(request, civil_affairs, reason=Reason(REASON))
    assert (request.state, request.confirmed_by) == (RequestState.APPROVED, None)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_a_confirmation_a_refusal_and_a_withdrawal_at_once_one_wins(
    proposed: ServiceRequest, civil_affairs: User, colleague: User, supervisor: User
) -> None:
    def read() -> ServiceRequest:
        return ServiceRequest.objects.select_related("applicant", "proposed_by").get()

    one, two, three, four = read(), read(), read(), read()
    outcomes = at_the_same_moment(
        [
            lambda: proposals.confirm(one, colleague, seen=proposals.mark_of(one)),
            lambda: proposals.decline(two, supervisor, seen=proposals.mark_of(two), text=LOOK_AGAIN),
            lambda: requests.withdraw(three),
            lambda: proposals.take_back(four, civil_affairs),
        ]
    )
    won = [outcome for outcome in outcomes if outcome is None]
    # Who declines or takes back leaves it in review, where the applicant may still withdraw it.
    assert 1 <= len(won) <= 2 and all(str(outcome) == "moved" for outcome in outcomes if outcome is not None)
    request = read()
    assert (request.state == RequestState.APPROVED) == (outcomes[0] is None)
    assert request.confirmed_by_id in (None, colleague.pk)
