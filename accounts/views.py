from functools import partial

from django.conf import settings
from django.contrib import auth, messages
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import code_page, delivery_state, flows, sentences, sessions
from accounts.access import SignedInRequest, resident_required, temporary_password_required
from accounts.actions import codes, mobiles, profile, re_proving, sign_in
from accounts.actions import registration as registering
from accounts.captcha.challenge import Challenge
from accounts.code_page import REGISTRATION_STEPS
from accounts.flows import CodeFlow, ReProving
from accounts.forms import (
    CodeForm,
    MobileForm,
    NewPasswordForm,
    PasswordChangeForm,
    ProfileForm,
    RegistrationForm,
    SignInForm,
    UsernameForm,
)
from accounts.models import Purpose, User
from core import letters, phones
from core.clientip import client_ip
from core.sealed import digest, same
from core.states import MoveRefused
from core.throttle import OverBudget

_FINISHED = "registration_finished"
# Of the form with which the registration under way began, so that a second click on it is known.
_BEGUN_WITH = "registration_begun_with"
_AFTER_SIGN_IN = "after_sign_in"
_SHARED_COMPUTER = "shared_computer"
_PREVIOUS_SIGN_IN = "previous_sign_in"

form_view = require_http_methods(["GET", "HEAD", "POST"])


