"""An officer asks a colleague about a request. Neither question nor answer is ever shown to the applicant."""

from django.db import transaction

from accounts.models import User
from audit.events import Event
from core import clock
from services import colleagues
from services.actions.handling import DecisionRefused, note, refuse_family
from services.models import ColleagueNote, ServiceRequest


def ask(request: ServiceRequest, officer: User, *, colleague: User, text: str) -> None:
    """Raises DecisionRefused; `own_request` when it is of the colleague's family."""
    if request.officer_id != officer.pk:
        raise DecisionRefused("not_yours")
    if not colleagues.of_department(request.department).exclude(pk=officer.pk).filter(pk=colleague.pk).exists():
        raise DecisionRefused("not_a_colleague")
    refuse_family(request, colleague)
    with transaction.atomic():
        if not ServiceRequest.objects.open().filter(pk=request.pk, officer=officer).select_for_update().exists():
            raise DecisionRefused("moved")
        ColleagueNote.objects.create(request=request, author=officer, addressee=colleague, is_question=True, text=text)
        note(request, officer, Event.COLLEAGUE_ASKED, colleague=colleague.pk)


def answer(question: ColleagueNote, officer: User, *, text: str) -> None:
    """Once. Raises DecisionRefused."""
    if question.addressee_id != officer.pk:
        raise DecisionRefused("not_yours")
    refuse_family(question.request, officer)
    with transaction.atomic():
        unanswered = ColleagueNote.objects.unanswered().filter(pk=question.pk)
        if not unanswered.update(answer=text, answered_at=clock.now()):
            raise DecisionRefused("moved")
        note(question.request, officer, Event.COLLEAGUE_ANSWERED)
