from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from audit import actions
from audit.models import Entry
from core.admin_lists import ReadOnlyAdmin
from core.text import compact_digits

_ACCOUNT_PAGE = "admin:accounts_user_change"
_NAMES = {
    "attempt": _("activation attempt"),
    "case": _("activation case"),
    "more": _("more messages"),
    "reason": _("Reason"),
}


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    """The trail, to read. Whether it is whole, `manage.py audit_verify` says; the page shows the head that it prints."""

    list_display = ("at", "event", "actor", "subject", "told", "client_ip", "request_id")
    list_display_links = ("at",)
    list_filter = ("event",)
    search_fields = ("request_id",)
    search_help_text = _("Number of an account, or the whole of a request's number.")
    fields = ("at", "event", "actor", "subject", "told", "client_ip", "request_id", "digest", "seal")
    change_list_template = "admin/audit/trail.html"

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Entry], search_term: str
    ) -> tuple[models.QuerySet[Entry], bool]:
        if not search_term:
            return queryset, False
        typed = compact_digits(search_term)
        if typed.isascii() and typed.isdigit() and len(typed) < 19:
            return queryset.filter(Q(actor_id=int(typed)) | Q(subject_id=int(typed))), False
        return queryset.filter(request_id=search_term.strip().lower()).exclude(request_id=""), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, (extra_context or {}) | {"trail_head": actions.head()})

    @admin.display(description=_("account that acted"))
    def actor(self, entry: Entry) -> str | SafeString:
        return _account(entry.actor_id)

    @admin.display(description=_("account acted upon"))
    def subject(self, entry: Entry) -> str | SafeString:
        return _account(entry.subject_id)

    @admin.display(description=_("details"))
    def told(self, entry: Entry) -> str | SafeString:
        """A line for each; what has no name here is told by its own."""
        lines = [(_NAMES.get(name, name), value) for name, value in entry.details.items()]
        return format_html_join("", "<div><bdi>{}</bdi>: <bdi>{}</bdi></div>", lines) or "–"


def _account(number: int | None) -> str | SafeString:
    """The accounts stand on the floor above, so the trail knows their page by name."""
    if number is None:
        return "–"
    try:
        return format_html('<a href="{}">{}</a>', reverse(_ACCOUNT_PAGE, args=[number]), str(number))
    except NoReverseMatch:
        return str(number)
