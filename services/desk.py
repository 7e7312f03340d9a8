"""The officers' desk for requests: take the next one, look, decide. Pages of the administration; `services.admin` gives them
their addresses."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import SignedInRequest, officer_required
from accounts.roles import DECIDES_REQUESTS
from registry.lookup import person_of
from services import catalogue, downloads, sentences, worklists
from services.actions import decisions
from services.actions.decisions import DecisionRefused
from services.admin_forms import DecisionForm
from services.forms import shown
from services.models import Attachment, ServiceRequest

DESK, REQUEST = "admin:services_servicerequest_changelist", "admin:services_request"
officers_only = officer_required(DECIDES_REQUESTS)


@require_safe
@officers_only
def desk(request: SignedInRequest) -> HttpResponse:
    lists = [(work_list, *worklists.page_of(work_list, request.user)) for work_list in worklists.WORK_LISTS.values()]
    rows = [(one, [(row, catalogue.services()[row.service]) for row in found], count) for one, found, count in lists]
    departments = [(name, catalogue.DEPARTMENTS[name]) for name in worklists.departments_of(request.user)]
    return _page(request, "desk", _("Requests"), work_lists=rows, departments=departments)


@require_POST
@officers_only
def take_next(request: SignedInRequest, department: str) -> HttpResponse:
    if department not in worklists.departments_of(request.user):
        raise PermissionDenied
    taken = decisions.take_next(request.user, department)
    if taken is None:
        messages.info(request, _("Nothing waits that you may decide."))
        return redirect(DESK)
    return redirect(REQUEST, taken.number)


@require_http_methods(["GET", "HEAD", "POST"])
@officers_only
def one(request: SignedInRequest, number: str) -> HttpResponse:
    found = _found(request, number)
    form = _form(request, found)
    try:
        if request.method == "POST" and form.is_valid():
            form.decide(found, request.user)
            messages.success(request, _("Done. The applicant is told by text message."))
            return redirect(DESK)
        if request.method != "POST":
            decisions.view(found, request.user)
    except DecisionRefused as refused:
        messages.error(request, sentences.of_refusal(refused))
        return redirect(DESK)
    service = catalogue.services()[found.service]
    variables = {
        "found": found,
        "service": service,
        "facts": shown(service, found.answers),
        "person": person_of(found.applicant.id_number),
        "files": found.attachments.order_by("pk"),
        "thread": found.thread.select_related("author").order_by("pk"),
        "form": form if found.officer_id == request.user.pk and not found.is_returned and found.is_open else None,
    }
    return _page(request, "request", f"{service.title} {found.number}", **variables)


@require_safe
@officers_only
def file(request: SignedInRequest, number: str, key: int) -> HttpResponse:
    attachment = get_object_or_404(Attachment, request=_found(request, number), pk=key)
    try:
        decisions.view(attachment.request, request.user)
    except DecisionRefused as refused:
        messages.error(request, sentences.of_refusal(refused))
        return redirect(DESK)
    return downloads.as_response(attachment)


@require_POST
@officers_only
def take(request: SignedInRequest, number: str) -> HttpResponse:
    return _act(request, number, decisions.take)


@require_POST
@officers_only
def release(request: SignedInRequest, number: str) -> HttpResponse:
    return _act(request, number, decisions.release)


def _act(request: SignedInRequest, number: str, action: Callable[[ServiceRequest, Any], None]) -> HttpResponse:
    try:
        action(_found(request, number), request.user)
    except DecisionRefused as refused:
        messages.error(request, sentences.of_refusal(refused))
        return redirect(DESK)
    return redirect(REQUEST, number)


def _form(request: SignedInRequest, found: ServiceRequest) -> DecisionForm:
    service = catalogue.services()[found.service]
    posted = request.POST if request.method == "POST" else None
    return DecisionForm(posted, service=service, language=found.applicant.language)


def _found(request: SignedInRequest, number: str) -> ServiceRequest:
    """Of the officer's departments, and submitted."""
    submitted = ServiceRequest.objects.exclude(submitted_at=None).select_related("applicant", "officer")
    return get_object_or_404(submitted, number=number, department__in=worklists.departments_of(request.user))


def _page(request: SignedInRequest, template: str, title: str, **variables: Any) -> HttpResponse:
    context = admin.site.each_context(request) | {"title": title, "opts": ServiceRequest._meta} | variables
    return TemplateResponse(request, f"admin/services/{template}.html", context)
