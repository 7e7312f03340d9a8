from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core import phones
from core.admin_lists import ReadOnlyAdmin, left_to_right
from core.admin_looks import LookedAtAdmin
from core.plugins import load
from messaging import desk, texts
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
class MessageAdmin(LookedAtAdmin):
    """What became of each message, never what it says, nor the whole number it went to."""

    list_display = ("created_at", "masked_mobile", "purpose_title", "state", "gateway", "message_id")
    list_filter = (StateFilter, "queue")
    viewed, searched = "message_viewed", "messages_searched"
    search_fields = ("reference",)
    search_help_text = _("Exact mobile number or message ID (26 characters).")
    fields = (
        "message_id", "purpose_title", "masked_mobile", "language", "queue", "state", "tries", "gateway", "gateway_reference",
        "not_again", "why", "segments", "price_halalas", "created_at", "due_at", "lives_until", "claimed_at", "sent_at",
        "ended_at",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Message]:
        return super().get_queryset(request).defer("sealed_body")

    def found(self, rows: models.QuerySet[Message], typed: str) -> models.QuerySet[Message]:
        try:
            return rows.filter(to=phones.parse_mobile(typed))
        except phones.MobileError:
            return rows.filter(reference=typed.strip().lower())

    @admin.display(description=_("mobile number"))
    def masked_mobile(self, message: Message) -> SafeString:
        return left_to_right(phones.mask(message.to))

    @admin.display(description=_("message ID"))
    def message_id(self, message: Message) -> SafeString:
        """Not called a reference: that is the two letters beside a code."""
        return left_to_right(message.reference)

    @admin.display(description=_("purpose"))
    def purpose_title(self, message: Message) -> str:
        return str(texts.TITLES.get(message.purpose, message.purpose))

    @admin.display(description=_("problem"))
    def why(self, message: Message) -> str:
        return of_problem(message.problem)


@admin.register(ReceivedText)
class ReceivedTextAdmin(LookedAtAdmin):
    """That a text came from a phone and what became of it; what it said is not kept."""

    list_display = ("received_at", "masked_sender", "keyword_word", "outcome", "gateway")
    list_filter = ("outcome",)
    viewed, searched = "message_viewed", "messages_searched"
    search_fields = ("sender",)
    search_help_text = _("Exact mobile number.")
    fields = ("received_at", "masked_sender", "keyword_word", "outcome", "gateway", "gateway_reference")

    def found(self, rows: models.QuerySet[ReceivedText], typed: str) -> models.QuerySet[ReceivedText]:
        try:
            return rows.filter(sender=phones.parse_mobile(typed))
        except phones.MobileError:
            return rows.none()

    @admin.display(description=_("mobile number"))
    def masked_sender(self, text: ReceivedText) -> SafeString:
        return left_to_right(phones.mask(text.sender))

    @admin.display(description=_("keyword"))
    def keyword_word(self, text: ReceivedText) -> str:
        """As residents write it; “” when the text was not understood."""
        keyword = load(settings.SMS_KEYWORDS).get(text.keyword)
        return keyword.words[get_language() or settings.LANGUAGE_CODE][0] if keyword else text.keyword


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
