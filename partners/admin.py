from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.admin_lists import ListAdmin, ReadOnlyAdmin
from partners.actions import admission
from partners.forms import DeviceForm, KeyForm, PartnerForm
from partners.models import Call, Device, Partner, PartnerKey
from partners.words import Mode, Purpose, titles

_TWO_KEYS = gettext_lazy("There are two live keys already. Revoke the old one when the partner signs with the new one.")
_KNOWN_KEY = gettext_lazy("This key is or was registered already. Have the partner make a new one.")


class _KeptAdmin(ListAdmin):
    """Superusers manage, supervisors look; what calls refer to is never deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        one_button = {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().changeform_view(request, object_id, form_url, (extra_context or {}) | one_button)


@admin.register(Partner)
class PartnerAdmin(_KeptAdmin):
    form = PartnerForm
    list_display = ("name", "slug", "kind", "state", "modes_offered", "admitted_at")
    list_filter = ("state", "kind")
    change_form_template = "admin/partners/partner_form.html"

    def get_readonly_fields(self, request: HttpRequest, obj: Partner | None = None) -> Any:
        return ("slug", "kind") if obj else ()

    def get_fields(self, request: HttpRequest, obj: Partner | None = None) -> Any:
        if obj and not self.has_change_permission(request, obj):
            agreed = ("modes_offered", "purposes_agreed", "networks_allowed", "calls_a_minute")
            return ("slug", "kind", "name_ar", "name_en", *agreed, "state", "admitted_at")
        return PartnerForm.Meta.fields if obj else PartnerForm.Meta.fields[:-1]

    def save_model(self, request: HttpRequest, obj: Partner, form: Any, change: bool) -> None:
        if change:
            admission.change(obj, form.agreement(), state=form.state(), actor=_officer(request))
        else:
            obj.pk = admission.admit(obj.slug, obj.kind, form.agreement(), actor=_officer(request)).pk

    def response_add(self, request: HttpRequest, obj: Partner, post_url_continue: str | None = None) -> HttpResponse:
        messages.success(request, _("The partner is admitted, in test. Now register its public key."))
        return redirect("admin:partners_partner_keys", obj.pk)

    @admin.display(description=gettext_lazy("name"))
    def name(self, partner: Partner) -> str:
        return partner.name

    @admin.display(description=gettext_lazy("modes"))
    def modes_offered(self, partner: Partner) -> str:
        return titles(partner.modes, Mode)

    @admin.display(description=gettext_lazy("purposes"))
    def purposes_agreed(self, partner: Partner) -> str:
        return titles(partner.purposes, Purpose)

    @admin.display(description=gettext_lazy("networks"))
    def networks_allowed(self, partner: Partner) -> str:
        return " ".join(partner.networks) or _("any")

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view
        return [
            path("<int:pk>/keys/", page(self.keys), name="partners_partner_keys"),
            path("<int:pk>/keys/<int:key>/revoke/", page(self.revoke), name="partners_partner_key_revoke"),
            *super().get_urls(),
        ]

    def keys(self, request: HttpRequest, pk: int) -> HttpResponse:
        partner = self._partner(request, pk, to_change=request.method == "POST")
        form = KeyForm(request.POST or None)
        if request.method == "POST" and form.is_valid() and self._added(request, partner, form):
            return redirect("admin:partners_partner_keys", pk)
        variables = {
            "title": _("Keys"), "subtitle": partner.name, "partner": partner, "form": form, "opts": self.opts,
            "keys": partner.keys.order_by("-pk"), "may_change": self.has_change_permission(request, partner),
            "back_url": reverse("admin:partners_partner_change", args=[pk]),
        }  # fmt: skip
        return TemplateResponse(request, "admin/partners/keys.html", self.admin_site.each_context(request) | variables)

    def revoke(self, request: HttpRequest, pk: int, key: int) -> HttpResponse:
        partner = self._partner(request, pk, to_change=True)
        if request.method == "POST":
            admission.revoke_key(get_object_or_404(PartnerKey, pk=key, partner=partner), actor=_officer(request))
            messages.success(request, _("The key is revoked: no call signed with it is accepted any more."))
        return redirect("admin:partners_partner_keys", pk)

    def _added(self, request: HttpRequest, partner: Partner, form: KeyForm) -> bool:
        try:
            key = admission.add_key(partner, form.cleaned_data["public_key"], actor=_officer(request))
        except admission.TwoKeysLive:
            form.add_error("public_key", _TWO_KEYS)
        except admission.KeyKnown:
            form.add_error("public_key", _KNOWN_KEY)
        else:
            messages.success(
                request, _("The key is live. Tell the partner its key id: %(keyid)s") % {"keyid": key.keyid}
            )
        return not form.errors

    def _partner(self, request: HttpRequest, pk: int, *, to_change: bool) -> Partner:
        partner = get_object_or_404(Partner, pk=pk)
        may = self.has_change_permission if to_change else self.has_view_permission
        if not may(request, partner):
            raise PermissionDenied
        return partner


@admin.register(Device)
class DeviceAdmin(_KeptAdmin):
    form = DeviceForm
    list_display = ("identifier", "partner", "kind", "place", "city", "hours", "state")
    list_filter = ("kind", "state")
    list_select_related = ("partner",)
    search_fields = ("identifier",)
    search_help_text = gettext_lazy("Exact identifier.")

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Device], search_term: str
    ) -> tuple[models.QuerySet[Device], bool]:
        return (queryset.filter(identifier=search_term.strip()) if search_term else queryset), False

    def get_fields(self, request: HttpRequest, obj: Device | None = None) -> Any:
        if obj and not self.has_change_permission(request, obj):
            return (*DeviceForm.Meta.fields, "algorithm", "public_key", "last_counter")
        return (*DeviceForm.Meta.fields, "pem", *(("last_counter",) if obj else ()))

    def get_readonly_fields(self, request: HttpRequest, obj: Device | None = None) -> Any:
        return ("partner", "identifier", "last_counter") if obj else ()

    def save_model(self, request: HttpRequest, obj: Device, form: Any, change: bool) -> None:
        admission.save_device(obj, actor=_officer(request))

    @admin.display(description=gettext_lazy("place"))
    def place(self, device: Device) -> str:
        return device.place

    @admin.display(description=gettext_lazy("city"))
    def city(self, device: Device) -> str:
        return device.city or "–"

    @admin.display(description=gettext_lazy("opening hours"))
    def hours(self, device: Device) -> str:
        return device.hours or "–"


class OutcomeFilter(admin.SimpleListFilter):
    title = gettext_lazy("outcome")
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("answered", _("Answered")), ("refused", _("Refused")), ("failed", _("Failed here"))]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Call]) -> models.QuerySet[Call]:
        ranges = {"answered": (200, 399), "refused": (400, 499), "failed": (500, 599)}
        wanted = ranges.get(self.value() or "")
        return queryset.filter(status__range=wanted) if wanted else queryset


class PartnerFilter(admin.SimpleListFilter):
    title = gettext_lazy("partner")
    parameter_name = "partner"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [(str(partner.pk), partner.name) for partner in Partner.objects.order_by("slug")]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Call]) -> models.QuerySet[Call]:
        wanted = self.value() or ""
        return queryset.filter(partner_id=int(wanted)) if wanted.isascii() and wanted.isdigit() else queryset


@admin.register(Call)
class CallAdmin(ReadOnlyAdmin):
    """How each call ended and how long it took; nothing of what was said."""

    list_display = ("at", "partner", "operation", "status", "latency_ms", "problem", "reason", "device")
    list_filter = (OutcomeFilter, PartnerFilter)
    list_select_related = ("partner", "device")
    search_fields = ("correlation_id",)
    search_help_text = gettext_lazy("Exact correlation id.")
    fields = (*list_display, "correlation_id")

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Call], search_term: str
    ) -> tuple[models.QuerySet[Call], bool]:
        return (queryset.filter(correlation_id=search_term.strip().lower()) if search_term else queryset), False


def _officer(request: HttpRequest) -> models.Model:
    return cast(models.Model, request.user)
