"""The requests centre: what can be asked for, and how a request stands. A request is its applicant's only; for everybody else
it is not there."""

from collections.abc import Iterable
from datetime import date

import segno
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import SignedInRequest, activated_required
from accounts.models import User
from core.paging import capped_count, newest_first
from core.text import row_key
from core.throttle import OverBudget
from registry.lookup import person_of
from registry.models import Person
from services import asked, catalogue, drafts, history, keeping, rules, sentences
from services.actions import inbox, requests
from services.actions.requests import RequestRefused
from services.asked import Asked
from services.catalogue import Service
from services.facts import Fact
from services.filters import RequestFilter
from services.forms import MessageForm, RequestForm, initial, preselected, shown, shown_of, to_keep
from services.models import RequestQuerySet, ServiceRequest
from services.states import RequestState

_ROWS_ON_A_PAGE = 20


@require_safe
@activated_required
def centre(request: SignedInRequest, department: str) -> HttpResponse:
    """What a department can be asked for."""
    if department not in catalogue.DEPARTMENTS:
        raise Http404
    centres = {centre.department: centre for centre in catalogue.centres_for(_person(request).kind)}
    centre = centres.get(department, catalogue.Centre(department, ()))
    return render(request, "services/centre.html", {"centre": centre})


@require_http_methods(["GET", "HEAD", "POST"])
@activated_required
def start(request: SignedInRequest, slug: str) -> HttpResponse:
    """What has to hold, before anything is asked; and what was begun here and not submitted. A link can choose an answer
    already: `?member=…`."""
    person = _person(request)
    service = _service(slug, person)
    chosen = preselected(service, person, request.POST if request.method == "POST" else request.GET)
    if request.method == "POST":
        token = request.POST.get("token", "")[:32].replace("\0", "") or _new_token()
        try:
            return redirect("request_form", requests.begin(service, request.user, token, chosen).number)
        except RequestRefused as refused:
            messages.error(request, sentences.of_refusal(refused))
    found = rules.findings(service, person)
    variables = {
        "service": service,
        "findings": found,
        "fees": service.fees_for(person),
        "expected": history.expected(slug),
        "is_open": not any(finding.bars for finding in found),
        "token": _new_token(),
        "drafts": _rows(_drafts(request.user, slug)),
        "chosen": chosen,
        "about": [fact for fact in shown(service, chosen) if fact.value],
    }
    return render(request, "services/request_start.html", variables)


@require_safe
@activated_required
def one(request: SignedInRequest, number: str) -> HttpResponse:
    """How a request stands, what was asked, and its thread; a draft goes on where it was left."""
    found = keeping.own(request, number)
    if found.is_draft:
        return redirect(drafts.step(catalogue.services()[found.service], found, _person(request)), number)
    inbox.request_opened(request.user, number)
    return _page(request, found)


@require_safe
@activated_required
def listed(request: SignedInRequest) -> HttpResponse:
    """The newest first, and a way to what was returned, which may stand far below."""
    kind = _person(request).kind
    own, narrowing = ServiceRequest.objects.of(request.user), RequestFilter(request.GET, kind=kind)
    found = narrowing.narrowed(own)
    rows, next_before = newest_first(found, size=_ROWS_ON_A_PAGE, before=row_key(request.GET.get("before")))
    returned = own.waiting_for_applicant().filter(state=RequestState.RETURNED).count()
    variables = {
        "requests": _rows(rows),
        "next_page": narrowing.page(next_before),
        "filter": narrowing,
        "centres": catalogue.centres_for(kind),
        "count": sentences.requests_counted(capped_count(found)),
        "returned": "" if narrowing.is_narrow else sentences.returned_requests(returned),
    }
    return render(request, "services/requests.html", variables)


@require_safe
@activated_required
def receipt(request: SignedInRequest, number: str) -> HttpResponse:
    """To be printed or saved as PDF, and shown: what was sent and when, and by when it is answered."""
    found = keeping.own(request, number)
    if found.is_draft:
        raise Http404
    service, person = catalogue.services()[found.service], _person(request)
    variables = {
        "found": found,
        "service": service,
        "department": catalogue.DEPARTMENTS[found.department],
        "person": person,
        "facts": _answered(found, person),
        "documents": keeping.documents(found, service),
        "qr": segno.make(found.number, micro=False).svg_data_uri(scale=4, dark="#000", light="#fff"),
    }
    return render(request, "services/request_receipt.html", variables)


