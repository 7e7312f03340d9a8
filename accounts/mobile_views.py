"""The pages of a change of mobile, for somebody signed in or whose SIM is lost; and of a paused account, whose holder comes
back to be proven again."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import code_page, flows, sentences
from accounts.access import SignedInRequest, prover_of, resident_required
from accounts.account_views import answer
from accounts.actions import mobiles, re_proving, sign_in
from accounts.flows import CodeFlow
from accounts.forms import CodeForm, LostMobileForm, MobileChangeForm
from accounts.models import MobileChange, Purpose, User
from accounts.states import State
from core import phones
from core.clientip import client_ip
from core.states import MoveRefused

form_view = require_http_methods(["GET", "HEAD", "POST"])
_View = Callable[[HttpRequest, User], HttpResponse]


def _password_known(view: _View) -> Callable[[HttpRequest], HttpResponse]:
    """For somebody who cannot sign in, and whose password was right a moment ago in this browser."""

    @wraps(view)
    def checked(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            return redirect("account")
        user = re_proving.account_of(request.session)
        return view(request, user) if user else redirect("login")

    return checked


@form_view
def new_mobile(request: HttpRequest) -> HttpResponse:
    return _new_of_resident(request) if request.user.is_authenticated else _new_for_a_lost_one(request)  # type: ignore[arg-type]


@resident_required
def _new_of_resident(request: SignedInRequest) -> HttpResponse:
    form = MobileChangeForm(request.POST or None, present=request.user.mobile)
    answered = answer(request, form, lambda: _code_for_resident(request, form))
    if isinstance(answered, HttpResponse):
        return answered
    return _page(request, request.user, form=form, wait=answered)


@_password_known
def _new_for_a_lost_one(request: HttpRequest, user: User) -> HttpResponse:
    if user.mobile_proven_at is None:
        return redirect("login_mobile")
    form = LostMobileForm.of(request, present=user.mobile)
    if form.is_valid() and (answered := _code_to(request, user, form)):
        return answered
    return _page(request, user, form=form, is_lost=True)


@require_POST
@_password_known
def again(request: HttpRequest, user: User) -> HttpResponse:
    """A code to the number that was asked for before."""
    change = mobiles.under_way(user)
    if change is None:
        messages.warning(request, sentences.of_ended_change())
        return redirect("new_mobile")
    mobiles.begin(user, change.mobile, client_ip=client_ip(request)).keep(request.session)
    return redirect("new_mobile_code")


@form_view
def code(request: HttpRequest) -> HttpResponse:
    flow = _flow_to_new_number(request)
    if flow is None:
        return redirect("new_mobile")

    def prove(form: CodeForm) -> HttpResponse | None:
        typed, old_is_lost = form.cleaned_data["code"], not request.user.is_authenticated
        try:
            change = mobiles.prove_number(flow, typed, old_is_lost=old_is_lost)
        except mobiles.ChangeWaits:
            form.add_error("code", sentences.of_change_that_waits())
            return None
        return _number_proven(request, flow, change)

    return code_page.answer(request, flow, prove)


@require_POST
def resend(request: HttpRequest) -> HttpResponse:
    if _flow_to_new_number(request) is None:
        return redirect("new_mobile")
    return code_page.resend(request, Purpose.NEW_MOBILE)


@form_view
@resident_required
def consent(request: SignedInRequest) -> HttpResponse:
    """The code to the old number, which is at hand."""
    flow = code_page.flow_of(request, Purpose.OLD_MOBILE)
    if flow is None or flow.user_id != request.user.pk:
        return redirect("account")

    def move(form: CodeForm) -> HttpResponse:
        try:
            mobiles.consent(flow, form.cleaned_data["code"], flows.consented(request.session))
        except MoveRefused:
            return _ended(request)
        return _moved(request)

    return code_page.answer(request, flow, move)


@require_POST
@resident_required
def consent_resend(request: SignedInRequest) -> HttpResponse:
    return code_page.resend(request, Purpose.OLD_MOBILE)


@require_POST
def stop(request: HttpRequest) -> HttpResponse:
    """Whoever has to sign in first sees the change on the dashboard then."""
    prover = prover_of(request)
    if prover is None:
        return redirect("login")
    if mobiles.withdraw(prover):
        messages.success(request, _("The change of your mobile number is stopped. The account keeps its number."))
    else:
        messages.warning(request, sentences.of_ended_change())
    if request.user.is_authenticated:
        return redirect("account")
    flows.end(request.session)
    return redirect("login")


@form_view
@_password_known
def paused(request: HttpRequest, user: User) -> HttpResponse:
    """What somebody sees whose password is right and whose account is paused."""
    if user.state != State.PAUSED:
        return redirect("login")
    if request.method == "POST":
        re_proving.send_code(user, client_ip=client_ip(request)).keep(request.session)
        return redirect("paused_code")
    return render(request, "accounts/paused.html", {"user": user, "mobile": phones.mask(user.mobile)})


@form_view
@_password_known
def paused_code(request: HttpRequest, user: User) -> HttpResponse:
    flow = code_page.flow_of(request, Purpose.RE_PROVING)
    if flow is None or flow.user_id != user.pk or user.state != State.PAUSED:
        return redirect("paused")

    def complete(form: CodeForm) -> HttpResponse:
        re_proving.complete(flow, form.cleaned_data["code"])
        return _to_the_ways(request, flow)

    return code_page.answer(request, flow, complete)


@require_POST
@_password_known
def paused_resend(request: HttpRequest, user: User) -> HttpResponse:
    return code_page.resend(request, Purpose.RE_PROVING)


def _page(request: HttpRequest, user: User, **variables: object) -> HttpResponse:
    change = mobiles.under_way(user)
    known = {"change": change, "mobile": phones.mask(user.mobile), "holder": user}
    return render(request, "accounts/new_mobile.html", known | variables)


def _code_for_resident(request: SignedInRequest, form: MobileChangeForm) -> HttpResponse:
    """Raises what `sign_in.check_password` raises."""
    password, address = form.cleaned_data["old_password"], client_ip(request)
    user = sign_in.check_password(request.user.username, password, client_ip=address)
    return _code_to(request, user, form) or _page(request, user, form=form)


def _code_to(request: HttpRequest, user: User, form: MobileChangeForm | LostMobileForm) -> HttpResponse | None:
    """None when the form says why there is none."""
    try:
        flow = mobiles.begin(user, form.cleaned_data["mobile"], client_ip=client_ip(request))
    except mobiles.ChangeWaits:
        form.add_error("mobile", sentences.of_change_that_waits())
        return None
    flow.keep(request.session)
    return redirect("new_mobile_code")


def _flow_to_new_number(request: HttpRequest) -> CodeFlow | None:
    """The code to a new number, while whoever began it is the one who goes on."""
    flow = code_page.flow_of(request, Purpose.NEW_MOBILE)
    user = request.user if request.user.is_authenticated else re_proving.account_of(request.session)
    return flow if flow and user and flow.user_id == user.pk else None


def _number_proven(request: HttpRequest, flow: CodeFlow, change: MobileChange) -> HttpResponse:
    if request.user.is_authenticated:
        flow = mobiles.ask_for_consent(change, client_ip=client_ip(request))
        flows.ask_for_consent(request.session, flow, change.pk)
        return redirect("new_mobile_consent")
    if change.is_under_way:
        return _to_the_ways(request, flow)
    flows.end(request.session)
    request.session.cycle_key()
    messages.success(request, _("Your account has the new mobile number. Sign in; the code goes to it."))
    return redirect("login")


def _to_the_ways(request: HttpRequest, flow: CodeFlow) -> HttpResponse:
    re_proving.open_session(request.session, flow, shared=bool(request.session.get("shared_computer")))
    return redirect("activation")


def _moved(request: SignedInRequest) -> HttpResponse:
    """This browser stays signed in, under a new key."""
    flows.end(request.session)
    request.session.cycle_key()
    messages.success(
        request, _("Your mobile number is changed, and both numbers are told. Every other browser is signed out.")
    )
    return redirect("account")


def _ended(request: HttpRequest) -> HttpResponse:
    flows.end(request.session)
    messages.warning(request, sentences.of_ended_change())
    return redirect("account")
