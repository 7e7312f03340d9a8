"""A supervisor takes a decision back, so that an officer decides anew."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from accounts.actions.telling import tell
from accounts.models import User
from audit.actions import record
from audit.events import Event
from core import clock
from core.refusals import Refused
from core.states import MoveRefused
from services import due
from services.actions.handling import is_of_officers_family
from services.actions.proposals import NOT_PROPOSED
from services.catalogue import services
from services.models import Reason, RequestMessage, ServiceRequest
from services.states import DECIDED, REOPEN, RequestState


class ReopeningRefused(Refused):
    """`code` is one of: own_request, open_still, withdrawn, in_the_register (its approval has written into it), moved (somebody
    was faster)."""


def refusal_of(request: ServiceRequest, supervisor: User) -> str:
    """Why it cannot be reopened (a code of ReopeningRefused); empty when it can."""
    if is_of_officers_family(request, supervisor):
        return "own_request"
    if request.state == RequestState.WITHDRAWN:
        return "withdrawn"
    if request.state not in DECIDED:
        return "open_still"
    return "in_the_register" if request.state not in _taken_back_from(request) else ""


def reopen(request: ServiceRequest, supervisor: User, *, reason: str) -> None:
    """Any officer takes it as new, with the time for an answer beginning today. What was decided, and the reason, stand in the
    thread, where the applicant reads both. Raises ReopeningRefused."""
    refusal = refusal_of(request, supervisor)
    if refusal:
        raise ReopeningRefused(refusal)
    due_on = due.answer_due_on(timezone.localdate())
    with transaction.atomic():
        _take_back(request, due_on)
        record(
            Event.REQUEST_REOPENED, actor=supervisor, subject=request.applicant, request=request.pk, was=request.state
        )
        _write(request, supervisor, reason)
        told = {"number": request.number, "due_on": due.in_both_languages(due_on)}
        tell(request.applicant, "request_reopened", **told)
    request.refresh_from_db()


def _taken_back_from(request: ServiceRequest) -> tuple[str, ...]:
    """An effect on the register stays: only a rejection had none."""
    return (RequestState.REJECTED,) if services()[request.service].effect else DECIDED


def _take_back(request: ServiceRequest, due_on: date) -> None:
    facts = NOT_PROPOSED | {"officer": None, "ended_at": None, "reopened_at": clock.now()}
    facts |= Reason("").kept_in("reason", "reason_in_both")
    as_shown = ServiceRequest.objects.filter(state=request.state, officer=request.officer, reason=request.reason)
    try:
        as_shown.filter(state__in=_taken_back_from(request)).move_one(REOPEN, request.pk, due_on=due_on, **facts)
    except MoveRefused:
        raise ReopeningRefused("moved") from None


def _write(request: ServiceRequest, supervisor: User, reason: str) -> None:
    if request.reason and request.officer:
        decided = request.decided.kept_in("text", "text_in_both")
        RequestMessage.objects.create(request=request, author=request.officer, **decided)
    RequestMessage.objects.create(request=request, author=supervisor, text=reason)
