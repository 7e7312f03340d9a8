"""The files of a request: each on its own, so that one that does not do costs nothing of the others."""

from typing import NamedTuple

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import SignedInRequest, activated_required
from core.throttle import OverBudget
from registry.lookup import person_of
from registry.models import Person
from services import asked, catalogue, downloads, drafts, keeping, sentences, uploads
from services.actions import attachments
from services.catalogue import DocumentEntry
from services.models import Attachment, ServiceRequest
from services.uploads import FileRefused


class Row(NamedTuple):
    """A document that can be attached now, what is attached of it, and why the file that was sent is not."""

    entry: DocumentEntry
    files: list[Attachment]
    error: str
    is_optional: bool


@require_http_methods(["GET", "HEAD", "POST"])
@activated_required
def files(request: SignedInRequest, number: str) -> HttpResponse:
    """What is to be attached, what is attached already, a place for each. With `check` each that is missing is marked."""
    found = keeping.own(request, number)
    if not (found.is_draft or _open_documents(found)):
        return redirect("request", number)
    if request.GET.get("refused") == "too_big":  # said by the proxy
        messages.error(request, sentences.of_file(FileRefused("too_big")))
    applicant = person_of(request.user.id_number)
    refused = _missing(found, applicant) if "check" in request.GET else {}
    if request.method == "POST":
        document = request.POST.get("document", "")
        refused = _refusals(request, found, document)
        if "quietly" in request.POST:
            return _of_one_document(request, found, applicant, document, refused)
        if not refused:
            return redirect("request_files", number)
    service = catalogue.services()[found.service]
    variables = {
        "service": service,
        "steps": sentences.draft_steps(has_documents=True),
        "found": found,
        "documents": _rows(found, applicant, refused),
        "refused": [(one.name, one.label, refused[one.name]) for one in service.documents if one.name in refused],
        "next": "request_review" if found.is_draft else "request",
        "bytes_at_most": uploads.BYTES_AT_MOST,
        "too_big": sentences.of_file(FileRefused("too_big")),
    }
    return render(request, "services/request_files.html", variables)


@require_POST
@activated_required
def remove(request: SignedInRequest, number: str, key: int) -> HttpResponse:
    attachment = _attachment(keeping.own(request, number), key)
    try:
        attachments.remove(attachment)
    except FileRefused as refused:
        messages.error(request, sentences.of_file(refused))
        return redirect("request", number)
    return redirect("request_files", number)


@require_safe
@activated_required
def file(request: SignedInRequest, number: str, key: int) -> HttpResponse:
    return downloads.as_response(_attachment(keeping.own(request, number), key))


@require_safe
@activated_required
def small(request: SignedInRequest, number: str, key: int) -> HttpResponse:
    """What an image shows, at a glance."""
    attachment = _attachment(keeping.own(request, number), key)
    if not attachment.is_image:
        raise Http404
    return downloads.small(attachment)


def _refusals(request: SignedInRequest, found: ServiceRequest, document: str) -> dict[str, str]:
    """By document, why what was sent is not."""
    try:
        _attach(request, found, document)
    except FileRefused as refusal:
        return {document: sentences.of_file(refusal)}
    except OverBudget as over:
        return {document: sentences.of_too_many_files(over)}
    return {}


def _attach(request: SignedInRequest, found: ServiceRequest, document: str) -> None:
    """Every file that was sent; those before one that is refused stay. Raises FileRefused, OverBudget."""
    service = catalogue.services()[found.service]
    if document not in {entry.name for entry in service.documents}:
        raise Http404
    sent = request.FILES.getlist("file")
    if not sent:
        raise FileRefused("too_big" if _is_large(request) else "none")
    for one in sent:
        attachments.attach(found, document, one.name or "", one.read())


def _is_large(request: SignedInRequest) -> bool:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return length.isdigit() and int(length) > uploads.BYTES_AT_MOST


def _of_one_document(
    request: SignedInRequest, found: ServiceRequest, applicant: Person, document: str, refused: dict[str, str]
) -> HttpResponse:
    """For the script: the files of the document as they stand now, or the sentence that says why not."""
    if refused:
        return HttpResponse(refused[document], status=422, content_type="text/plain")
    row = next((row for row in _rows(found, applicant, {}) if row.entry.name == document), None)
    return render(request, "services/_document_files.html", {"found": found, "document": row})


def _open_documents(found: ServiceRequest) -> list[str]:
    """All of a draft; of what was returned those that the officer asked for."""
    if found.is_draft:
        return [entry.name for entry in catalogue.services()[found.service].documents]
    return asked.of(found).documents


def _missing(found: ServiceRequest, applicant: Person) -> dict[str, str]:
    """The documents without which it cannot be sent, by name."""
    service = catalogue.services()[found.service]
    names = drafts.undocumented(service, found, applicant) if found.is_draft else asked.of(found).missing
    return dict.fromkeys(names, sentences.of_file(FileRefused("missing")))


def _rows(found: ServiceRequest, applicant: Person, refused: dict[str, str]) -> list[Row]:
    """Without what these answers do not call for, unless something was attached there."""
    attached, open_ones = list(found.attachments.order_by("is_returned", "pk")), _open_documents(found)
    rows = [
        Row(
            entry,
            [one for one in attached if one.document == entry.name],
            refused.get(entry.name, ""),
            found.is_draft and not drafts.is_needed(entry, found, applicant),
        )
        for entry in catalogue.services()[found.service].documents
        if entry.name in open_ones
    ]
    return [row for row in rows if row.files or not (row.entry.needed and row.is_optional)]


def _attachment(found: ServiceRequest, key: int) -> Attachment:
    return get_object_or_404(Attachment.objects.select_related("request").filter(request=found), pk=key)
