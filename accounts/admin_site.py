"""The officers' administration: the stock admin on a site that asks for TOTP at every sign-in."""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts import sentences, sessions
from accounts.access import officer_of
from accounts.actions import officers, profile, sign_in
from accounts.admin_forms import OwnPasswordForm
from accounts.roles import DECIDES
from accounts.states import State
from core.clientip import client_ip
from core.forms import CodeField
from messaging import desk
from messaging.actions import ceilings

_REFUSED = _("Username, password or code is not right. Check all three; the code changes every 30 seconds.")
# Pages that find a row of any model: a search for a person is a look (core.admin_looks).
_FINDING_ROWS = ("autocomplete", "view_on_site")
# The first of these pages that somebody may open is where they start.
_STARTING_PAGES = (
    (DECIDES, "admin:activation_attempt_changelist"),
    ("audit.view_entry", "admin:audit_entry_changelist"),
)


class OfficerSignInForm(AdminAuthenticationForm):
    """Wrong name, wrong password and wrong code look the same."""

    otp_token = CodeField(
        label=_("Code from the authenticator"),
        error_messages={"required": _("Type the six digits of the authenticator.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].error_messages["required"] = _("Type your username.")
        self.fields["password"].error_messages["required"] = _("Type your password.")

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            self.user_cache = self._identified()
        return self.cleaned_data

    def _identified(self) -> Any:
        typed = (self.cleaned_data[name] for name in ("username", "password", "otp_token"))
        try:
            return officers.identify(*typed, client_ip=client_ip(cast(HttpRequest, self.request)))
        except sign_in.SignInLocked as locked:
            raise forms.ValidationError(sentences.of_officers_lock(locked), code="locked") from None
        except officers.NotIdentified:
            raise forms.ValidationError(_REFUSED, code="refused") from None


class OfficerSite(AdminSite):
    login_form = OfficerSignInForm
    index_title = _("Administration")
    enable_nav_sidebar = False

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        name = settings.PORTAL_NAME[get_language() or settings.LANGUAGE_CODE]
        return super().each_context(request) | {
            "site_header": name,
            "site_title": name,
            "session_seconds": sessions.idle_seconds(request.session),
            "reached_ceiling": _reached_ceiling(request),
        }

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return bool(user.is_active and user.is_staff and user.state == State.STAFF and user.is_verified())  # type: ignore[attr-defined]

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().login(request, {"title": _("Officers' sign-in")} | (extra_context or {}))
        if request.method == "POST" and response.status_code == 302 and request.user.is_authenticated:
            sessions.start(request.session, "officer")
        return response

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        if request.method == "POST":
            profile.sign_out(officer_of(request))
        return super().logout(request, extra_context)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        view = PasswordChangeView.as_view(
            form_class=OwnPasswordForm,
            success_url=reverse("admin:password_change_done"),
            template_name="registration/password_change_form.html",
            extra_context=self.each_context(request) | (extra_context or {}),
        )
        return view(request)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        for permission, page in _STARTING_PAGES:
            if request.user.has_perm(permission):
                return redirect(page)
        return super().index(request, extra_context)

    def get_urls(self) -> list[Any]:
        return [one for one in super().get_urls() if getattr(one, "name", "") not in _FINDING_ROWS]

    def _build_app_dict(self, request: HttpRequest, label: Any = None) -> Any:
        """An admin can say what its entry of the menu is called; else it is the plural of its model."""
        apps = super()._build_app_dict(request, label)
        for app in apps.values():
            for entry in app["models"]:
                entry["name"] = getattr(self._registry[entry["model"]], "menu_name", entry["name"])
        return apps


def _reached_ceiling(request: HttpRequest) -> ceilings.Ceiling | None:
    """For those who can look into it: while it lasts, no resident gets a code."""
    ceiling = ceilings.daily_ceiling() if request.user.has_perm(desk.LOOKS) else None
    return ceiling if ceiling and ceiling.is_reached else None
