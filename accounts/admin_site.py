"""The officers' administration: the stock admin on a site that asks for TOTP at every sign-in."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts import sentences, sessions
from accounts.actions import officers, sign_in
from accounts.states import State
from core.clientip import client_ip
from core.forms import CodeField

_REFUSED = _("Username, password or code is not right. Check all three; the code changes every 30 seconds.")


class OfficerSignInForm(AdminAuthenticationForm):
    """Wrong name, wrong password and wrong code look the same."""

    otp_token = CodeField(label=_("Code from the authenticator"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["otp_token"].widget.attrs["autocomplete"] = "one-time-code"

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if self.errors:
            return cleaned
        try:
            self.user_cache = officers.identify(
                cleaned["username"], cleaned["password"], cleaned["otp_token"], client_ip=client_ip(self.request)
            )
        except sign_in.SignInLocked as locked:
            raise forms.ValidationError(sentences.of_password_lock(locked), code="locked") from None
        except officers.NotIdentified:
            raise forms.ValidationError(_REFUSED, code="refused") from None
        return cleaned


class OfficerSite(AdminSite):
    login_form = OfficerSignInForm
    login_template = "admin/login.html"
    index_title = _("Work lists")

    @property
    def site_header(self) -> str:
        return settings.PORTAL_NAME[get_language() or settings.LANGUAGE_CODE]

    site_title = site_header

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return bool(user.is_active and user.is_staff and user.state == State.STAFF and user.is_verified())

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().login(request, extra_context)
        if request.method == "POST" and response.status_code == 302 and request.user.is_authenticated:
            sessions.start(request.session, "officer")
        return response
