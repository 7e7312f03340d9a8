"""The one page for every code: what it shows, whatever the code is for."""

from dataclasses import dataclass
from math import ceil

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from accounts import delivery_state, flows, second_steps, sentences
from accounts.actions import codes, re_proving
from accounts.flows import CodeFlow, RecoveryFlow, RecoveryProof
from accounts.forms import CodeForm
from accounts.models import OneTimeCode, Purpose, User
from core import phones
from core.clientip import client_ip
from core.sealed import seal, unseal
from core.throttle import OverBudget

_REFUSED = "code_refused"
# Of what was typed for a code, so much is shown again.
_TYPED_AT_MOST = 40


@dataclass(frozen=True)
class CodeStep:
    """Where a purpose's code page leads; the names are URL names."""

    purpose: str
    title: Promise
    # A whole sentence, with {mobile} in its place.
    sent: Promise
    button: Promise
    page: str
    send_again: str
    change_mobile: str = ""
    start_again: str = ""
    steps: tuple[Promise, ...] = ()
    # Counted from 1.
    current_step: int = 2
    # For somebody who does not have the mobile any more.
    without_mobile: str = ""


REGISTRATION_STEPS = (
    gettext_lazy("User information"),
    gettext_lazy("Confirmation"),
    gettext_lazy("Registration completed"),
)
RECOVERY_STEPS = (
    gettext_lazy("Number and mobile"),
    gettext_lazy("Proof question"),
    gettext_lazy("Code"),
    gettext_lazy("Username and password"),
)
STEPS = {
    step.purpose: step
    for step in (
        CodeStep(
            Purpose.REGISTRATION,
            gettext_lazy("Confirm your mobile number"),
            gettext_lazy(
                "A text message with a six-digit code goes to {mobile}. Type the code here to finish your registration."
            ),
            gettext_lazy("Finish registration"),
            "registration_code",
            "registration_resend",
            "registration_mobile",
            "registration",
            REGISTRATION_STEPS,
        ),
        CodeStep(
            Purpose.LOGIN,
            gettext_lazy("Type the verification code"),
            gettext_lazy("A text message with a six-digit code goes to {mobile}. Type the code here to sign in."),
            gettext_lazy("Sign in"),
            "login_code",
            "login_resend",
            start_again="login",
            without_mobile="new_mobile",
        ),
        CodeStep(
            Purpose.NEW_MOBILE,
            gettext_lazy("Confirm the new mobile number"),
            gettext_lazy("A text message with a six-digit code goes to {mobile}. Type the code here to go on."),
            gettext_lazy("Go on"),
            "new_mobile_code",
            "new_mobile_resend",
            change_mobile="new_mobile",
            start_again="new_mobile",
        ),
        CodeStep(
            Purpose.OLD_MOBILE,
            gettext_lazy("Confirm with your present mobile"),
            gettext_lazy(
                "The new number is confirmed. Now a text message with another code goes to your present number, {mobile}. With "
                "its code, the account moves to the new number."
            ),
            gettext_lazy("Change the mobile number"),
            "new_mobile_consent",
            "new_mobile_consent_resend",
            start_again="new_mobile",
            without_mobile="activation",
        ),
        CodeStep(
            Purpose.RE_PROVING,
            gettext_lazy("Type the identity code"),
            gettext_lazy(
                "A text message with a six-digit code goes to {mobile}. With it you reach the ways to prove who you are."
            ),
            gettext_lazy("Go on"),
            "paused_code",
            "paused_resend",
            start_again="paused",
            without_mobile="new_mobile",
        ),
        CodeStep(
            Purpose.RECOVERY,
            gettext_lazy("Type the recovery code"),
            gettext_lazy(
                "A text message with a six-digit code goes to {mobile}. Type the code here to see your username and choose a "
                "new password."
            ),
            gettext_lazy("Go on"),
            "recovery_code",
            "recovery_resend",
            start_again="recovery",
            steps=RECOVERY_STEPS,
            current_step=3,
        ),
    )
}


def flow_of(request: HttpRequest, purpose: str) -> CodeFlow | None:
    """The code this browser waits for; none when its account has ended meanwhile, or a sign-in began with another password."""
    flow = CodeFlow.of(request.session, purpose)
    try:
        user = codes.account_of(flow) if flow else None
    except codes.ClaimEnded as ended:
        _end(request, sentences.of_code(ended))
        return None
    if user and purpose == Purpose.LOGIN and not re_proving.knows_password_of(request.session, user):
        _end(request, sentences.of_changed_credentials())
        return None
    return flow


