"""What an officer does with a request. No two officers work on one; nobody works on their own or their family's."""

from typing import Any

from django.db import IntegrityError, transaction

from accounts.actions.telling import tell
from accounts.models import User
from audit.actions import record
from audit.events import Event
from core import clock
from core.states import Move, MoveRefused
from registry.models import DependencyLink
from services import effects
from services.catalogue import services
from services.models import RequestMessage, ServiceRequest
from services.states import APPROVE, REJECT, RELEASE, RETURN, TAKE


class DecisionRefused(Exception):
    """`code` is one of: moved (it is not any more as the page showed it), not_yours, own_request, register_changed."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def take_next(officer: User, department: str) -> ServiceRequest | None:
    """The one that is due first, of those the officer may decide; None when nothing waits."""
    waiting = ServiceRequest.objects.new().filter(department=department).select_related("applicant")
    for request in waiting.order_by("due_on", "pk")[:50]:
        try:
            take(request, officer)
        except DecisionRefused:
            continue
        return request
    return None


def take(request: ServiceRequest, officer: User) -> None:
    """Raises DecisionRefused: own_request; moved when another officer was faster."""
    if is_of_officers_family(request, officer):
        raise DecisionRefused("own_request")
    with transaction.atomic():
        _move(request, TAKE, officer=officer)
        record(Event.REQUEST_TAKEN, actor=officer, subject=request.applicant, request=request.pk)


def release(request: ServiceRequest, officer: User) -> None:
    """Others may take it again. Raises DecisionRefused."""
    _refuse_others(request, officer)
    with transaction.atomic():
        _move(request, RELEASE, officer=None)
        record(Event.REQUEST_RELEASED, actor=officer, subject=request.applicant, request=request.pk)


def view(request: ServiceRequest, officer: User) -> None:
    """The look is audited. Raises DecisionRefused."""
    if is_of_officers_family(request, officer):
        raise DecisionRefused("own_request")
    record(Event.REQUEST_VIEWED, actor=officer, subject=request.applicant, request=request.pk)


def send_back(request: ServiceRequest, officer: User, *, text: str, fields: list[str]) -> None:
    """The applicant corrects these fields, or answers; until then nothing is decided. Raises DecisionRefused."""
    _refuse_others(request, officer)
    with transaction.atomic():
        _move(request, RETURN)
        RequestMessage.objects.create(request=request, author=officer, text=text, asked_fields=fields)
        _tell(request, officer, Event.REQUEST_RETURNED, "request_returned")


def approve(request: ServiceRequest, officer: User, *, text: str) -> None:
    """With its effect on the register, in one transaction. Raises DecisionRefused."""
    _refuse_others(request, officer)
    service = services()[request.service]
    with transaction.atomic():
        _move(request, APPROVE, ended_at=clock.now(), reason=text)
        _apply(service.effect, request)
        _tell(request, officer, Event.REQUEST_APPROVED, "request_approved")


def reject(request: ServiceRequest, officer: User, *, text: str) -> None:
    """`text` says what the applicant can do about it. Raises DecisionRefused."""
    _refuse_others(request, officer)
    with transaction.atomic():
        _move(request, REJECT, ended_at=clock.now(), reason=text)
        _tell(request, officer, Event.REQUEST_REJECTED, "request_rejected")


def is_of_officers_family(request: ServiceRequest, officer: User) -> bool:
    """Their own, or of somebody whom a current link of the register ties to them."""
    both = {officer.id_number, request.applicant.id_number}
    links = DependencyLink.objects.current()
    return len(both) == 1 or links.filter(head__id_number__in=both, dependent__id_number__in=both).exists()


def _refuse_others(request: ServiceRequest, officer: User) -> None:
    if request.officer_id != officer.pk:
        raise DecisionRefused("not_yours")


def _apply(effect: str, request: ServiceRequest) -> None:
    if not effect:
        return
    try:
        with transaction.atomic():
            effects.apply(effect, request.answers)
    except (effects.NoLongerPossible, IntegrityError):
        raise DecisionRefused("register_changed") from None


def _tell(request: ServiceRequest, officer: User, event: Event, name: str) -> None:
    record(event, actor=officer, subject=request.applicant, request=request.pk)
    tell(request.applicant, name, number=request.number)


def _move(request: ServiceRequest, move: Move, **facts: Any) -> None:
    """By the officer who has it, or whoever takes it."""
    mine = ServiceRequest.objects.filter(officer=request.officer_id)
    try:
        mine.move_one(move, request.pk, **facts)
    except MoveRefused:
        raise DecisionRefused("moved") from None
    request.refresh_from_db()