@form_view
def registration(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _registration_form(request)
    if _is_under_way(request):
        return redirect("registration_code")
    form = RegistrationForm.of(request)
    if form.is_valid():
        return _begin_registration(request, form)
    return render(request, "accounts/registration.html", {"form": form, "steps": REGISTRATION_STEPS})


@form_view
def registration_code(request: HttpRequest) -> HttpResponse:
    awaited = code_page.awaited(request, Purpose.REGISTRATION)
    if awaited is None:
        return _no_registration_under_way(request)
    flow, account, _code = awaited

    def finish(form: CodeForm) -> HttpResponse:
        try:
            registering.prove_mobile(
                flow, form.cleaned_data["code"], account=account, keep=lambda _flow: _finish(request)
            )
        except registering.UsernameTaken:
            return redirect("registration_username")
        return redirect("registration_completed")

    return code_page.answer(request, flow, finish, awaited)


@require_POST
def registration_resend(request: HttpRequest) -> HttpResponse:
    return code_page.resend(request, Purpose.REGISTRATION)


@form_view
def registration_mobile(request: HttpRequest) -> HttpResponse:
    flow = code_page.flow_of(request, Purpose.REGISTRATION)
    if flow is None:
        return _no_registration_under_way(request)
    form = MobileForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            registering.change_mobile(flow, form.cleaned_data["mobile"], client_ip=client_ip(request))
        except OverBudget as over:
            form.add_error("mobile", sentences.of_wait(over))
        except codes.CodesLocked as locked:
            form.add_error("mobile", sentences.of_code(locked))
        except MoveRefused:
            return redirect("registration_username")
        else:
            return redirect("registration_code")
    variables = {"form": form, "back": "registration_code", "steps": REGISTRATION_STEPS}
    return render(request, "accounts/mobile.html", variables)


@form_view
def registration_username(request: HttpRequest) -> HttpResponse:
    """For somebody whose mobile is proven, but whose username went to another person meanwhile."""
    flow = CodeFlow.for_purpose(request.session, Purpose.REGISTRATION)
    user = User.objects.filter(pk=flow.user_id, mobile_proven_at__isnull=False).first() if flow else None
    if user is None:
        return _no_registration_under_way(request)
    form = UsernameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            registering.finish(user, form.cleaned_data["username"])
        except registering.UsernameTaken:
            form.add_error("username", _("This username is taken too. Choose another one."))
        except MoveRefused:
            return _no_registration_under_way(request)
        else:
            _finish(request)
            return redirect("registration_completed")
    suggestions = registering.suggested_usernames(user.username)
    variables = {"form": form, "taken": user.username, "suggestions": suggestions, "steps": REGISTRATION_STEPS}
    return render(request, "accounts/username.html", variables)


@require_safe
def registration_completed(request: HttpRequest) -> HttpResponse:
    if not request.session.get(_FINISHED):
        return redirect("registration")
    return render(request, "accounts/completed.html", {"steps": REGISTRATION_STEPS})


@form_view
def login(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(settings.LOGIN_REDIRECT_URL)
    needs_captcha = sign_in.needs_captcha(SignInForm.name_typed(request), client_ip=client_ip(request))
    form, wait = SignInForm.of(request, with_captcha=needs_captcha), None
    if not form.is_bound:
        _remember_where_to_go(request)
    try:
        if form.is_valid() and (user := _user_with_password(request, form)):
            return _ask_for_code(request, user, form.cleaned_data["shared_computer"])
    except sign_in.SignInLocked as locked:
        wait = sentences.wait_for_sign_in(locked)
    except codes.AccountPaused as paused:
        _note_password(request, paused.user, form.cleaned_data["shared_computer"])
        return redirect("paused")
    ended = sentences.session_ended(sessions.ended_by(request.session))
    return render(request, "accounts/login.html", {"form": form, "ended": ended, "wait": wait})


@form_view
def login_mobile(request: HttpRequest) -> HttpResponse:
    """For an account whose mobile moved to another one."""
    flow = code_page.flow_of(request, Purpose.LOGIN)
    user = User.objects.filter(pk=flow.user_id, mobile_proven_at=None).first() if flow else None
    if user is None:
        return redirect("login")
    form = MobileForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        mobile = form.cleaned_data["mobile"]
        sign_in.prove_new_mobile(user, mobile, client_ip=client_ip(request)).keep(request.session)
        re_proving.note_password(request.session, user)
        return redirect("login_code")
    return render(request, "accounts/mobile.html", {"form": form, "moved": True, "back": "login"})


@form_view
def login_code(request: HttpRequest) -> HttpResponse:
    awaited = code_page.awaited(request, Purpose.LOGIN)
    if awaited is None:
        return redirect("dashboard" if request.user.is_authenticated else "login")
    flow, account, _code = awaited
    if not account.mobile:
        return redirect("login_mobile")

    def complete(form: CodeForm) -> HttpResponse:
        return signed_in(request, sign_in.complete(flow, form.cleaned_data["code"]))

    return code_page.answer(request, flow, complete, awaited)


@require_POST
def login_resend(request: HttpRequest) -> HttpResponse:
    return code_page.resend(request, Purpose.LOGIN)


@form_view
@temporary_password_required
def login_password(request: SignedInRequest) -> HttpResponse:
    """The last step of a sign-in with a temporary password, which was asked for a moment ago."""
    form = NewPasswordForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            profile.set_password(request.user, form.cleaned_data["password"])
        except profile.ChangedMeanwhile:
            return redirect("login")  # Their sessions have ended.
        request.user.refresh_from_db()
        auth.update_session_auth_hash(request, request.user)
        messages.success(request, _("Your new password is saved. The temporary one does not work any more."))
        return redirect("dashboard")
    return render(request, "accounts/login_password.html", {"form": form})


@require_safe
def code_state(request: HttpRequest, purpose: str) -> HttpResponse:
    """The state of the message with the code, as a piece of page that the code page asks for now and then."""
    flow = CodeFlow.for_purpose(request.session, purpose)
    code = codes.current(flow) if flow else None
    state = delivery_state.of(code)
    if not (state and code and code.message):
        return HttpResponse(status=204)
    if code_page.why_of_no_use(code):
        return HttpResponse(status=205)  # The whole page is another one now.
    return render(request, "accounts/_code_state.html", {"state": state, "mobile": phones.mask(code.message.to)})


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        profile.sign_out(request.user)
    auth.logout(request)
    messages.success(request, _("You are signed out."))
    return redirect("home")


@require_POST
def session_extend(request: HttpRequest) -> HttpResponse:
    """Answers how many seconds the session has now."""
    if not (request.user.is_authenticated or ReProving.of(request.session)):
        return JsonResponse({"seconds_left": 0})
    sessions.extend(request.session)
    return JsonResponse({"seconds_left": sessions.seconds_left(request.session)})


@form_view
@resident_required
def account(request: SignedInRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        language = form.cleaned_data["language"]
        profile.choose_language(request.user, language)
        with translation.override(language):
            messages.success(request, _("Your language is saved."))
            return redirect("account")
    change = mobiles.under_way(request.user)
    variables = {"form": form, "mobile": phones.mask(request.user.mobile), "change": change}
    return render(request, "accounts/account.html", variables)


@form_view
@resident_required
def account_password(request: SignedInRequest) -> HttpResponse:
    form, wait = PasswordChangeForm(request.POST or None, user=request.user), None
    if request.method == "POST" and form.is_valid():
        try:
            return _password_changed(request, form)
        except sign_in.WrongPassword:
            form.add_error("old_password", sentences.of_wrong_old_password())
        except sign_in.SignInLocked as locked:
            wait = sentences.wait_for_sign_in(locked)
        except (profile.ChangedMeanwhile, codes.AccountPaused):
            return redirect("login")  # Their sessions have ended.
    return render(request, "accounts/account_password.html", {"form": form, "wait": wait})


def _password_changed(request: SignedInRequest, form: PasswordChangeForm) -> HttpResponse:
    """Raises what `profile.change_password` raises. This browser stays signed in, under a new key."""
    old, new = form.cleaned_data["old_password"], form.cleaned_data["password"]
    user = profile.change_password(request.user, old=old, new=new, client_ip=client_ip(request))
    auth.update_session_auth_hash(request, user)
    messages.success(request, _("Your password is changed. Every other browser is signed out."))
    return redirect("account")


def _registration_form(request: HttpRequest) -> HttpResponse:
    """Nobody has typed anything yet: for every visitor the same form, with an image of its own."""
    page, same = "accounts/registration.html", {"steps": REGISTRATION_STEPS}
    form = partial(RegistrationForm, request=request, initial={"language": translation.get_language()})
    if request.user.is_authenticated:
        return render(request, page, {"form": form(), **same})
    key = Challenge.of(request, RegistrationForm.name).key
    return letters.fill_in(
        request,
        page,
        same=same,
        blanks={"captcha_key": key},
        made_of=lambda words: {"form": form(captcha_key=words["captcha_key"])},
    )


def _is_under_way(request: HttpRequest) -> bool:
    """Whether this browser waits for the code of this very form: it was clicked twice."""
    is_awaited = CodeFlow.for_purpose(request.session, Purpose.REGISTRATION) is not None
    return is_awaited and same(request.session.get(_BEGUN_WITH, ""), _mark_of(request.POST))


def _mark_of(typed: QueryDict) -> str:
    """The same for the same form with the same answers, and for no other."""
    return digest("registration", *(f"{name}={typed[name]}" for name in sorted({*typed} - {"csrfmiddlewaretoken"})))


def _begin_registration(request: HttpRequest, form: RegistrationForm) -> HttpResponse:
    def keep(flow: CodeFlow) -> None:
        if request.session.session_key:
            request.session.cycle_key()
        request.session.pop(_FINISHED, None)
        request.session[_BEGUN_WITH] = _mark_of(request.POST)
        flow.keep(request.session)
        sessions.save_now(request.session)

    registering.register(form.claim(), client_ip=client_ip(request), keep=keep)
    return redirect("registration_code")


def _no_registration_under_way(request: HttpRequest) -> HttpResponse:
    if request.session.get(_FINISHED):
        messages.info(request, _("Your registration is finished already. Sign in and activate your account."))
        return redirect("registration_completed")
    messages.info(request, _("No registration is under way in this browser. Fill in the form to begin one."))
    return redirect("registration")


def _finish(request: HttpRequest) -> None:
    flows.end(request.session)
    request.session[_FINISHED] = True
    sessions.save_now(request.session)


def _user_with_password(request: HttpRequest, form: SignInForm) -> User | None:
    """Raises sign_in.SignInLocked, codes.AccountPaused."""
    name, password = form.cleaned_data["login_name"], form.cleaned_data["password"]
    try:
        return sign_in.check_password(name, password, client_ip=client_ip(request))
    except sign_in.PasswordOutlived:
        form.add_error(None, sentences.of_outlived_password())
    except sign_in.WrongPassword:
        form.add_error("password", sentences.of_wrong_password())
    return None


def _note_password(request: HttpRequest, user: User, shared_computer: bool) -> None:
    request.session.cycle_key()
    flows.end(request.session)
    request.session[_SHARED_COMPUTER] = shared_computer
    re_proving.note_password(request.session, user)


def _ask_for_code(request: HttpRequest, user: User, shared_computer: bool) -> HttpResponse:
    _note_password(request, user, shared_computer)
    if user.mobile_proven_at is None:
        CodeFlow.new(Purpose.LOGIN, user.pk).keep(request.session)
        return redirect("login_mobile")
    sign_in.send_code(user, client_ip=client_ip(request)).keep(request.session)
    return redirect("login_code")


def signed_in(request: HttpRequest, user: User) -> HttpResponse:
    """The second step is done, by the code or by whatever stands beside it: this browser gets in, under a new session key."""
    shared, going_to = request.session.get(_SHARED_COMPUTER), request.session.get(_AFTER_SIGN_IN)
    previous = user.last_login.isoformat() if user.last_login else ""
    auth.login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    for key in (_SHARED_COMPUTER, _AFTER_SIGN_IN, _FINISHED):
        request.session.pop(key, None)
    flows.end(request.session)
    sessions.forget_end(request.session)
    request.session[_PREVIOUS_SIGN_IN] = previous
    sessions.start(request.session, "shared" if shared else "resident")
    with translation.override(user.language):
        return redirect(going_to or settings.LOGIN_REDIRECT_URL)


def _remember_where_to_go(request: HttpRequest) -> None:
    target = request.GET.get("next", "")
    if target and url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        request.session[_AFTER_SIGN_IN] = target
