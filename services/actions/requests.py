"""What an applicant does with a request. Of two that race – two tabs, or the applicant and the officer – one wins, and the
other is told (RequestRefused)."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.actions.telling import tell
from accounts.models import TryCounter, User
from audit.actions import record
from audit.events import Event
from core import clock
from core.refusals import Refused
from core.states import Move, MoveRefused
from core.throttle import Budget, OverBudget
from registry.lookup import person_of
from registry.models import Person
from services import asked, drafts, due, duplicates, fields, rules
from services.actions import attachments
from services.actions.handling import tell_in_review
from services.catalogue import Service, services
from services.models import RequestMessage, ServiceRequest
from services.states import ANSWER, SUBMIT, WAITING_FOR_APPLICANT, WITHDRAW, RequestState

DRAFTS_AT_MOST = 20
# Ours: a large family can be added on the day it arrives; one account neither fills a desk nor has texts sent without end.
SUBMISSIONS_A_DAY = Budget("requests_submitted", limit=20, window=timedelta(days=1))
# Ours: more than anybody writes by hand.
MESSAGES_A_DAY = Budget("request_messages", limit=50, window=timedelta(days=1))
_DRAWS_AT_MOST = 20


class RequestRefused(Refused):
    """`code` is one of: moved (somebody was first), gone (the draft was deleted), not_eligible, too_many_drafts, not_answered,
    not_documented (something that is asked for is missing)."""


def begin(service: Service, applicant: User, token: str, chosen: dict[str, Any] | None = None) -> ServiceRequest:
    """The draft of the page with this token, made once, with what was `chosen` before. Raises RequestRefused."""
    _refuse_who_may_not(service, person_of(applicant.id_number))
    answers = chosen or {}
    facts: dict[str, Any] = {"service": service.slug, "department": service.department, "answers": answers}
    facts["subject_id"] = fields.person_in(service, answers)
    with transaction.atomic():
        _refuse_more(applicant, token)
        draft, is_new = _begun(applicant, token, facts)
    if is_new:
        draft.refresh_from_db()
    return draft


def keep(request: ServiceRequest, answers: dict[str, Any], typed: dict[str, Any] | None = None) -> None:
    """What was answered so far, and what stands in the fields that are not answered rightly yet. Of a returned request only
    what was typed: its answers change when it is sent back. Raises RequestRefused."""
    with transaction.atomic():
        kept = _locked(request, WAITING_FOR_APPLICANT)
        kept.typed = {name: raw for name, raw in kept.typed.items() if name not in answers} | (typed or {})
        if kept.is_draft:
            kept.answers |= answers
            kept.subject_id = fields.person_in(services()[kept.service], kept.answers)
        kept.touched_at = clock.now()
        kept.save(update_fields=["answers", "subject", "typed", "touched_at"])
    request.answers, request.typed = kept.answers, kept.typed


def submit(draft: ServiceRequest) -> None:
    """Sending it once more changes nothing. What is missing is looked for while nobody else can change the draft; it is counted
    with its turn, so that two tabs count once, and what is not sent does not count. Raises RequestRefused,
    core.throttle.OverBudget."""
    service = services()[draft.service]
    due_on = due.answer_due_on(timezone.localdate())
    with transaction.atomic():
        kept = _locked(draft, tuple(RequestState))
        if kept.is_draft:
            applicant = person_of(draft.applicant.id_number)
            _refuse_who_may_not(service, applicant)
            if lacking := drafts.lacking(service, kept, applicant):
                raise RequestRefused(lacking)
            TryCounter.objects.spend_within(SUBMISSIONS_A_DAY.of(str(draft.applicant_id)))
            facts = _facts_of(service, kept.answers) | {"submitted_at": clock.now(), "due_on": due_on}
            _move(draft, SUBMIT, touched_at=clock.now(), **facts)
            record(Event.REQUEST_SUBMITTED, actor=draft.applicant, subject=draft.applicant, request=draft.pk)
            tell(draft.applicant, "request_submitted", number=draft.number, due_on=due.in_both_languages(due_on))
    draft.refresh_from_db()


def refusal(applicant: User) -> OverBudget | None:
    """Why nothing can be submitted at present."""
    return TryCounter.objects.refusal(SUBMISSIONS_A_DAY.of(str(applicant.pk)))


def withdraw(request: ServiceRequest) -> None:
    """Raises RequestRefused when it was decided a moment ago."""
    with transaction.atomic():
        _move(request, WITHDRAW, ended_at=clock.now())
        tell(request.applicant, "request_withdrawn", number=request.number)
        record(Event.REQUEST_WITHDRAWN, actor=request.applicant, subject=request.applicant, request=request.pk)


def withdraw_all_of(id_number: str) -> None:
    """Whoever has died asks for nothing any more; in the caller's transaction. Nobody is texted."""
    own = ServiceRequest.objects.open().filter(applicant__id_number=id_number).select_related("applicant")
    for request in own.order_by("pk"):
        if ServiceRequest.objects.filter(pk=request.pk).move(WITHDRAW, ended_at=clock.now()):
            record(Event.REQUEST_WITHDRAWN, subject=request.applicant, request=request.pk)