def _end(request: HttpRequest, why: str) -> None:
    flows.end(request.session)
    messages.warning(request, why)


def is_usable(form: forms.Form, flow: CodeFlow | RecoveryFlow | RecoveryProof) -> bool:
    """Whether the form is right and belongs to this flow, and not to one begun before in another tab."""
    if not form.is_valid():
        return False
    if form.cleaned_data["flow"] not in ("", flow.mark):
        form.add_error("code" if "code" in form.fields else None, sentences.of_another_tab(flow))
        return False
    return True


def resend(request: HttpRequest, purpose: str) -> HttpResponse:
    step = STEPS[purpose]
    flow = flow_of(request, purpose)
    if flow is None:
        return redirect(step.start_again)
    is_first = codes.current(flow) is None
    try:
        codes.resend(flow, client_ip(request))
    except OverBudget as over:
        messages.warning(request, sentences.of_wait(over))
    except codes.CodesLocked:
        pass  # The page says until when.
    else:
        messages.success(request, sentences.code_sent(is_first=is_first))
    return redirect(step.page)


def refuse(request: HttpRequest, flow: CodeFlow, form: CodeForm) -> HttpResponse:
    """Leads to the page once more, so that neither Back nor a reload asks to send the form again. What was typed may be a
    code that still works, so it waits sealed."""
    request.session[_REFUSED] = {
        "flow": flow.mark,
        "typed": seal(form.data.get("code", "")[:_TYPED_AT_MOST]),
        "sentences": list(map(str, form.errors.get("code", []))),
    }
    return redirect(STEPS[flow.purpose].page)


def show(request: HttpRequest, flow: CodeFlow) -> HttpResponse:
    step = STEPS[flow.purpose]
    user = codes.account_of(flow)
    code, refusal, form = codes.current(flow), _refusal(request, flow, user), _form(request, flow)
    is_locked, of_no_use = isinstance(refusal, codes.CodesLocked), why_of_no_use(code)
    can_be_typed = not (code is None or is_locked or of_no_use)
    retry_in_seconds = refusal.retry_in_seconds if refusal else 0
    variables = {
        "step": step,
        "form": form if can_be_typed else None,
        "of_no_use": "" if is_locked else of_no_use,
        "sent": format_html(str(step.sent), mobile=_number(phones.mask(flow.mobile or user.mobile))),
        "code": code,
        "expires_in_seconds": _seconds_to_live(code),
        "resend_in_seconds": retry_in_seconds,
        "resend_at": sentences.whole_minute(retry_in_seconds, code.read_at if code else None),
        "state_url": reverse("code_state", args=[flow.purpose]),
        "state": delivery_state.of(code),
        "wait": sentences.wait_for_code(refusal, flow.purpose, code_is_out=can_be_typed),
        "second_steps": second_steps.open_to(user) if flow.purpose == Purpose.LOGIN else [],
    }
    return render(request, "accounts/code.html", variables)


def _refusal(request: HttpRequest, flow: CodeFlow, user: User) -> OverBudget | codes.CodesLocked | None:
    return codes.refusal(user, client_ip(request), mobile=flow.mobile)


def why_of_no_use(code: OneTimeCode | None) -> str:
    """Why nobody has to type the code any more, and what to do; "" while it may arrive and work."""
    if code is None:
        return ""
    if fault := codes.fault(code):
        return sentences.of_code(fault)
    state = delivery_state.of(code)
    return state.text if state and state.is_lost else ""


def _number(masked_mobile: str) -> SafeString:
    return format_html('<bdi dir="ltr" class="number">{}</bdi>', masked_mobile)


def _form(request: HttpRequest, flow: CodeFlow) -> CodeForm:
    """Empty, or with the code that was refused a moment ago."""
    refused = request.session.pop(_REFUSED, None)
    if refused is None or refused["flow"] != flow.mark:
        return CodeForm(initial={"flow": flow.mark})
    form = CodeForm({"flow": flow.mark, "code": unseal(refused["typed"])})
    form.errors.pop("code", None)
    for sentence in refused["sentences"]:
        form.add_error("code", sentence)
    return form


def _seconds_to_live(code: OneTimeCode | None) -> int:
    """Rounded up: when they are over, the code has expired."""
    return max(0, ceil((code.expires_at - code.read_at).total_seconds())) if code else 0
