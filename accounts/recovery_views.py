"""The pages of a recovery, each reached only through the one before it."""

import json
from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import code_page, flows, sentences
from accounts.actions import profile
from accounts.actions import recovery as recovering
from accounts.code_page import RECOVERY_STEPS
from accounts.flows import RecoveryFlow, RecoveryProof
from accounts.forms import ANSWER_FORMS, AnswerForm, CodeForm, NewPasswordForm, RecoveryForm
from accounts.models import Purpose, User
from accounts.states import State
from core.clientip import client_ip
from core.forms import names_of
from core.sealed import seal, unseal

_REFUSED = "recovery_refused"
_View = Callable[[HttpRequest], HttpResponse]


def _form_view(view: _View) -> _View:
    """Somebody signed in has nothing to recover."""

    @wraps(view)
    @require_http_methods(["GET", "HEAD", "POST"])
    def checked(request: HttpRequest) -> HttpResponse:
        return redirect("dashboard") if request.user.is_authenticated else view(request)

    return checked


@_form_view
def recovery(request: HttpRequest) -> HttpResponse:
    form = RecoveryForm.of(request)
    if form.is_valid():
        return _begin(request, form)
    return render(request, "accounts/recovery.html", {"form": form, "steps": RECOVERY_STEPS})


@_form_view
def question(request: HttpRequest) -> HttpResponse:
    flow = RecoveryFlow.of(request.session)
    if flow is None:
        return _not_under_way(request)
    form = _answer_form(request, flow)
    if request.method == "POST" and code_page.is_usable(form, flow):
        try:
            code_flow = recovering.answer(flow, form.typed_answer(), client_ip=client_ip(request))
        except recovering.AnswerRefused:
            return _refuse(request, flow, form)
        except recovering.AnswersLocked:
            pass  # The page says until when.
        else:
            request.session.cycle_key()
            code_flow.keep(request.session)
            return redirect("recovery_code")
    locked = recovering.seconds_locked(flow)
    wait = sentences.wait_for_answers(locked) if locked else None
    variables = {"form": None if wait else form, "mark": flow.mark, "wait": wait, "steps": RECOVERY_STEPS}
    return render(request, "accounts/recovery_question.html", variables)


def _answer_form(request: HttpRequest, flow: RecoveryFlow) -> AnswerForm:
    """As it was typed, also when the answer was refused a moment ago."""
    form_class = ANSWER_FORMS[recovering.question(flow)]
    refused = request.session.pop(_REFUSED, None)
    if request.method == "POST" or refused is None or refused["flow"] != flow.mark:
        return form_class(request.POST or None)
    form = form_class(json.loads(unseal(refused["typed"])))
    form.add_error(None, sentences.of_refused_answer())
    return form


def _refuse(request: HttpRequest, flow: RecoveryFlow, form: AnswerForm) -> HttpResponse:
    """Leads to the page once more, so that a reload sends nothing and costs no try. What was typed waits sealed."""
    names = [part for name, field in form.fields.items() for part in names_of(field, name)]
    typed = {name: form.data.get(name, "") for name in names}
    request.session[_REFUSED] = {"flow": flow.mark, "typed": seal(json.dumps(typed))}
    return redirect("recovery_question")


@_form_view
def code(request: HttpRequest) -> HttpResponse:
    flow = code_page.flow_of(request, Purpose.RECOVERY)
    if flow is None:
        return _not_under_way(request)

    def prove(form: CodeForm) -> HttpResponse:
        proof = recovering.prove(flow, form.cleaned_data["code"])
        request.session.cycle_key()
        proof.keep(request.session)
        return redirect("recovery_password")

    return code_page.answer(request, flow, prove)


@require_POST
def resend(request: HttpRequest) -> HttpResponse:
    return code_page.resend(request, Purpose.RECOVERY)


@_form_view
def password(request: HttpRequest) -> HttpResponse:
    proof = RecoveryProof.of(request.session)
    try:
        user = recovering.account_of(proof) if proof else None
        if proof is None or user is None:
            return _not_under_way(request)
        return _choose_password(request, proof, user)
    except (recovering.ProofOver, profile.ChangedMeanwhile):
        flows.end(request.session)
        return _not_under_way(request)


def _choose_password(request: HttpRequest, proof: RecoveryProof, user: User) -> HttpResponse:
    """Raises profile.ChangedMeanwhile."""
    if "keep" in request.POST:
        return _finished(request, _("Nothing was changed. Sign in with your username and your password."))
    form = NewPasswordForm(request.POST or None, user=user)
    if request.method == "POST" and code_page.is_usable(form, proof):
        profile.set_password(user, form.cleaned_data["password"])
        return _finished(request, _("Your new password is saved. Sign in with it."))
    pause = sentences.of_pause() if user.state == State.PAUSED else ""
    variables = {"form": form, "mark": proof.mark, "username": user.username, "pause": pause, "steps": RECOVERY_STEPS}
    return render(request, "accounts/recovery_password.html", variables)


def _begin(request: HttpRequest, form: RecoveryForm) -> HttpResponse:
    if request.session.session_key:
        request.session.cycle_key()
    flows.end(request.session)
    RecoveryFlow(form.cleaned_data["id_number"], form.cleaned_data["mobile"]).keep(request.session)
    return redirect("recovery_question")


def _not_under_way(request: HttpRequest) -> HttpResponse:
    messages.info(request, _("No recovery is under way in this browser. Begin here."))
    return redirect("recovery")


def _finished(request: HttpRequest, sentence: str) -> HttpResponse:
    flows.end(request.session)
    request.session.cycle_key()
    messages.success(request, sentence)
    return redirect("login")
