"""The one page for every code: what it shows, whatever the code is for."""

from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actions import codes
from accounts.flows import CodeFlow
from accounts.forms import CodeForm
from accounts.models import OneTimeCode, Purpose, User
from core import phones
from messaging.states import State

_NOT_HANDED_OVER_AFTER = timedelta(seconds=60)


@dataclass(frozen=True)
class CodeStep:
    """Where a purpose's code page leads; the names are URL names."""

    purpose: str
    title: Promise
    why: Promise
    button: Promise
    page: str
    send_again: str
    change_mobile: str = ""
    start_again: str = ""
    steps: tuple[Promise, ...] = ()


REGISTRATION_STEPS = (
    gettext_lazy("User information"),
    gettext_lazy("Confirmation"),
    gettext_lazy("Registration completed"),
)
STEPS = {
    step.purpose: step
    for step in (
        CodeStep(
            Purpose.REGISTRATION,
            gettext_lazy("Confirm your mobile number"),
            gettext_lazy("to finish your registration"),
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
            gettext_lazy("to sign in"),
            gettext_lazy("Sign in"),
            "login_code",
            "login_resend",
            start_again="login",
        ),
    )
}


def show(request: HttpRequest, flow: CodeFlow, form: CodeForm, status: int = 200) -> HttpResponse:
    step = STEPS[flow.purpose]
    user = User.objects.only("mobile", "id_number", "state").get(pk=flow.user_id)
    code = codes.current(flow)
    variables = {
        "step": step,
        "form": form,
        "mobile": phones.mask(user.mobile),
        "code": code,
        "expires_in_seconds": _seconds_to_live(code),
        "resend_in_seconds": codes.seconds_until_next_send(user),
        "state_url": reverse("code_state", args=[flow.purpose]),
        "state": live_state(code),
    }
    return render(request, "accounts/code.html", variables, status=status)


def live_state(code: OneTimeCode | None) -> dict[str, str]:
    """`tone` is info, success or danger; `text` says where the message is and what to do."""
    if code is None or code.message is None:
        sentence = _(
            "No code was sent yet: too many were asked for. When the time below is up, “Send again” sends one."
        )
        return {"tone": "info", "text": sentence}
    message = code.message
    if message.state == State.SENT:
        return {"tone": "success", "text": _("The message is at the operator and arrives within a minute.")}
    if message.state in (State.FAILED, State.EXPIRED):
        return {
            "tone": "danger",
            "text": _("The message could not be delivered. Check the number and ask for a new code."),
        }
    if message.created_at + _NOT_HANDED_OVER_AFTER < code.read_at:
        return {
            "tone": "warning",
            "text": _(
                "Sending takes longer than usual. You need not do anything; the code is sent as soon as possible."
            ),
        }
    return {"tone": "info", "text": _("The message is being sent.")}


def _seconds_to_live(code: OneTimeCode | None) -> int:
    return max(0, int((code.expires_at - code.read_at).total_seconds())) if code else 0
