from base64 import b32encode
from textwrap import wrap
from typing import Any

import segno
from django.contrib import admin, messages
from django.contrib.auth import admin as _auth_admin  # noqa: F401  (registers the group, which has no page here)
from django.contrib.auth.models import Group
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_otp.plugins.otp_totp import admin as _otp_admin  # noqa: F401  (registers the device, which is done otherwise here)
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.access import officer_of
from accounts.actions import branches, officers
from accounts.admin_forms import ClosedDayForm, NewOfficerForm, OfficerForm, OfficerPasswordForm, OpeningHoursForm
from accounts.models import Branch, ClosedDay, OpeningHours, User, Weekday
from accounts.roles import title_of
from accounts.states import PROVEN, State
from audit.actions import record
from audit.events import Event
from core import phones
from core.admin_lists import ListAdmin, left_to_right
from core.admin_looks import LookedAtAdmin
from core.admin_pages import admin_page
from core.text import clean, compact_digits, row_key

_ABOUT = ("username", "id_number", "masked_mobile", "email", "language", "state", "roles", "branch", "lets_in")
_TIMES = ("registered_at", "mobile_proven_at", "activated_at", "paused_at", "claim_ends_at", "last_login")
# Why superusers look at an officer's account or authenticator.
KEEPS_OFFICERS = "keeps_officers"


