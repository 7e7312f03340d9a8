"""The requests centre: from the requirements to the answer. A request is its applicant's only; for everybody else it is not
there."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import SignedInRequest, activated_required
from core.paging import newest_first
from core.text import row_key
from registry.lookup import person_of
from registry.models import Person
from services import catalogue, rules, sentences
from services.actions import requests
from services.actions.requests import RequestRefused
from services.catalogue import Service
from services.forms import MessageForm, PledgeForm, RequestForm, initial, shown
from services.models import ServiceRequest
from services.states import RequestState

_ROWS_ON_A_PAGE = 20


@require_safe
@activated_required
def centre(request: SignedInRequest, department: str) -> HttpResponse:
    """What a department can be asked for."""
    if department not in catalogue.DEPARTMENTS:
        raise Http404
    of_kind = catalogue.services_for(_person(request).kind)
    offered = [one for one in of_kind if one.department == department and one.is_request]
    title = catalogue.DEPARTMENTS[department]
    return render(request, "services/centre.html", {"services": offered, "department": title})


@require_http_methods(["GET", "HEAD", "POST"])
@activated_required
def start(request: SignedInRequest, slug: str) -> HttpResponse:
    """What has to hold, before anything is asked."""
    person = _person(request)
    service = _service(slug, person)
    if request.method == "POST":
        try:
            draft = requests.begin(service, request.user, request.POST.get("token", "")[:32] or _new_token())
        except RequestRefused as refused:
            messages.error(request, sentences.of_refusal(refused))
        else:
            return redirect("request_form", draft.number)
    found = rules.findings(service, person)
    variables = {
        "service": service,
        "findings": found,
        "is_open": all(finding.holds for finding in found),
        "token": _new_token(),
    }
    return render(request, "services/request_start.html", variables)


@require_http_methods(["GET", "HEAD", "POST"])
@activated_required
def form(request: SignedInRequest, number: str) -> HttpResponse:
    """The questions. What is answered rightly is kept, also when something else is not."""
    draft = _own(request, number, RequestState.DRAFT)
    service, person = catalogue.services()[draft.service], _person(request)
    answers = RequestForm(
        request.POST if request.method == "POST" else None,
        initial=initial(service, draft.answers),
        service=service,
        person=person,
    )
    if request.method == "POST":
        is_whole = answers.is_valid()
        try:
            requests.keep(draft, answers.answers())
        except RequestRefused as refused:
            messages.error(request, sentences.of_refusal(refused))
            return redirect("request", number)
        if is_whole:
            return redirect("request_files" if service.documents else "request_review", number)
    return render(request, "services/request_form.html", {"service": service, "draft": draft, "form": answers})


@require_http_methods(["GET", "HEAD", "POST"])
@activated_required
def review(request: SignedInRequest, number: str) -> HttpResponse:
    """All answers once more, and the pledge."""
    draft = _own(request, number)
    if not draft.is_draft:
        return redirect("request", number)
    service = catalogue.services()[draft.service]
    if not _is_answered(draft, service):
        return redirect("request_form", number)
    if not _is_documented(draft, service):
        messages.error(request, _("Attach what is asked for first."))
        return redirect("request_files", number)
    pledge = PledgeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and pledge.is_valid():
        return _submitted(request, draft)
    variables = {"service": service, "draft": draft, "form": pledge, "facts": shown(service, draft.answers)}
    variables["files"] = draft.attachments.order_by("pk")
    return render(request, "services/request_review.html", variables)


@require_safe
@activated_required
def one(request: SignedInRequest, number: str) -> HttpResponse:
    """How a request stands, what was asked, and its thread."""
    found = _own(request, number)
    if found.is_draft:
        return redirect("request_form", number)
    return _page(request, found)


@require_safe
@activated_required
def listed(request: SignedInRequest) -> HttpResponse:
    """The newest first; `state` narrows."""
    own, state = ServiceRequest.objects.of(request.user), request.GET.get("state", "")
    if state in RequestState.values:
        own = own.filter(state=state)
    rows, next_before = newest_first(own, size=_ROWS_ON_A_PAGE, before=row_key(request.GET.get("before")))
    variables = {
        "requests": [(row, catalogue.services()[row.service]) for row in rows],
        "next_before": next_before,
        "states": RequestState.choices,
        "state": state,
    }
    return render(request, "services/requests.html", variables)


@require_POST
@activated_required
def write(request: SignedInRequest, number: str) -> HttpResponse:
    """A message of the thread; with a returned request, the corrected fields, too."""
    found = _own(request, number)
    message = MessageForm(request.POST)
    corrections = _corrections(request, found)
    if not (message.is_valid() and (corrections is None or corrections.is_valid())):
        return _page(request, found, message=message, corrections=corrections)
    try:
        if corrections is None:
            requests.write(found, message.cleaned_data["text"])
        else:
            requests.answer(found, corrections.answers(), message.cleaned_data["text"])
    except RequestRefused as refused:
        messages.error(request, sentences.of_refusal(refused))
    else:
        messages.success(request, _("Your message was sent."))
    return redirect("request", number)


@require_POST
@activated_required
def withdraw(request: SignedInRequest, number: str) -> HttpResponse:
    found = _own(request, number)
    try:
        if found.is_draft:
            requests.discard(found)
            messages.success(request, _("The draft was deleted."))
            return redirect("requests")
        requests.withdraw(found)
    except RequestRefused as refused:
        messages.error(request, sentences.of_refusal(refused))
    else:
        messages.success(request, _("The request is withdrawn."))
    return redirect("request", number)


def _submitted(request: SignedInRequest, draft: ServiceRequest) -> HttpResponse:
    try:
        requests.submit(draft)
    except RequestRefused as refused:
        messages.error(request, sentences.of_refusal(refused))
    else:
        messages.success(request, _("Your request was sent. Its number is also on its way to your mobile."))
    return redirect("request", draft.number)


def _page(
    request: SignedInRequest,
    found: ServiceRequest,
    *,
    message: MessageForm | None = None,
    corrections: RequestForm | None = None,
) -> HttpResponse:
    service = catalogue.services()[found.service]
    variables = {
        "service": service,
        "found": found,
        "facts": shown(service, found.answers),
        "files": found.attachments.order_by("pk"),
        "thread": found.thread.select_related("author").order_by("pk"),
        "form": message or MessageForm(),
        "corrections": corrections or _corrections(request, found),
    }
    return render(request, "services/request.html", variables)


def _corrections(request: SignedInRequest, found: ServiceRequest) -> RequestForm | None:
    """The fields that an officer asked for, as long as the request is with the applicant."""
    if not found.is_returned:
        return None
    service, asked = catalogue.services()[found.service], found.thread.exclude(asked_fields=[]).order_by("-pk").first()
    return RequestForm(
        request.POST if request.method == "POST" else None,
        initial=initial(service, found.answers),
        service=service,
        person=_person(request),
        only=asked.asked_fields if asked else [],
    )


def _is_answered(draft: ServiceRequest, service: Service) -> bool:
    return all(draft.answers.get(entry.name) for entry in service.fields if entry.is_required)


def _is_documented(draft: ServiceRequest, service: Service) -> bool:
    attached = set(draft.attachments.values_list("document", flat=True))
    return all(entry.name in attached for entry in service.documents if entry.is_required)


def _own(request: SignedInRequest, number: str, state: str = "") -> ServiceRequest:
    own = ServiceRequest.objects.of(request.user).select_related("applicant")
    return get_object_or_404(own.filter(state=state) if state else own, number=number)


def _service(slug: str, person: Person) -> Service:
    service = next((one for one in catalogue.services_for(person.kind) if one.slug == slug and one.is_request), None)
    if service is None:
        raise Http404
    return service


def _person(request: SignedInRequest) -> Person:
    return person_of(request.user.id_number)


def _new_token() -> str:
    return get_random_string(32)
