"""What an applicant does with a request. Of two that race – two tabs, or the applicant and the officer – one wins, and the
other is told (RequestRefused)."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.actions.telling import tell
from accounts.models import User
from audit.actions import record
from audit.events import Event
from core import clock
from core.states import Move, MoveRefused
from registry.lookup import person_of
from services import due, rules
from services.actions import attachments
from services.catalogue import Service
from services.models import RequestMessage, ServiceRequest
from services.states import ANSWER, SUBMIT, WITHDRAW, RequestState

DRAFTS_AT_MOST = 20


class RequestRefused(Exception):
    """`code` is one of: moved (somebody was first), not_eligible, too_many_drafts."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def begin(service: Service, applicant: User, token: str) -> ServiceRequest:
    """The draft of the page with this token, made once. Raises RequestRefused."""
    if not all(finding.holds for finding in rules.findings(service, person_of(applicant.id_number))):
        raise RequestRefused("not_eligible")
    known = ServiceRequest.objects.of(applicant)
    if known.filter(state=RequestState.DRAFT).exclude(token=token).count() >= DRAFTS_AT_MOST:
        raise RequestRefused("too_many_drafts")
    facts = {"service": service.slug, "department": service.department}
    draft, is_new = ServiceRequest.objects.get_or_create(applicant=applicant, token=token, defaults=facts)
    if is_new:
        draft.refresh_from_db()
    return draft


def keep(draft: ServiceRequest, answers: dict[str, Any]) -> None:
    """What was answered so far. Raises RequestRefused."""
    kept = draft.answers | answers
    if not ServiceRequest.objects.filter(pk=draft.pk, state=RequestState.DRAFT).update(answers=kept):
        raise RequestRefused("moved")
    draft.answers = kept


def submit(draft: ServiceRequest) -> None:
    """Sending it once more changes nothing. Raises RequestRefused."""
    if not draft.is_draft:
        return
    due_on = due.working_days_after(timezone.localdate(), due.ANSWER_WITHIN_WORKING_DAYS)
    with transaction.atomic():
        _move(draft, SUBMIT, submitted_at=clock.now(), due_on=due_on)
        record(Event.REQUEST_SUBMITTED, actor=draft.applicant, subject=draft.applicant, request=draft.pk)
        tell(draft.applicant, "request_submitted", number=draft.number)


def withdraw(request: ServiceRequest) -> None:
    """Raises RequestRefused when it was decided a moment ago."""
    with transaction.atomic():
        _move(request, WITHDRAW, ended_at=clock.now())
        record(Event.REQUEST_WITHDRAWN, actor=request.applicant, subject=request.applicant, request=request.pk)


def answer(request: ServiceRequest, corrected: dict[str, Any], text: str) -> None:
    """What was returned goes back to its officer with the fields that were asked for. Raises RequestRefused."""
    with transaction.atomic():
        _move(request, ANSWER, answers=request.answers | corrected)
        _write(request, request.applicant, text)
        record(Event.REQUEST_ANSWERED, actor=request.applicant, subject=request.applicant, request=request.pk)


def write(request: ServiceRequest, text: str) -> None:
    """A message to the officer, while the request is open. Raises RequestRefused."""
    with transaction.atomic():
        if not ServiceRequest.objects.open().select_for_update().filter(pk=request.pk).exists():
            raise RequestRefused("moved")
        _write(request, request.applicant, text)


def discard(draft: ServiceRequest) -> None:
    """With its files."""
    with transaction.atomic():
        if found := ServiceRequest.objects.select_for_update().filter(pk=draft.pk, state=RequestState.DRAFT).first():
            for attachment in found.attachments.all():
                attachments.forget_on_commit(attachment)
            found.delete()


def _write(request: ServiceRequest, author: User, text: str) -> None:
    if text:
        RequestMessage.objects.create(request=request, author=author, text=text)


def _move(request: ServiceRequest, move: Move, **facts: Any) -> None:
    try:
        ServiceRequest.objects.all().move_one(move, request.pk, **facts)
    except MoveRefused:
        raise RequestRefused("moved") from None
    request.refresh_from_db()
