"""What is done with a request besides deciding: taken, given away, asked about, decided by a second officer."""

from functools import partial

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import SignedInRequest
from services import catalogue
from services.actions import assignments, consultations, decisions, proposals
from services.actions.handling import DecisionRefused
from services.desk import pages, requests
from services.desk.pages import DESK, REQUEST, done_or_refused, officers_only, shows_files
from services.desk_forms import AnswerForm, AskForm, AssignForm, SecondOfficerForm, WriteForm
from services.models import ColleagueNote


@require_POST
@officers_only
def take(request: SignedInRequest, number: str) -> HttpResponse:
    found = pages.found_request(request, number)
    return done_or_refused(request, partial(decisions.take, found, request.user), to=(REQUEST, number))


@require_POST
@officers_only
def release(request: SignedInRequest, number: str) -> HttpResponse:
    found = pages.found_request(request, number)
    sentence = _("Released. Other officers can take it.")
    return done_or_refused(request, partial(decisions.release, found, request.user), to=(DESK,), sentence=sentence)


@require_POST
@shows_files
@officers_only
def assign(request: SignedInRequest, number: str) -> HttpResponse:
    found = pages.found_request(request, number)
    form = AssignForm(request.POST, department=found.department, officer=request.user)
    if not form.is_valid():
        return _again(request, number, assign_form=form)
    colleague = form.cleaned_data["officer"]
    sentence = _("Given to %(officer)s.") % {"officer": colleague.username}
    act = partial(assignments.assign, found, request.user, to=colleague)
    return done_or_refused(request, act, to=(DESK,), sentence=sentence)


@require_POST
@shows_files
@officers_only
def second(request: SignedInRequest, number: str) -> HttpResponse:
    """A second officer confirms or declines."""
    found = pages.found_request(request, number)
    form = SecondOfficerForm(request.POST, service=catalogue.services()[found.service])
    if not form.is_valid():
        return _again(request, number, second_form=form)
    confirms = form.cleaned_data["decision"] == SecondOfficerForm.CONFIRM
    told = _("Approved. The applicant is told by text message.")
    sentence = told if confirms else _("Declined. The first officer reads why.")
    return done_or_refused(request, partial(form.decide, found, request.user), to=(DESK,), sentence=sentence)


@require_POST
@officers_only
def take_back(request: SignedInRequest, number: str) -> HttpResponse:
    """The first officer takes the proposal back."""
    found = pages.found_request(request, number)
    return done_or_refused(request, partial(proposals.take_back, found, request.user), to=(REQUEST, number))


@require_POST
@shows_files
@officers_only
def write(request: SignedInRequest, number: str) -> HttpResponse:
    """A message to the applicant, without a return."""
    found = pages.found_request(request, number)
    form = WriteForm(request.POST, language=found.applicant.language)
    if not form.is_valid():
        return _again(request, number, write_form=form)
    act = partial(decisions.write, found, request.user, text=form.cleaned_data["message"])
    sentence = _("Sent. The applicant is told by text message.")
    return done_or_refused(request, act, to=(REQUEST, number), sentence=sentence)


@require_POST
@shows_files
@officers_only
def ask(request: SignedInRequest, number: str) -> HttpResponse:
    found = pages.found_request(request, number)
    form = AskForm(request.POST, department=found.department, officer=request.user)
    if not form.is_valid():
        return _again(request, number, ask_form=form)
    colleague, text = form.cleaned_data["colleague"], form.cleaned_data["question"]
    sentence = _("Asked. The answer will stand on this page.")
    act = partial(consultations.ask, found, request.user, colleague=colleague, text=text)
    return done_or_refused(request, act, to=(REQUEST, number), sentence=sentence)


@require_POST
@shows_files
@officers_only
def answer(request: SignedInRequest, number: str, key: int) -> HttpResponse:
    found = pages.found_request(request, number)
    asked = ColleagueNote.objects.filter(request=found, addressee=request.user, is_question=True)
    question = get_object_or_404(asked.select_related("request__applicant"), pk=key)
    form = AnswerForm(request.POST, auto_id=f"answer_{key}_%s")
    if not form.is_valid():
        return _again(request, number, questions=[(question, form)])
    act = partial(consultations.answer, question, request.user, text=form.cleaned_data["answer"])
    return done_or_refused(request, act, to=(DESK,), sentence=_("Your colleague reads your answer with the request."))


def _again(request: SignedInRequest, number: str, **forms: object) -> HttpResponse:
    """The page with what was typed; for whoever may look at it."""
    found = pages.found_request(request, number)
    reason = pages.reason_to_look(request, found)
    if not reason:
        return redirect(REQUEST, number)
    try:
        return requests.show(request, found, reason, **forms)
    except DecisionRefused as refused:
        return pages.back_to_desk(request, refused)