def answer(request: ServiceRequest, corrected: dict[str, Any], text: str) -> None:
    """What was returned goes back to its officer, with the fields and documents that were asked for and nothing else changed.
    Raises RequestRefused."""
    with transaction.atomic():
        kept = _locked(request, (RequestState.RETURNED,))
        if asked.of(kept).missing:
            raise RequestRefused("not_documented")
        answers = kept.answers | corrected
        facts = _facts_of(services()[kept.service], answers) | {"answers": answers, "typed": {}}
        _move(request, ANSWER, touched_at=clock.now(), **facts)
        _write(request, request.applicant, text)
        tell_in_review(request)
        record(Event.REQUEST_ANSWERED, actor=request.applicant, subject=request.applicant, request=request.pk)


def write(request: ServiceRequest, text: str) -> None:
    """A message to the officer, while the request is open. Raises RequestRefused, core.throttle.OverBudget."""
    with transaction.atomic():
        if not ServiceRequest.objects.open().select_for_update().filter(pk=request.pk).exists():
            raise RequestRefused("moved")
        TryCounter.objects.spend_within(MESSAGES_A_DAY.of(str(request.applicant_id)))
        _write(request, request.applicant, text)


def discard(draft: ServiceRequest) -> None:
    """With its files. Raises RequestRefused when it was submitted a moment ago."""
    with transaction.atomic():
        kept = ServiceRequest.objects.select_for_update().filter(pk=draft.pk).first()
        if kept is None:
            return
        if not kept.is_draft:
            raise RequestRefused("moved")
        for attachment in kept.attachments.all():
            attachments.forget_on_commit(attachment)
        kept.delete()


def purge() -> int:
    """Drafts that nobody wrote on for long, with their files; returns how many."""
    drafted = ServiceRequest.objects.filter(state=RequestState.DRAFT).defer("answers", "typed")
    old, removed = drafted.filter(touched_at__lt=clock.ahead(-drafts.DRAFTS_KEPT)), 0
    for draft in list(old):
        with transaction.atomic():
            # Somebody may have come back to it since.
            if old.select_for_update().filter(pk=draft.pk).exists():
                discard(draft)
                removed += 1
    return removed


def _refuse_more(applicant: User, token: str) -> None:
    """One page after the other, however many are sent at once."""
    User.objects.select_for_update(no_key=True).get(pk=applicant.pk)
    of_other_pages = ServiceRequest.objects.of(applicant).filter(state=RequestState.DRAFT).exclude(token=token)
    if of_other_pages.count() >= DRAFTS_AT_MOST:
        raise RequestRefused("too_many_drafts")


def _begun(applicant: User, token: str, facts: dict[str, Any]) -> tuple[ServiceRequest, bool]:
    """The draft, and whether it is a new one. A number that another request of the year has is drawn again: with three million
    of them that is one in thirty."""
    for _draw in range(_DRAWS_AT_MOST):
        with suppress(IntegrityError):
            return ServiceRequest.objects.get_or_create(applicant=applicant, token=token, defaults=facts)
    return ServiceRequest.objects.get_or_create(applicant=applicant, token=token, defaults=facts)


def _refuse_who_may_not(service: Service, applicant: Person) -> None:
    if any(finding.bars for finding in rules.findings(service, applicant)):
        raise RequestRefused("not_eligible")


def _locked(request: ServiceRequest, states: tuple[str, ...]) -> ServiceRequest:
    """As the database has it now, until the transaction ends. Raises RequestRefused when it is in none of the states."""
    kept = ServiceRequest.objects.select_for_update().filter(pk=request.pk).first()
    if kept is None:
        raise RequestRefused("gone")
    if kept.state not in states:
        raise RequestRefused("moved")
    return kept


def _facts_of(service: Service, answers: dict[str, Any]) -> dict[str, Any]:
    """By what they ask and whom they are about requests are found again."""
    return {
        "answers_digest": duplicates.digest_of(service.slug, answers),
        "subject_id": fields.person_in(service, answers),
    }


def _write(request: ServiceRequest, author: User, text: str) -> None:
    if text:
        RequestMessage.objects.create(request=request, author=author, text=text)


def _move(request: ServiceRequest, move: Move, **facts: Any) -> None:
    try:
        ServiceRequest.objects.all().move_one(move, request.pk, **facts)
    except MoveRefused:
        raise RequestRefused("moved") from None
    request.refresh_from_db()
