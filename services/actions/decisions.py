"""What an officer does with a request. No two officers work on one; nobody works on their own or their family's."""

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from audit.events import Event
from core import clock
from registry.lookup import person_of
from services import effects
from services.actions.handling import (
    DecisionRefused,
    may_assign,
    move,
    note,
    people_of,
    refuse_family,
    refuse_others,
    refuse_proposed,
    tell_applicant,
    tell_in_review,
    tell_released,
    ticked,
)
from services.catalogue import services
from services.family import numbers_of_family
from services.models import Reason, RequestMessage, ServiceRequest
from services.states import APPROVE, REJECT, RELEASE, RETURN, TAKE

# The reason of a look by the officer who works on the request.
HOLDS = "holds"


def take_next(officer: User, department: str) -> ServiceRequest | None:
    """The one that is due first, of those the officer may decide; None when nothing waits. Of officers who ask at the
    same moment each gets another one."""
    waiting = (
        ServiceRequest.objects.new().filter(department=department).strange_to(numbers_of_family(officer.id_number))
    )
    in_order = waiting.select_related("applicant").order_by("due_on", "pk")
    with transaction.atomic():
        first = in_order.select_for_update(skip_locked=True, of=("self",)).first()
        if first is not None:
            _take(first, officer)
    return first


def take(request: ServiceRequest, officer: User, *, tells: bool = True) -> None:
    """The applicant is told, unless a decision follows at once. Raises DecisionRefused: own_request; moved when another officer
    was faster."""
    refuse_family(request, officer)
    with transaction.atomic():
        _take(request, officer, tells=tells)


def release(request: ServiceRequest, officer: User) -> None:
    """Others may take it again. By its officer, or by whoever gives out requests. Raises DecisionRefused."""
    if not may_assign(request, officer):
        raise DecisionRefused("not_yours")
    if request.officer_id != officer.pk:
        refuse_family(request, officer)
    refuse_proposed(request)
    with transaction.atomic():
        move(request, RELEASE, officer=None)
        tell_released(request)
        note(request, officer, Event.REQUEST_RELEASED)


def view(request: ServiceRequest, officer: User, reason: str = HOLDS) -> None:
    """The look is audited with its reason (core.looks, or a word of the desk). Raises DecisionRefused."""
    refuse_family(request, officer)
    note(request, officer, Event.REQUEST_VIEWED, reason=reason)


def send_back(
    request: ServiceRequest,
    officer: User,
    *,
    reason: Reason,
    fields: list[str],
    documents: Sequence[str] = (),
) -> None:
    """The applicant corrects these fields and gives these documents anew, or answers; until then nothing is decided. Raises
    DecisionRefused."""
    refuse_others(request, officer)
    with transaction.atomic():
        move(request, RETURN)
        asked: dict[str, Any] = {"asked_fields": fields, "asked_documents": list(documents)}
        asked |= reason.kept_in("text", "text_in_both")
        RequestMessage.objects.create(request=request, author=officer, returns=True, **asked)
        request.attachments.filter(document__in=documents).update(is_returned=True)
        tell_applicant(request, officer, Event.REQUEST_RETURNED, "request_returned", reason.text)


def write(request: ServiceRequest, officer: User, *, text: str) -> None:
    """A message to the applicant that asks for nothing and keeps nothing waiting. Raises DecisionRefused."""
    if request.officer_id != officer.pk:
        raise DecisionRefused("not_yours")
    with transaction.atomic():
        if not ServiceRequest.objects.open().filter(pk=request.pk, officer=officer).select_for_update().exists():
            raise DecisionRefused("moved")
        RequestMessage.objects.create(request=request, author=officer, text=text)
        tell_applicant(request, officer, Event.REQUEST_MESSAGE, "request_message", text)


def approve(request: ServiceRequest, officer: User, *, reason: Reason, checked: Sequence[str] = ()) -> None:
    """With its effect on the register, in one transaction; `checked` is what was ticked of the service's check-list. Raises
    DecisionRefused, also for a service that takes two officers: services.actions.proposals approves those."""
    refuse_others(request, officer)
    if services()[request.service].second_officer:
        raise DecisionRefused("second_officer_needed")
    grant(request, officer, reason=reason, checked=checked)


def grant(request: ServiceRequest, officer: User, *, reason: Reason, checked: Sequence[str], **facts: Any) -> None:
    """For whoever has judged that the officer may. Raises DecisionRefused."""
    with transaction.atomic():
        _take_turn(request)
        move(request, APPROVE, ended_at=clock.now(), **reason.kept_in("reason", "reason_in_both"), **facts)
        _apply(services()[request.service].effect, request)
        details = ticked(checked)
        tell_applicant(request, officer, Event.REQUEST_APPROVED, "request_approved", reason.text, **details)


def reject(request: ServiceRequest, officer: User, *, reason: Reason) -> None:
    """`reason` says what the applicant can do about it. Raises DecisionRefused."""
    refuse_others(request, officer)
    with transaction.atomic():
        move(request, REJECT, ended_at=clock.now(), **reason.kept_in("reason", "reason_in_both"))
        tell_applicant(request, officer, Event.REQUEST_REJECTED, "request_rejected", reason.text)


def _take_turn(request: ServiceRequest) -> None:
    """Locks what an effect may end besides its rows of the register: the requests of whom it is about, then both accounts, each
    in the order of its keys. Everybody locks requests before accounts and accounts before people (machines that put a
    fingerprint on file begin with accounts.actions.claims.take_turn), so that none waits for another one for good."""
    about = request.subject.id_number if request.subject else ""
    own = ServiceRequest.objects.open().filter(applicant__id_number=about).values_list("pk", flat=True)
    for rows in (
        ServiceRequest.objects.filter(pk__in={request.pk, *own}),
        User.objects.filter(id_number__in=people_of(request)),
    ):
        list(rows.order_by("pk").select_for_update(no_key=True).values_list("pk"))


def _take(request: ServiceRequest, officer: User, *, tells: bool = True) -> None:
    move(request, TAKE, officer=officer)
    if tells:
        tell_in_review(request)
    note(request, officer, Event.REQUEST_TAKEN)


def _apply(effect: str, request: ServiceRequest) -> None:
    if not effect:
        return
    try:
        with transaction.atomic():
            effects.apply(effect, _granted(request))
    except (effects.NoLongerPossible, IntegrityError):
        raise DecisionRefused("register_changed") from None


def _granted(request: ServiceRequest) -> effects.Granted:
    applicant = person_of(request.applicant.id_number)
    return effects.Granted(request.answers, applicant, request.number, on=timezone.localdate())
