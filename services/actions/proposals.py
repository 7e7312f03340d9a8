"""Requests that take two officers: one proposes to approve, another one confirms or declines. The request stays in review
meanwhile – for the applicant nothing is decided –, and nobody can do anything else with it but withdraw."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from accounts.models import User
from audit.events import Event
from core import clock
from services.actions import decisions
from services.actions.handling import DecisionRefused, move, note, refuse_family, refuse_others, ticked
from services.catalogue import services
from services.models import ColleagueNote, Reason, ServiceRequest
from services.states import DECLINE, PROPOSE

# The columns of a request that nobody proposes to approve; who opens a decided one again writes them, too.
NOT_PROPOSED: dict[str, Any] = {
    "proposed_by": None, "proposed_at": None, "proposed_text": "", "proposed_in_both": {}, "confirmed_by": None,
}  # fmt: skip


def propose(request: ServiceRequest, officer: User, *, reason: Reason, checked: Sequence[str] = ()) -> None:
    """`reason` is what the applicant reads once it is confirmed, `checked` what was ticked of the check-list. Raises
    DecisionRefused, also for a service that takes one officer: services.actions.decisions approves those."""
    refuse_others(request, officer)
    if not services()[request.service].second_officer:
        raise DecisionRefused("one_officer_approves")
    with transaction.atomic():
        kept = reason.kept_in("proposed_text", "proposed_in_both")
        move(request, PROPOSE, proposed_by=officer, proposed_at=clock.now(), **kept)
        note(request, officer, Event.REQUEST_PROPOSED, **ticked(checked))


def mark_of(request: ServiceRequest) -> str:
    """Tells one proposal of a request from the next."""
    return request.proposed_at.isoformat() if request.proposed_at else ""


def confirm(request: ServiceRequest, officer: User, *, seen: str, checked: Sequence[str] = ()) -> None:
    """Approves it, with its effect on the register; `seen` is the mark of the proposal that the officer has read. Raises
    DecisionRefused."""
    _refuse_as_second(request, officer, seen)
    decisions.grant(request, officer, reason=request.proposed, checked=checked, confirmed_by=officer)


def decline(request: ServiceRequest, officer: User, *, seen: str, text: str) -> None:
    """It goes back to the first officer, who reads why; `seen` as at `confirm`. Raises DecisionRefused."""
    first = _refuse_as_second(request, officer, seen)
    with transaction.atomic():
        move(request, DECLINE, **NOT_PROPOSED)
        ColleagueNote.objects.create(request=request, author=officer, addressee=first, is_question=False, text=text)
        note(request, officer, Event.REQUEST_DECLINED)


def take_back(request: ServiceRequest, officer: User) -> None:
    """The first officer thinks again. Raises DecisionRefused."""
    if not request.is_proposed:
        raise DecisionRefused("moved")
    if request.proposed_by_id != officer.pk:
        raise DecisionRefused("not_yours")
    with transaction.atomic():
        move(request, DECLINE, **NOT_PROPOSED)
        note(request, officer, Event.REQUEST_DECLINED)


def _refuse_as_second(request: ServiceRequest, officer: User, seen: str) -> User:
    """Who proposed it."""
    first = request.proposed_by if request.is_proposed else None
    if first is None:
        raise DecisionRefused("moved")
    if first == officer:
        raise DecisionRefused("same_officer")
    refuse_family(request, officer)
    if seen != mark_of(request):
        raise DecisionRefused("moved")
    return first
