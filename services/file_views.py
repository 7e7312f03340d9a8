"""The files of a request: each on its own, so that one that does not do costs nothing of the others."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import SignedInRequest, activated_required
from services import catalogue, downloads, sentences, uploads
from services.actions import attachments
from services.catalogue import Service
from services.models import Attachment, ServiceRequest
from services.uploads import FileRefused


@require_http_methods(["GET", "HEAD", "POST"])
@activated_required
def files(request: SignedInRequest, number: str) -> HttpResponse:
    """What is to be attached, what is attached already, and a place to add each."""
    found = _own(request, number)
    if not (found.is_draft or found.is_returned):
        return redirect("request", number)
    if request.GET.get("refused") == "too_big":  # said by the proxy
        messages.error(request, sentences.of_file(FileRefused("too_big")))
    refused: dict[str, str] = {}
    if request.method == "POST":
        document = request.POST.get("document", "")
        try:
            _attach(request, found, document)
        except FileRefused as refusal:
            refused[document] = sentences.of_file(refusal)
        else:
            return redirect("request_files", number)
    service = catalogue.services()[found.service]
    variables = {
        "service": service,
        "found": found,
        "documents": _documents(service, found, refused),
        "refused": refused,
        "next": "request_review" if found.is_draft else "request",
    }
    return render(request, "services/request_files.html", variables)


@require_POST
@activated_required
def remove(request: SignedInRequest, number: str, key: int) -> HttpResponse:
    attachment = _attachment(_own(request, number), key)
    try:
        attachments.remove(attachment)
    except FileRefused:
        return redirect("request", number)
    return redirect("request_files", number)


@require_safe
@activated_required
def file(request: SignedInRequest, number: str, key: int) -> HttpResponse:
    return downloads.as_response(_attachment(_own(request, number), key))


def _attach(request: SignedInRequest, found: ServiceRequest, document: str) -> None:
    """Raises FileRefused."""
    service = catalogue.services()[found.service]
    if document not in {entry.name for entry in service.documents}:
        raise Http404
    sent = request.FILES.get("file")
    if sent is None:
        raise FileRefused("too_big" if _is_large(request) else "none")
    attachments.attach(found, document, sent.name or "", sent.read())


def _is_large(request: SignedInRequest) -> bool:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return length.isdigit() and int(length) > uploads.BYTES_AT_MOST


def _documents(service: Service, found: ServiceRequest, refused: dict[str, str]) -> list[dict[str, object]]:
    attached = list(found.attachments.order_by("pk"))
    return [
        {
            "entry": entry,
            "files": [one for one in attached if one.document == entry.name],
            "error": refused.get(entry.name, ""),
        }
        for entry in service.documents
    ]


def _own(request: SignedInRequest, number: str) -> ServiceRequest:
    return get_object_or_404(ServiceRequest.objects.of(request.user), number=number)


def _attachment(found: ServiceRequest, key: int) -> Attachment:
    return get_object_or_404(Attachment.objects.select_related("request").filter(request=found), pk=key)