@require_POST
@activated_required
def write(request: SignedInRequest, number: str) -> HttpResponse:
    """A message of the thread; what was returned goes back with it."""
    found = keeping.own(request, number)
    if found.is_returned:
        return _answer(request, found)
    message = MessageForm(request.POST)
    if not message.is_valid():
        return _page(request, found, message=message)
    try:
        requests.write(found, message.cleaned_data["text"])
    except RequestRefused as refused:
        return keeping.lead(request, found, refused)
    except OverBudget as over:
        message.add_error("text", sentences.of_too_many_messages(over))
        return _page(request, found, message=message)
    messages.success(request, _("Your message was sent."))
    return redirect("request", number)


@require_POST
@activated_required
def withdraw(request: SignedInRequest, number: str) -> HttpResponse:
    found = keeping.own(request, number)
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


def _answer(request: SignedInRequest, found: ServiceRequest) -> HttpResponse:
    """Until it is sent, what is typed is kept with the request."""
    wanted = asked.of(found)
    corrections, message = _corrections(request, found, wanted), _message(request, found, wanted)
    is_whole = corrections.is_valid() & message.is_valid()
    if not is_whole or not keeping.KEEPING_ONLY.isdisjoint(request.POST):
        typed = corrections.typed() | {"text": to_keep(request.POST.get("text", ""))}
        leaves = keeping.keep(request, found, {}, typed)
        return leaves or _page(request, found, message=message, corrections=corrections)
    try:
        requests.answer(found, corrections.answers(), message.cleaned_data["text"])
    except RequestRefused as refused:
        return keeping.lead(request, found, refused)
    messages.success(request, _("Your answer was sent."))
    return redirect("request", found.number)


def _page(
    request: SignedInRequest,
    found: ServiceRequest,
    *,
    message: MessageForm | None = None,
    corrections: RequestForm | None = None,
) -> HttpResponse:
    service, wanted = catalogue.services()[found.service], asked.of(found)
    variables = {
        "service": service,
        "found": found,
        "expected": history.expected(found.service) if found.is_open else None,
        "facts": _answered(found, _person(request)),
        "documents": keeping.documents(found, service),
        "thread": found.thread.select_related("author").order_by("pk"),
        "asked": wanted,
        "asked_documents": [entry for entry in service.documents if entry.name in wanted.documents],
        "form": message or _message(request, found, wanted),
        "corrections": corrections or _corrections(request, found, wanted),
    }
    return render(request, "services/request.html", variables)


def _answered(found: ServiceRequest, person: Person) -> list[Fact]:
    """Without what could stay empty and did."""
    return [fact for fact in shown_of(found, person) if fact.value]


def _corrections(request: SignedInRequest, found: ServiceRequest, wanted: Asked) -> RequestForm:
    """The fields that the officer asked for, and no others."""
    service = catalogue.services()[found.service]
    return RequestForm(
        request.POST if request.method == "POST" else None,
        initial=initial(service, found.answers | found.typed),
        service=service,
        person=_person(request),
        only=wanted.fields,
        kept=found.answers,
    )


def _message(request: SignedInRequest, found: ServiceRequest, wanted: Asked) -> MessageForm:
    return MessageForm(
        request.POST if request.method == "POST" else None,
        initial={"text": found.typed.get("text", "")},
        is_needed=not (wanted.fields or wanted.documents),
    )


def _rows(found: Iterable[ServiceRequest]) -> list[tuple[ServiceRequest, Service, date]]:
    return [(row, catalogue.services()[row.service], drafts.kept_until(row)) for row in found]


def _drafts(applicant: User, slug: str) -> RequestQuerySet:
    begun = ServiceRequest.objects.of(applicant).filter(state=RequestState.DRAFT, service=slug)
    return begun.order_by("-touched_at", "-pk")


def _service(slug: str, person: Person) -> Service:
    service = next((one for one in catalogue.services_for(person.kind) if one.slug == slug and one.is_request), None)
    if service is None:
        raise Http404
    return service


def _person(request: SignedInRequest) -> Person:
    return person_of(request.user.id_number)


def _new_token() -> str:
    return get_random_string(32)
