"""What all acts of officers on requests share: whose a request is, and one conditional move."""

from collections.abc import Sequence
from typing import Any

from accounts.actions.telling import tell
from accounts.models import User
from accounts.roles import ASSIGNS_REQUESTS
from audit.actions import record
from audit.events import Event
from core.refusals import Refused
from core.states import Move, MoveRefused
from services import due
from services.family import numbers_of_family
from services.models import ServiceRequest


class DecisionRefused(Refused):
    """`code` is one of: moved (it is not any more as the page showed it), not_yours, own_request, register_changed,
    second_officer_needed, one_officer_approves, waits_for_second, same_officer, not_a_colleague."""


def is_of_officers_family(request: ServiceRequest, officer: User) -> bool:
    """Made by the officer or one of their family, or about one of them."""
    return not numbers_of_family(officer.id_number).isdisjoint(people_of(request))


def people_of(request: ServiceRequest) -> set[str]:
    """The numbers of who asks, and of whom they ask something about."""
    about = {request.subject.id_number} if request.subject else set()
    return {request.applicant.id_number} | about


def may_assign(request: ServiceRequest, officer: User) -> bool:
    return request.officer_id == officer.pk or officer.has_perm(ASSIGNS_REQUESTS)


def refuse_family(request: ServiceRequest, officer: User) -> None:
    if is_of_officers_family(request, officer):
        raise DecisionRefused("own_request")


def refuse_others(request: ServiceRequest, officer: User) -> None:
    """Nobody but its officer, who may have become one of the family since, and not while a second one is asked."""
    if request.officer_id != officer.pk:
        raise DecisionRefused("not_yours")
    refuse_family(request, officer)
    refuse_proposed(request)


def refuse_proposed(request: ServiceRequest) -> None:
    if request.is_proposed:
        raise DecisionRefused("waits_for_second")


def move(request: ServiceRequest, by_move: Move, **facts: Any) -> None:
    """Of the request as it was read: with the same officer, and proposed or not. Raises DecisionRefused."""
    as_read = ServiceRequest.objects.filter(officer=request.officer_id, proposed_by=request.proposed_by_id)
    try:
        as_read.move_one(by_move, request.pk, **facts)
    except MoveRefused:
        raise DecisionRefused("moved") from None
    request.refresh_from_db()


def mark_of_answers(request: ServiceRequest) -> str:
    """Tells what the applicant has written last from what they wrote before."""
    return request.touched_at.isoformat()


def note(request: ServiceRequest, officer: User, event: Event, **details: str | int | bool) -> None:
    """In the trail."""
    record(event, actor=officer, subject=request.applicant, request=request.pk, **details)


def ticked(checked: Sequence[str]) -> dict[str, str]:
    """For the trail: which points of the service's check-list, counted from 1."""
    return {"checked": ", ".join(str(int(place) + 1) for place in checked)} if checked else {}


def tell_in_review(request: ServiceRequest) -> None:
    """It has an officer, anew or again."""
    due_on: Any = request.due_on
    tell(request.applicant, "request_in_review", number=request.number, due_on=due.in_both_languages(due_on))


def tell_released(request: ServiceRequest) -> None:
    """It has no officer any more, and the applicant's page says so."""
    tell(request.applicant, "request_released", number=request.number)


def tell_applicant(
    request: ServiceRequest, officer: User, event: Event, name: str, said: str, **details: str | int | bool
) -> None:
    """The text message names the request; the inbox repeats the officer's words, too."""
    note(request, officer, event, **details)
    tell(request.applicant, name, number=request.number, said=said)
