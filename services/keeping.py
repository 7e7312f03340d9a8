"""What the pages of a request share: it is its applicant's only, what is typed into it stays, whatever else becomes of it, and
who is refused is led on."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.access import SignedInRequest
from core.hijri import in_both_calendars
from services import drafts, sentences
from services.actions import requests
from services.actions.requests import RequestRefused
from services.catalogue import Service
from services.models import Attachment, ServiceRequest

# Buttons that keep what was typed and do not send it; `quietly` is the script's.
KEEPING_ONLY = {"later", "files", "quietly"}


def own(request: SignedInRequest, number: str) -> ServiceRequest:
    return get_object_or_404(ServiceRequest.objects.of(request.user).select_related("applicant"), number=number)


def documents(found: ServiceRequest, service: Service) -> list[tuple[str, list[Attachment]]]:
    """What is attached, by the names of the service's documents, in their order; what was returned stands last."""
    files = list(found.attachments.order_by("is_returned", "pk"))
    by_document = [(str(one.label), [file for file in files if file.document == one.name]) for one in service.documents]
    return [(label, of_it) for label, of_it in by_document if of_it]


def keep(
    request: SignedInRequest, found: ServiceRequest, answers: dict[str, Any], typed: dict[str, Any]
) -> HttpResponse | None:
    """Where the page goes when it could not be kept, or was sent for that alone."""
    try:
        requests.keep(found, answers, typed)
    except RequestRefused as refused:
        return HttpResponse(status=409) if "quietly" in request.POST else lead(request, found, refused)
    if "quietly" in request.POST:
        return HttpResponse(status=204)
    if "files" in request.POST:
        return redirect("request_files", found.number)
    if "later" not in request.POST:
        return None
    messages.success(request, _said_of_later(found))
    return redirect("requests")


def lead(request: SignedInRequest, found: ServiceRequest, refused: RequestRefused) -> HttpResponse:
    """Says why, on the page where something can be done about it."""
    if refused.code != "not_documented":  # said beside each document
        messages.error(request, sentences.of_refusal(refused))
    pages = {
        "gone": reverse("requests"),
        "not_eligible": reverse("request_start", args=[found.service]),
        "not_answered": reverse("request_form", args=[found.number]) + "?check",
        "not_documented": reverse("request_files", args=[found.number]) + "?check",
    }
    return redirect(pages.get(refused.code, reverse("request", args=[found.number])))


def _said_of_later(found: ServiceRequest) -> str:
    if not found.is_draft:
        return _("What you typed is kept. Nothing is sent before you press “Send”.")
    found.refresh_from_db()
    return _("The draft is kept until %(day)s, and on every device on which you sign in.") % {
        "day": in_both_calendars(drafts.kept_until(found))
    }
