"""The one page for every code: what it shows, whatever the code is for."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import ceil
from typing import NamedTuple

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from accounts import delivery_state, flows, second_steps, sentences
from accounts.actions import codes, re_proving
from accounts.flows import CodeFlow, RecoveryFlow, RecoveryProof
from accounts.forms import CodeForm, MobileForm
from accounts.models import OneTimeCode, Purpose, User
from core import letters, phones
from core.clientip import client_ip
from core.sealed import seal, unseal
from core.templatetags.portal import clock_text, soon
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
    # Stands on the code page itself, and is sent to `change_mobile`.
    mobile_form: type[MobileForm] | None = None
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
            MobileForm,
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


class Awaited(NamedTuple):
    """`code` is the flow's newest; none when no budget was left to send one."""

    flow: CodeFlow
    account: User
    code: OneTimeCode | None


def awaited(request: HttpRequest, purpose: str) -> Awaited | None:
    """The code this browser waits for; none when its account has ended meanwhile, or a sign-in began with another password."""
    flow = CodeFlow.for_purpose(request.session, purpose)
    if flow is None:
        return None
    code = codes.current(flow)
    try:
        account = codes.account_of(flow, code)
    except codes.ClaimEnded as ended:
        _end(request, sentences.of_code(ended))
        return None
    if purpose == Purpose.LOGIN and not re_proving.knows_password_of(request.session, account):
        _end(request, sentences.of_changed_credentials())
        return None
    return Awaited(flow, account, code)


def flow_of(request: HttpRequest, purpose: str) -> CodeFlow | None:
    """Of the code this browser waits for, as `awaited`."""
    found = awaited(request, purpose)
    return found.flow if found else None


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


def answer(
    request: HttpRequest, flow: CodeFlow, take: Callable[[CodeForm], HttpResponse | None], found: Awaited | None = None
) -> HttpResponse:
    """The page, or what `take` answers to the code that was typed: it raises `codes.CodeRefused`, or answers None when the
    form says what did not do. `found`: what `awaited` has read just now."""
    if request.method != "POST":
        return _show(request, flow, found)
    form = CodeForm(request.POST)
    if is_usable(form, flow):
        try:
            if answered := take(form):
                return answered
        except codes.CodeRefused as refused:
            form.add_error("code", sentences.of_code(refused))
    return _refuse(request, flow, form)


def resend(request: HttpRequest, purpose: str) -> HttpResponse:
    step = STEPS[purpose]
    found = awaited(request, purpose)
    if found is None:
        return redirect(step.start_again)
    try:
        codes.resend(found.flow, client_ip(request))
    except OverBudget as over:
        messages.warning(request, sentences.of_wait(over))
    except codes.CodesLocked:
        pass  # The page says until when.
    else:
        messages.success(request, sentences.code_sent(is_first=found.code is None))
    return redirect(step.page)


def _refuse(request: HttpRequest, flow: CodeFlow, form: CodeForm) -> HttpResponse:
    """Leads to the page once more, so that neither Back nor a reload asks to send the form again. What was typed may be a
    code that still works, so it waits sealed."""
    request.session[_REFUSED] = {
        "flow": flow.mark,
        "typed": seal(form.data.get("code", "")[:_TYPED_AT_MOST]),
        "sentences": list(map(str, form.errors.get("code", []))),
    }
    return redirect(STEPS[flow.purpose].page)


def _show(request: HttpRequest, flow: CodeFlow, found: Awaited | None) -> HttpResponse:
    step, code = STEPS[flow.purpose], found.code if found else codes.current(flow)
    user = found.account if found else codes.account_of(flow, code)
    refusal, refused = _refusal(request, flow, user), _refused_form(request, flow)
    is_locked, of_no_use = isinstance(refusal, codes.CodesLocked), why_of_no_use(code)
    can_be_typed = not (code is None or is_locked or of_no_use)
    wait = sentences.wait_for_code(refusal, flow.purpose, code_is_out=can_be_typed)
    same = {
        "state": delivery_state.of(code),
        "second_steps": tuple(second_steps.open_to(user)) if flow.purpose == Purpose.LOGIN else (),
        "is_sent": code is not None,
        "is_too_early": refusal is not None,
    }
    words = {
        "flow": flow.mark,
        "mobile": phones.mask(flow.mobile or user.mobile),
        **_words_of_code(code),
        **_words_of_wait(refusal.retry_in_seconds if refusal else 0, code),
    }
    made_of = partial(_made_of, step)
    if can_be_typed and not (wait or refused or _is_known(request)):
        return letters.fill_in(request, "accounts/code.html", same=same, blanks=words, made_of=made_of)
    made = made_of(words)
    variables = {
        **(same | words | made),
        "form": (refused or made["form"]) if can_be_typed else None,
        "of_no_use": "" if is_locked else of_no_use,
        "told_of_no_use": _only_told(of_no_use) if refused and of_no_use and not is_locked else None,
        "wait": wait,
    }
    return render(request, "accounts/code.html", variables)


def _made_of(step: CodeStep, words: letters.Words) -> letters.Variables:
    return {
        "step": step,
        "form": CodeForm(initial={"flow": words["flow"]}),
        "mobile_form": step.mobile_form() if step.mobile_form else None,
        "sent": format_html(str(step.sent), mobile=_number(words["mobile"])),
    }


def _words_of_code(code: OneTimeCode | None) -> dict[str, str]:
    if code is None:
        return {}
    # Rounded up: when they are over, the code has expired.
    seconds = max(0, ceil((code.expires_at - code.read_at).total_seconds()))
    return {
        "reference": code.reference,
        "expires_in_seconds": str(seconds),
        "expires_in": clock_text(seconds),
        "expires_at": soon(code.expires_at),
    }


def _words_of_wait(seconds: int, code: OneTimeCode | None) -> dict[str, str]:
    """Until the code can be sent again."""
    until = sentences.whole_minute(seconds, code.read_at if code else None)
    return {"resend_in_seconds": str(seconds), "resend_in": clock_text(seconds), "resend_at": soon(until)}


def _is_known(request: HttpRequest) -> bool:
    """Whether the page says more than a letter does: who is signed in, or proven again."""
    return request.user.is_authenticated or hasattr(request, "prover")


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


def _only_told(sentence: str) -> CodeForm:
    """For the summary of errors of a page without the field: nothing to lead to."""
    form = CodeForm({})
    form.errors.clear()
    form.add_error(None, sentence)
    return form


def _number(masked_mobile: str) -> SafeString:
    return format_html('<bdi dir="ltr" class="number">{}</bdi>', masked_mobile)


def _refused_form(request: HttpRequest, flow: CodeFlow) -> CodeForm | None:
    """With the code that was refused a moment ago."""
    refused = request.session.pop(_REFUSED, None)
    if refused is None or refused["flow"] != flow.mark:
        return None
    form = CodeForm({"flow": flow.mark, "code": unseal(refused["typed"])})
    form.errors.pop("code", None)
    for sentence in refused["sentences"]:
        form.add_error("code", sentence)
    return form
