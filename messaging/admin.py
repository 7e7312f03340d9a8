from collections.abc import Iterable
from typing import Any, cast

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from core import phones
from core.admin_lists import ReadOnlyAdmin
from core.trail import record
from messaging import desk
from messaging.models import GatewayHealth, Message, ReceivedText
from messaging.sentences import of_problem
from messaging.states import State

_LOST = "lost"


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [(_LOST, _("Lost: not delivered, or too late")), *State.choices]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Message]) -> models.QuerySet[Message]:
        if self.value() == _LOST:
            return queryset.filter(state__in=(State.FAILED, State.EXPIRED))
        return queryset.filter(state=self.value()) if self.value() in State.values else queryset


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """What became of each message, never what it says, nor the whole number it went to."""

    list_display = ("reference", "purpose", "masked_mobile", "queue", "state", "gateway", "tries", "created_at")
    list_filter = (StateFilter, "queue")
    search_fields = ("reference",)
    search_help_text = _("Exact mobile number or reference.")
    fields = (
        "reference", "purpose", "masked_mobile", "language", "queue", "state", "tries", "gateway", "gateway_reference",
        "not_again", "why", "segments", "price_halalas", "created_at", "due_at", "lives_until", "claimed_at", "sent_at",
        "ended_at",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Message]:
        return super().get_queryset(request).defer("sealed_body")

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Message], search_term: str
    ) -> tuple[models.QuerySet[Message], bool]:
        if not search_term:
            return queryset, False
        record("messages_searched", actor=cast(models.Model, request.user))
        try:
            return queryset.filter(to=phones.parse_mobile(search_term)), False
        except phones.MobileError:
            return queryset.filter(reference=search_term.strip().lower()), False

    @admin.display(description=_("mobile number"))
    def masked_mobile(self, message: Message) -> str:
        return phones.mask(message.to)

    @admin.display(description=_("problem"))
    def why(self, message: Message) -> str:
        return of_problem(message.problem)


@admin.register(ReceivedText)
class ReceivedTextAdmin(ReadOnlyAdmin):
    """That a text came from a phone and what became of it; what it said is not kept."""

    list_display = ("received_at", "masked_sender", "keyword", "outcome", "gateway")
    list_filter = ("outcome",)
    search_fields = ("sender",)
    search_help_text = _("Exact mobile number.")
    fields = ("received_at", "masked_sender", "keyword", "outcome", "gateway", "gateway_reference")

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[ReceivedText], search_term: str
    ) -> tuple[models.QuerySet[ReceivedText], bool]:
        if not search_term:
            return queryset, False
        record("messages_searched", actor=cast(models.Model, request.user))
        try:
            return queryset.filter(sender=phones.parse_mobile(search_term)), False
        except phones.MobileError:
            return queryset.none(), False

    @admin.display(description=_("mobile number"))
    def masked_sender(self, text: ReceivedText) -> str:
        return phones.mask(text.sender)


@admin.register(GatewayHealth)
class IntegrationsAdmin(ReadOnlyAdmin):
    """The gateways' pages are the operators' desk."""

    menu_name = _("Integrations")

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view
        return [
            path("", page(desk.integrations), name="messaging_gatewayhealth_changelist"),
            path("delivery/", page(desk.delivery), name="messaging_delivery"),
            path("texts/", page(desk.previews), name="messaging_texts"),
        ]
