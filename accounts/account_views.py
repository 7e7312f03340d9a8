"""What somebody signed in changes in the account with the password: the e-mail address, and a pause."""

from collections.abc import Callable

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import sentences
from accounts.access import SignedInRequest, resident_required
from accounts.actions import codes, profile, sign_in
from accounts.forms import EmailForm, PauseForm
from accounts.sentences import Wait
from core.clientip import client_ip
from core.states import MoveRefused

form_view = require_http_methods(["GET", "HEAD", "POST"])


def answer(request: HttpRequest, form: Form, act: Callable[[], HttpResponse]) -> HttpResponse | Wait | None:
    """What `act` answers to a form with the field `old_password`; or how long passwords rest; or None, and the form says what
    did not do."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        return act()
    except sign_in.WrongPassword:
        form.add_error("old_password", sentences.of_wrong_old_password())
        return None
    except sign_in.SignInLocked as locked:
        return sentences.wait_for_sign_in(locked)
    except codes.AccountPaused:
        return redirect("login")  # Its sessions have ended.


@form_view
@resident_required
def email(request: SignedInRequest) -> HttpResponse:
    form = EmailForm(request.POST or None, present=request.user.email)
    answered = answer(request, form, lambda: _email_changed(request, form))
    if isinstance(answered, HttpResponse):
        return answered
    return render(request, "accounts/account_email.html", {"form": form, "wait": answered})


@form_view
@resident_required
def pause(request: SignedInRequest) -> HttpResponse:
    if not request.user.is_activated:
        return redirect("account")
    form = PauseForm(request.POST or None)
    answered = answer(request, form, lambda: _paused(request, form))
    if isinstance(answered, HttpResponse):
        return answered
    return render(request, "accounts/account_pause.html", {"form": form, "wait": answered})


def _email_changed(request: SignedInRequest, form: EmailForm) -> HttpResponse:
    """Raises what `profile.change_email` raises."""
    email, password = form.cleaned_data["email"], form.cleaned_data["old_password"]
    profile.change_email(request.user, email=email, password=password, client_ip=client_ip(request))
    messages.success(request, _("Your email address is saved. Your mobile is told."))
    return redirect("account")


def _paused(request: SignedInRequest, form: PauseForm) -> HttpResponse:
    """Raises what `profile.pause_on_page` raises. The sign-in page says what has happened."""
    try:
        password = form.cleaned_data["old_password"]
        profile.pause_on_page(request.user, password=password, client_ip=client_ip(request))
    except MoveRefused:
        return redirect("account")
    return redirect("login")
