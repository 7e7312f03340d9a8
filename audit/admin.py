from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from audit import actions
from audit.events import Event
from audit.models import Entry
from core.admin_looks import LookedAtAdmin
from core.looks import LookReason
from core.text import compact_digits, row_key

_ACCOUNT_PAGE = "admin:accounts_user_change"
_NAMES = {
    "attempt": _("activation attempt"),
    "case": _("activation case"),
    "checked": _("Ticked of the check-list"),
    "entry": _("entry of the trail"),
    "message": _("message"),
    "more": _("more messages"),
    "person": _("person"),
    "reason": _("Reason"),
    "receivedtext": _("received text"),
}
# Why somebody looked: what officers choose from, and what their work itself is the reason of. Other reasons are words already.
_REASONS: dict[str, Promise] = {
    **dict(LookReason.choices),
    "holds": _("Works on it"),
    "second_officer": _("Is to confirm it as the second officer"),
    "asked": _("Was asked by a colleague"),
    "alike": _("Shown beside a request like it"),
    "reopening": _("Looks at the decision again"),
    "visit_code": _("Was brought the visit code"),
    "number_searched": _("Searched for the ID number at the desk"),
    "visit": _("Has the visit at the branch today"),
    "first_officer": _("Has checked it as the first officer"),
    "keeps_officers": _("Keeps the accounts of officers"),
}


@admin.register(Entry)
class EntryAdmin(LookedAtAdmin):
    """The trail, to read. Whether it is whole, `manage.py audit_verify` says; the page shows the head that it prints."""

    list_display = ("at", "event", "actor", "subject", "told", "client_ip", "request_id")
    list_display_links = ("at",)
    list_filter = ("event",)
    viewed, searched = Event.ENTRY_VIEWED, Event.TRAIL_SEARCHED
    search_fields = ("request_id",)
    search_help_text = _("Number of an account, or the whole of a request's number.")
    fields = ("at", "event", "actor", "subject", "told", "client_ip", "request_id", "digest", "seal")
    change_list_template = "admin/audit/trail.html"

    def found(self, rows: models.QuerySet[Entry], typed: str) -> models.QuerySet[Entry]:
        account = row_key(compact_digits(typed))
        if account is not None:
            return rows.filter(Q(actor_id=account) | Q(subject_id=account))
        return rows.filter(request_id=typed.strip().lower()).exclude(request_id="")

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
        told = entry.details.items()
        lines = [
            (_NAMES.get(name, name), _REASONS.get(value, value) if name == "reason" else value) for name, value in told
        ]
        return format_html_join("", "<div><bdi>{}</bdi>: <bdi>{}</bdi></div>", lines) or "–"


def _account(number: int | None) -> str | SafeString:
    """The accounts stand on the floor above, so the trail knows their page by name."""
    if number is None:
        return "–"
    try:
        return format_html('<a href="{}">{}</a>', reverse(_ACCOUNT_PAGE, args=[number]), str(number))
    except NoReverseMatch:
        return str(number)
