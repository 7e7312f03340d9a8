from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from core import clock
from core.admin_lists import ListAdmin, ReadOnlyAdmin
from core.admin_pages import admin_page
from core.templatetags.portal import moment
from core.text import row_key
from partners.actions import admission, webhooks
from partners.forms import DeviceForm, KeyForm, PartnerForm, ReplayForm
from partners.models import Call, Device, Partner, PartnerKey, Webhook
from partners.sentences import of_problem
from partners.states import WEBHOOK_ENDED, WebhookState
from partners.words import Mode, Purpose, WebhookEvent, titles

_TWO_KEYS = gettext_lazy("There are two live keys already. Revoke the old one when the partner signs with the new one.")
_KNOWN_KEY = gettext_lazy("This key is or was registered already. Have the partner make a new one.")


class _KeptAdmin(ListAdmin):
    """Superusers manage, supervisors look; what calls refer to is never deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


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
            told = ("webhook_url", "webhook_is_on")
            return ("slug", "kind", "name_ar", "name_en", *agreed, *told, "state", "admitted_at")
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
            "subtitle": partner.name, "partner": partner, "form": form, "keys": partner.keys.order_by("-pk"),
            "may_change": self.has_change_permission(request, partner),
            "back_url": reverse("admin:partners_partner_change", args=[pk]),
        }  # fmt: skip
        return admin_page(request, "partners/keys", _("Keys"), **variables)

    def revoke(self, request: HttpRequest, pk: int, key: int) -> HttpResponse:
        partner = self._partner(request, pk, to_change=True)
        found = get_object_or_404(PartnerKey, pk=key, partner=partner)
        back_url = reverse("admin:partners_partner_keys", args=[pk])
        if request.method == "POST":
            admission.revoke_key(found, actor=_officer(request))
            messages.success(request, _("The key is revoked: no call signed with it is accepted any more."))
        elif found.revoked_at is None:
            variables = {"subtitle": partner.name, "key": found, "back_url": back_url}
            return admin_page(request, "partners/revoke", _("Revoke a key"), **variables)
        return redirect(back_url)

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
        wanted = row_key(self.value())
        return queryset.filter(partner_id=wanted) if wanted else queryset


@admin.register(Call)
class CallAdmin(ReadOnlyAdmin):
    """How each call ended and how long it took; nothing of what was said."""

    list_display = ("at", "partner", "operation", "status", "is_replay", "latency_ms", "problem", "reason", "device")
    list_filter = (OutcomeFilter, PartnerFilter)
    list_select_related = ("partner", "device")
    search_fields = ("correlation_id",)
    search_help_text = gettext_lazy("Exact correlation id.")
    fields = (*list_display, "correlation_id")

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Call], search_term: str
    ) -> tuple[models.QuerySet[Call], bool]:
        return (queryset.filter(correlation_id=search_term.strip().lower()) if search_term else queryset), False


class EventFilter(admin.SimpleListFilter):
    title = gettext_lazy("event")
    parameter_name = "event"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return WebhookEvent.choices

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Webhook]) -> models.QuerySet[Webhook]:
        return queryset.filter(event=self.value()) if self.value() in WebhookEvent.values else queryset


@admin.register(Webhook)
class WebhookAdmin(ReadOnlyAdmin):
    """What partners are told, how often it was tried and how they answered; whoever has the right sends it again."""

    list_display = ("occurred_at", "partner", "event", "reference", "state", "tries", "answer", "latency_ms")
    list_filter = ("state", EventFilter, PartnerFilter)
    list_select_related = ("partner",)
    search_fields = ("reference",)
    search_help_text = gettext_lazy("Exact reference or event id.")
    fields = (
        "event", "partner", "reference", "event_id", "occurred_at", "state", "tries", "answer", "latency_ms", "next_try",
        "ended_at",
    )  # fmt: skip
    change_list_template = "admin/partners/webhook_list.html"
    change_form_template = "admin/partners/webhook.html"

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Webhook], search_term: str
    ) -> tuple[models.QuerySet[Webhook], bool]:
        if not search_term:
            return queryset, False
        try:
            return queryset.filter(event_id=UUID(search_term.strip())), False
        except ValueError:
            return queryset.filter(reference=search_term.strip().lower()), False

    @admin.display(description=gettext_lazy("last answer"))
    def answer(self, webhook: Webhook) -> str:
        return str(webhook.last_status or of_problem(webhook.problem) or "–")

    @admin.display(description=gettext_lazy("next try"))
    def next_try(self, webhook: Webhook) -> str:
        return moment(webhook.next_try_at) if webhook.state == WebhookState.DUE else "–"

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view
        return [
            path("replay/", page(self.replay_failed), name="partners_webhooks_replay"),
            path("<int:pk>/replay/", page(require_POST(self.replay)), name="partners_webhook_replay"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {"may_replay": _may_replay(request)} | (extra_context or {}))

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        webhook = Webhook.objects.filter(pk=object_id or 0, state__in=WEBHOOK_ENDED).first()
        shown = {"may_replay": _may_replay(request) and webhook is not None}
        return super().changeform_view(request, object_id, form_url, shown | (extra_context or {}))

    def replay(self, request: HttpRequest, pk: int) -> HttpResponse:
        _require_replay(request)
        webhook = get_object_or_404(Webhook.objects.select_related("partner"), pk=pk)
        if webhooks.replay(webhook, actor=_officer(request)):
            messages.success(request, _("It is sent again, with the same event id."))
        else:
            messages.warning(request, _("It is on its way already."))
        return redirect("admin:partners_webhook_change", pk)

    def replay_failed(self, request: HttpRequest) -> HttpResponse:
        _require_replay(request)
        form = ReplayForm(request.POST or None, initial={"partner": request.GET.get("partner")})
        if request.method == "POST" and form.is_valid():
            partner, hours = form.cleaned_data["partner"], form.cleaned_data["hours"]
            since = clock.read() - timedelta(hours=hours)
            count = webhooks.replay_failed(partner, since=since, actor=_officer(request))
            said = ngettext("%(count)s webhook is sent again.", "%(count)s webhooks are sent again.", count)
            messages.success(request, said % {"count": count} if count else _("None was given up in that time."))
            return redirect(f"{reverse('admin:partners_webhook_changelist')}?partner={partner.pk}")
        variables = {
            "subtitle": _("Webhooks"), "form": form, "back_url": reverse("admin:partners_webhook_changelist"),
            "limit": webhooks.REPLAYED_AT_ONCE,
        }  # fmt: skip
        return admin_page(request, "partners/replay", _("Send again what was given up"), **variables)


def _may_replay(request: HttpRequest) -> bool:
    return request.user.has_perm("partners.replay_webhook")


def _require_replay(request: HttpRequest) -> None:
    if not _may_replay(request):
        raise PermissionDenied


def _officer(request: HttpRequest) -> models.Model:
    return cast(models.Model, request.user)