@admin.register(User)
class UserAdmin(LookedAtAdmin):
    """Accounts to look at. Superusers make officers here; nobody changes a resident's account by hand."""

    list_display = ("username", "masked_number", "masked_mobile", "state", "branch", "registered_at")
    list_filter = ("state",)
    list_select_related = ("branch",)
    search_fields = ("id_number",)
    search_help_text = gettext_lazy("Exact ID number, mobile number or username.")
    change_form_template = "admin/accounts/user_form.html"
    viewed, searched = Event.ACCOUNT_VIEWED, Event.ACCOUNTS_SEARCHED

    def found(self, rows: models.QuerySet[User], typed: str) -> models.QuerySet[User]:
        return _found(rows, typed)

    def work_is_reason(self, request: HttpRequest, key: str) -> str:
        """A superuser opens the account of an officer to change it."""
        officer = User.objects.filter(pk=row_key(key), is_staff=True).first()
        return KEEPS_OFFICERS if officer and self.has_change_permission(request, officer) else ""

    def looked_at(self, key: str) -> dict[str, Any]:
        return {"subject": User(pk=int(key))}

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return bool(request.user.is_superuser and isinstance(obj, User) and obj.is_staff)

    def get_form(self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, form=OfficerForm if obj else NewOfficerForm, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        if obj is None:
            return [(None, {"fields": NewOfficerForm.Meta.fields})]
        if not self.has_change_permission(request, obj):
            return [(None, {"fields": _ABOUT}), (_("Times"), {"fields": _TIMES})]
        known = tuple(name for name in _ABOUT if name not in ("branch", "lets_in", "roles"))
        return [(None, {"fields": OfficerForm.Meta.fields}), (_("Account"), {"fields": (*known, "last_login")})]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        if obj is None:
            return ()
        return tuple(name for name in _ABOUT + _TIMES if name != "branch")

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if isinstance(form, NewOfficerForm):
            obj.pk = officers.enlist(form.new_officer(), actor=officer_of(request)).pk
        else:
            branch, roles, is_active = (form.cleaned_data[name] for name in OfficerForm.Meta.fields)
            officers.assign(obj, branch=branch, roles=tuple(roles), is_active=is_active, actor=officer_of(request))

    def save_related(self, *args: Any, **kwargs: Any) -> None:
        """The actions have saved the roles."""

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: str | None = None) -> HttpResponse:
        messages.success(
            request, _("The officer's account is made. Now make the authenticator, without which nobody signs in.")
        )
        return redirect("admin:accounts_user_authenticator", obj.pk)

    @admin.display(description=gettext_lazy("mobile number"))
    def masked_mobile(self, user: User) -> str:
        return left_to_right(phones.mask(user.mobile)) if user.mobile else "–"

    @admin.display(description=gettext_lazy("ID / Iqama / Border number"))
    def masked_number(self, user: User) -> SafeString:
        return left_to_right(f"{'•' * 6}{user.id_number[-4:]}")

    @admin.display(description=gettext_lazy("may sign in"), boolean=True)
    def lets_in(self, user: User) -> bool:
        """A paused account keeps `is_active`, and lets nobody in."""
        return user.is_active and user.state in (*PROVEN, State.STAFF)

    @admin.display(description=gettext_lazy("roles"))
    def roles(self, user: User) -> str:
        return ", ".join(title_of(group.name) for group in user.groups.all()) or "–"

    def get_urls(self) -> list[URLPattern]:
        site = self.admin_site
        return [
            path("<int:pk>/password/", site.admin_view(self.password), name="accounts_user_password"),
            path("<int:pk>/authenticator/", site.admin_view(self.authenticator), name="accounts_user_authenticator"),
            *super().get_urls(),
        ]

    def password(self, request: HttpRequest, pk: int) -> HttpResponse:
        officer = self._officer(request, pk)
        form = OfficerPasswordForm(request.POST or None, officer=officer)
        if request.method == "POST" and form.is_valid():
            officers.change_password(officer, form.cleaned_data["password"], actor=officer_of(request))
            messages.success(request, _("The password is changed, and the officer's sessions have ended."))
            return redirect("admin:accounts_user_change", pk)
        return self._page(request, "accounts/password", _("New password"), officer, form=form)

    def authenticator(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The secret is shown once, in the answer to the POST that makes it."""
        officer = self._officer(request, pk)
        shown: dict[str, Any] = {"has_one": TOTPDevice.objects.filter(user=officer).exists()}
        if request.method == "POST":
            device = officers.give_authenticator(officer, actor=officer_of(request))
            qr = segno.make(device.config_url, micro=False).svg_data_uri(scale=5, dark="#17211e", light="#fff")
            shown = {"qr": qr, "key": wrap(b32encode(device.bin_key).decode(), 4)}
        return self._page(request, "accounts/authenticator", _("Authenticator"), officer, **shown)

    def _officer(self, request: HttpRequest, pk: int) -> User:
        officer = get_object_or_404(User, pk=pk)
        if not self.has_change_permission(request, officer):
            raise Http404
        return officer

    def _page(self, request: HttpRequest, template: str, title: str, officer: User, **variables: Any) -> HttpResponse:
        back = reverse("admin:accounts_user_change", args=[officer.pk])
        return admin_page(request, template, title, subtitle=officer.username, back_url=back, **variables)


def _found(accounts: models.QuerySet[User], typed: str) -> models.QuerySet[User]:
    """Each of the three has an index of its own."""
    digits = compact_digits(typed)
    if len(digits) == 10 and digits.isdigit() and digits[0] != "0":
        return accounts.filter(id_number=digits)
    try:
        return accounts.filter(mobile=phones.parse_mobile(typed))
    except phones.MobileError:
        return accounts.filter(pk__in=User.objects.get_queryset().named(clean(typed)).values("pk"))


class _OpeningHoursInline(admin.StackedInline):  # type: ignore[type-arg]
    model = OpeningHours
    form = OpeningHoursForm
    fieldsets = ((None, {"fields": (("weekday", "opens_at", "closes_at"),)}),)
    extra = 0
    max_num = len(Weekday)


@admin.register(Branch)
class BranchAdmin(ListAdmin):
    """Superusers open branches; supervisors say when they receive visits, and how many at once."""

    list_display = ("name", "address", "hours", "places_at_once")
    inlines = (_OpeningHoursInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Branch | None = None) -> Any:
        about = ("name_ar", "name_en", "city_ar", "city_en", "address_ar", "address_en")
        return () if request.user.is_superuser else about

    def get_inlines(self, request: HttpRequest, obj: Branch | None = None) -> Any:
        """A new branch gets the usual hours; they are changed once it is there."""
        return self.inlines if obj else ()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if not change:
            branches.open_through_the_week(form.instance)
        record(Event.BRANCH_CHANGED, actor=officer_of(request), branch=form.instance.pk)


@admin.register(ClosedDay)
class ClosedDayAdmin(ListAdmin):
    """Visits that are booked on the day are called off by text message, within a quarter of an hour."""

    form = ClosedDayForm
    list_display = ("day", "branch_or_all", "reason")
    list_select_related = ("branch",)

    def save_model(self, request: HttpRequest, obj: ClosedDay, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        record(Event.DAY_CLOSED, actor=officer_of(request), day=f"{obj.day}", branch=obj.branch_id or 0)

    def delete_model(self, request: HttpRequest, obj: ClosedDay) -> None:
        record(Event.DAY_REOPENED, actor=officer_of(request), day=f"{obj.day}", branch=obj.branch_id or 0)
        super().delete_model(request, obj)

    @admin.display(description=gettext_lazy("branch"))
    def branch_or_all(self, closed: ClosedDay) -> str:
        return str(closed.branch) if closed.branch else _("All branches")

    @admin.display(description=gettext_lazy("reason"))
    def reason(self, closed: ClosedDay) -> str:
        return closed.reason


# What a role may do is written in accounts.roles and the same after every `migrate`; who has it, on the officer's page.
admin.site.unregister(Group)
admin.site.unregister(TOTPDevice)


@admin.register(TOTPDevice)
class AuthenticatorAdmin(LookedAtAdmin):
    """Which officers have one. Secrets are shown only when they are made; a lost device is deleted here."""

    list_display = ("user", "name", "created_at", "last_used_at")
    list_select_related = ("user",)
    fields = ("user", "name", "confirmed", "created_at", "last_used_at")
    menu_name = gettext_lazy("Authenticators")
    viewed = Event.ACCOUNT_VIEWED

    def work_is_reason(self, request: HttpRequest, key: str) -> str:
        return KEEPS_OFFICERS

    def looked_at(self, key: str) -> dict[str, Any]:
        return {"subject": TOTPDevice.objects.select_related("user").get(pk=key).user}

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return bool(request.user.is_superuser)
