"""What the pages of the desk share: whose requests an officer sees, and why a look is allowed."""

from collections.abc import Callable
from typing import Any

from csp.decorators import csp_update
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.access import SignedInRequest, officer_required
from accounts.roles import DECIDES_REQUESTS
from core import looks
from core.admin_pages import admin_page
from services import sentences
from services.actions import decisions
from services.actions.handling import DecisionRefused
from services.colleagues import departments_of
from services.models import ColleagueNote, ServiceRequest

DESK, REQUEST = "admin:services_servicerequest_changelist", "admin:services_request"
officers_only = officer_required(DECIDES_REQUESTS)
# A view that can answer with the page of a request, where files stand in frames.
shows_files = csp_update({"frame-src": ["'self'"]})


def found_request(request: SignedInRequest, number: str) -> ServiceRequest:
    """Of the officer's departments, and submitted."""
    with_people = ServiceRequest.objects.select_related("applicant", "officer", "proposed_by", "subject")
    submitted = with_people.exclude(submitted_at=None)
    return get_object_or_404(submitted, number=number, department__in=departments_of(request.user))


def reason_to_look(request: SignedInRequest, found: ServiceRequest) -> str:
    """The work on the request, or what the officer gave as a reason; empty while there is none."""
    me = request.user
    if found.is_open and found.officer_id == me.pk:
        return decisions.HOLDS
    if found.is_proposed:
        return "second_officer"
    if ColleagueNote.objects.waiting_for(me).filter(request=found).exists():
        return "asked"
    return looks.reason_for(request.session, about(found))


def about(found: ServiceRequest) -> str:
    """The request, for core.looks."""
    return f"request:{found.pk}"


def done_or_refused(
    request: SignedInRequest, act: Callable[[], None], *, to: tuple[str, ...], sentence: str = ""
) -> HttpResponse:
    """Does it and goes on to the page; says at the desk what stood in the way."""
    try:
        act()
    except DecisionRefused as refused:
        return back_to_desk(request, refused)
    if sentence:
        messages.success(request, sentence)
    return redirect(*to)


def back_to_desk(request: SignedInRequest, refused: DecisionRefused) -> HttpResponse:
    messages.error(request, sentences.of_officers(refused.code))
    return redirect(DESK)


def page(request: SignedInRequest, template: str, title: str, **variables: Any) -> HttpResponse:
    parent = {"url": reverse(DESK), "title": _("Requests")}
    return admin_page(request, f"services/{template}", title, parent=parent, **variables)
