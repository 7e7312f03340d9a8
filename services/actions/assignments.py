"""Who works on a request: given to a colleague by the officer who has it, or by whoever gives out requests."""

from contextlib import suppress

from django.db import transaction

from accounts.models import User
from audit.actions import record
from audit.events import Event
from services import colleagues
from services.actions.handling import (
    DecisionRefused,
    may_assign,
    move,
    note,
    refuse_family,
    refuse_proposed,
    tell_in_review,
    tell_released,
)
from services.actions.proposals import NOT_PROPOSED
from services.models import ServiceRequest
from services.states import ASSIGN, HAND_OVER_RETURNED, RELEASE, RequestState


def assign(request: ServiceRequest, officer: User, *, to: User) -> None:
    """Raises DecisionRefused; `own_request` when it is of the officer's own or of the colleague's family: nobody chooses who
    decides about them."""
    if not may_assign(request, officer):
        raise DecisionRefused("not_yours")
    refuse_family(request, officer)
    refuse_proposed(request)
    if not colleagues.of_department(request.department).filter(pk=to.pk).exists():
        raise DecisionRefused("not_a_colleague")
    refuse_family(request, to)
    is_new = request.officer_id is None
    with transaction.atomic():
        move(request, HAND_OVER_RETURNED if request.is_returned else ASSIGN, officer=to)
        note(request, officer, Event.REQUEST_ASSIGNED, to=to.pk)
        if is_new:
            tell_in_review(request)


def free_left_ones() -> int:
    """What an officer has who works elsewhere now, or no more, is new again for the others, without a proposal of theirs; what
    is returned to its applicant, once that is answered. Returns how many."""
    return sum(_is_freed(request) for department in colleagues.DEPARTMENTS_OF.values() for request in _left(department))


def _left(department: str) -> list[ServiceRequest]:
    in_review = ServiceRequest.objects.filter(state=RequestState.IN_REVIEW, department=department)
    left = in_review.filter(officer__in=colleagues.gone_from(department))
    return list(left.select_related("applicant").order_by("pk"))


def _is_freed(request: ServiceRequest) -> bool:
    with suppress(DecisionRefused), transaction.atomic():
        move(request, RELEASE, officer=None, **NOT_PROPOSED)
        tell_released(request)
        record(Event.REQUEST_RELEASED, subject=request.applicant, request=request.pk)
        return True
    return False
