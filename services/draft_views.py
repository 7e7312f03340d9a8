"""From the questions to the submitted request. A draft goes on wherever its applicant signs in."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import SignedInRequest, activated_required
from core.throttle import OverBudget
from registry.lookup import person_of
from registry.models import Person
from services import catalogue, drafts, history, keeping, sentences
from services.actions import requests
from services.actions.requests import RequestRefused
from services.catalogue import Service
from services.forms import PledgeForm, RequestForm, initial, shown_of
from services.models import ServiceRequest


@require_http_methods(["GET", "HEAD", "POST"])
@activated_required
def form(request: SignedInRequest, number: str) -> HttpResponse:
    """The questions. Whatever is typed is kept, right or not. With `check` each says what is wrong before anything is sent."""
    draft = keeping.own(request, number)
    if not draft.is_draft:
        if request.method == "POST" and "quietly" not in request.POST:
            messages.error(request, sentences.of_code("moved"))
        return redirect("request", number)
    service, person = catalogue.services()[draft.service], person_of(request.user.id_number)
    if request.method == "POST":
        answers = RequestForm(request.POST, service=service, person=person)
        is_whole = answers.is_valid()
        leaves = keeping.keep(request, draft, answers.answers(), answers.unfinished())
        if leaves is None and is_whole:
            leaves = redirect("request_files" if service.documents else "request_review", number)
        return leaves or _questions(request, draft, answers)
    answers = _resumed(draft, service, person)
    return _questions(request, draft, answers.filled_in() if "check" in request.GET else answers)


@require_http_methods(["GET", "HEAD", "POST"])
@activated_required
def review(request: SignedInRequest, number: str) -> HttpResponse:
    """All answers once more, and the pledge."""
    draft = keeping.own(request, number)
    if not draft.is_draft:
        return redirect("request", number)
    service, person = catalogue.services()[draft.service], person_of(request.user.id_number)
    if lacking := _lacking(draft, service, person):
        return keeping.lead(request, draft, RequestRefused(lacking))
    pledge = PledgeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and pledge.is_valid():
        try:
            return _submitted(request, draft)
        except OverBudget:
            pass  # The page says until when.
    over = requests.refusal(request.user)
    variables = {
        "service": service,
        "steps": _steps(service),
        "draft": draft,
        "form": pledge,
        "facts": shown_of(draft, person),
        "documents": keeping.documents(draft, service),
        "expected": history.expected(draft.service),
        "wait": sentences.wait_to_submit(over, drafts.kept_until(draft)) if over else None,
    }
    return render(request, "services/request_review.html", variables)


def _questions(request: SignedInRequest, draft: ServiceRequest, answers: RequestForm) -> HttpResponse:
    variables = {
        "service": answers.service,
        "steps": _steps(answers.service),
        "draft": draft,
        "form": answers,
        "kept_until": drafts.kept_until(draft),
    }
    return render(request, "services/request_form.html", variables)


def _steps(service: Service) -> list[Promise]:
    return sentences.draft_steps(has_documents=bool(service.documents))


def _resumed(draft: ServiceRequest, service: Service, person: Person) -> RequestForm:
    """With what was answered, and above it what was only typed."""
    return RequestForm(
        initial=initial(service, service.prefilled(person) | draft.answers | draft.typed),
        service=service,
        person=person,
    )


def _lacking(draft: ServiceRequest, service: Service, person: Person) -> str:
    """As services.drafts.lacking; and whether what was answered then still holds: a family may have changed."""
    still_holds = not drafts.is_answered(service, draft) or _resumed(draft, service, person).filled_in().is_valid()
    return drafts.lacking(service, draft, person) if still_holds else "not_answered"


def _submitted(request: SignedInRequest, draft: ServiceRequest) -> HttpResponse:
    """Raises OverBudget."""
    try:
        requests.submit(draft)
    except RequestRefused as refused:
        return keeping.lead(request, draft, refused)
    messages.success(request, _("Your request was sent. Its number is also on its way to your mobile."))
    return redirect("request", draft.number)
