"""The page of one request: everything that a decision needs."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import SignedInRequest
from core import looks
from core.looks import LookForm
from registry.lookup import person_of
from services import catalogue, dossier, downloads, due, sentences, worklists
from services.actions import decisions, proposals
from services.actions.handling import DecisionRefused, mark_of_answers, may_assign, refuse_family
from services.admin_forms import Decision, DecisionForm
from services.desk import lists, pages
from services.desk.pages import officers_only, shows_files
from services.desk_forms import AnswerForm, AskForm, AssignForm, SecondOfficerForm, WriteForm
from services.models import Attachment, ColleagueNote, ReadyReason, ServiceRequest

_PDF = "application/pdf"


@require_http_methods(["GET", "HEAD", "POST"])
@shows_files
@officers_only
def one(request: SignedInRequest, number: str) -> HttpResponse:
    """Looked at with a reason; decided by the officer who has it."""
    found = pages.found_request(request, number)
    reason = pages.reason_to_look(request, found)
    form = _decision_form(request, found)
    try:
        if not reason:
            refuse_family(found, request.user)
            return _why(request, found, LookForm())
        if request.method == "POST" and form.is_valid() & _is_as_shown(request, found, form):
            return _decided(request, found, form)
        return show(request, found, reason, form=form)
    except DecisionRefused as refused:
        return pages.back_to_desk(request, refused)


@require_POST
@officers_only
def look(request: SignedInRequest, number: str) -> HttpResponse:
    """Why somebody looks who does not work on it."""
    found, form = pages.found_request(request, number), LookForm(request.POST)
    if not form.is_valid():
        return _why(request, found, form)
    looks.give_reason(request.session, pages.about(found), form.cleaned_data["reason"])
    return redirect(pages.REQUEST, number)


@require_safe
@officers_only
def file(request: SignedInRequest, number: str, key: int) -> HttpResponse:
    """`?shown` is for the frame on the page of its request."""
    attachment = get_object_or_404(
        Attachment.objects.select_related("request__applicant"), request=pages.found_request(request, number), pk=key
    )
    reason = pages.reason_to_look(request, attachment.request)
    if not reason:
        return redirect(pages.REQUEST, number)
    try:
        decisions.view(attachment.request, request.user, reason)
    except DecisionRefused as refused:
        return pages.back_to_desk(request, refused)
    return downloads.as_response(attachment, in_frame="shown" in request.GET and attachment.media_type == _PDF)


def show(request: SignedInRequest, found: ServiceRequest, reason: str, **forms: Any) -> HttpResponse:
    """The whole page, with files in frames, looked at for this reason; `forms` are those that were filled in. Raises
    DecisionRefused."""
    decisions.view(found, request.user, reason)
    service, applicant = catalogue.services()[found.service], person_of(found.applicant.id_number)
    subject, link = dossier.subject_of(found, applicant)
    alike = dossier.alike(found, request.user)
    for other in alike:
        decisions.view(other, request.user, "alike")
    last_return = dossier.last_return_of(found)
    variables = {
        "found": found,
        "form": DecisionForm(service=service, language=found.applicant.language),
        "service": service,
        "row": worklists.Row(found, service, due.closed_days()),
        "applicant": dossier.facts_of(applicant),
        "subject": dossier.facts_of(subject) if subject.pk != applicant.pk else None,
        "link": link,
        "compared": dossier.compared(found, service, subject, last_return),
        "files": dossier.files_of(found, service, last_return),
        "thread": found.thread.select_related("author").order_by("pk"),
        "history": dossier.history(found),
        "notes": found.colleague_notes.select_related("author", "addressee").order_by("pk"),
        "alike": alike,
        "side_by_side": dossier.side_by_side(service, [found, *alike]) if alike else [],
    }
    return pages.page(
        request, "request", f"{service.title} {found.number}", **variables | _acts(request, found, service) | forms
    )


def _acts(request: SignedInRequest, found: ServiceRequest, service: catalogue.Service) -> dict[str, Any]:
    """What this officer can do with it now."""
    me, holds = request.user, found.is_open and found.officer_id == request.user.pk
    place: dict[str, Any] = {"department": found.department, "officer": me}
    decides = holds and not found.is_returned and not found.is_proposed
    waiting = ColleagueNote.objects.waiting_for(me).filter(request=found)
    return {
        "decides": decides,
        "seen": mark_of_answers(found),
        "holds": holds,
        "is_new": found.is_open and found.officer_id is None,
        "proposed_by_me": found.is_proposed and found.proposed_by_id == me.pk,
        "ready_reasons": ReadyReason.objects.for_request(found.department, found.service) if decides else [],
        "second_form": SecondOfficerForm(service=service, initial={"seen": proposals.mark_of(found)})
        if found.is_proposed and found.proposed_by_id != me.pk
        else None,
        "assign_form": AssignForm(**place)
        if found.is_open and not found.is_proposed and may_assign(found, me)
        else None,
        "write_form": WriteForm(language=found.applicant.language) if holds else None,
        "ask_form": AskForm(**place) if holds else None,
        "questions": [(question, AnswerForm(auto_id=f"answer_{question.pk}_%s")) for question in waiting],
    }


def _why(request: SignedInRequest, found: ServiceRequest, form: LookForm) -> HttpResponse:
    service = catalogue.services()[found.service]
    variables = {"found": found, "service": service, "form": form, "is_new": found.is_open and not found.officer_id}
    return pages.page(request, "look", f"{service.title} {found.number}", **variables)


def _decision_form(request: SignedInRequest, found: ServiceRequest) -> DecisionForm:
    service = catalogue.services()[found.service]
    posted = request.POST if request.method == "POST" else None
    return DecisionForm(posted, service=service, language=found.applicant.language)


def _is_as_shown(request: SignedInRequest, found: ServiceRequest, form: DecisionForm) -> bool:
    """Whether what is decided on is what the page showed: on an old one, or after Back, the answers may be others."""
    is_as_shown = request.POST.get("seen") == mark_of_answers(found)
    if not is_as_shown:
        form.add_error(None, sentences.of_code("answered_since"))
    return is_as_shown


def _what_became_of_it(found: ServiceRequest, form: DecisionForm) -> str:
    """The next request may be on the page already: it names the one that was decided on."""
    match form.cleaned_data["decision"]:
        case Decision.APPROVE if form.service.second_officer:
            said = _("Request %(number)s: the approval is proposed. A second officer confirms or declines.")
        case Decision.APPROVE:
            said = _("Request %(number)s is approved. The applicant is told by text message.")
        case Decision.RETURN:
            said = _("Request %(number)s is returned. The applicant is told by text message.")
        case _reject:
            said = _("Request %(number)s is rejected. The applicant is told by text message.")
    return said % {"number": found.number}


def _decided(request: SignedInRequest, found: ServiceRequest, form: DecisionForm) -> HttpResponse:
    """Raises DecisionRefused."""
    form.decide(found, request.user)
    messages.success(request, _what_became_of_it(found, form))
    return lists.next_of(request, found.department) if "then_next" in request.POST else redirect(pages.DESK)
