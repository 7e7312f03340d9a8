"""Admin lists that stay fast with a million rows: counted up to a cap, paged by key, searched by what has an index."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib.admin import ModelAdmin, ShowFacets, display
from django.contrib.admin.views.main import ChangeList
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from core import hijri
from core.paging import capped_count, count_text, newest_first
from core.text import row_key

PAGE_ROWS = 50
_BEFORE = "before"
_NOTHING = "–"


def left_to_right(text: str) -> SafeString:
    """A masked number, or a name made of Latin letters, on a page of either direction."""
    return format_html('<bdi dir="ltr">{}</bdi>', text)


def in_both_calendars(model: type[models.Model], name: str) -> Any:
    """A day of a row, for `readonly_fields`: the stock admin draws it in one calendar."""

    @display(description=model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    def shown(row: models.Model) -> str:
        day = getattr(row, name)
        return hijri.in_both_calendars(day) if day else _NOTHING

    shown.__name__ = name
    return shown


class KeysetChangeList(ChangeList):
    """Newest first; a page begins after the last key of the page before it, so the hundredth costs what the first does."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> models.QuerySet[Any]:
        self.filter_params.pop(_BEFORE, None)
        self.before = row_key(self.params.pop(_BEFORE, ""))
        return super().get_queryset(request, exclude_parameters)

    def get_ordering(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> list[Any]:
        return ["-pk"]

    def get_results(self, request: HttpRequest) -> None:
        self.result_list, next_before = newest_first(self.queryset, size=self.list_per_page, before=self.before)
        self.result_count = capped_count(self.queryset)
        self.result_count_text = count_text(self.result_count)
        self.older_url = self.get_query_string({_BEFORE: next_before}) if next_before else ""
        self.newest_url = self.get_query_string() if self.before is not None else ""
        self.full_result_count = None
        self.show_full_result_count = self.show_admin_actions = self.can_show_all = self.multi_page = False
        self.paginator = self.model_admin.get_paginator(request, self.queryset, self.list_per_page)


class ListAdmin(ModelAdmin):  # type: ignore[type-arg]
    actions = None
    list_per_page = PAGE_ROWS
    empty_value_display = _NOTHING
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    sortable_by = ()
    change_list_template = "admin/portal_list.html"
    change_form_template = "admin/portal_form.html"

    def get_urls(self) -> list[URLPattern]:
        """Without the stock history of a row: who did what to whom stands in the trail."""
        return [one for one in super().get_urls() if not str(one.name).endswith("_history")]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """The filters that are offered, and no other column: what is not shown must not be guessed by counting rows."""
        offered = {getattr(item, "parameter_name", item) for item in self.get_list_filter(request)}
        return lookup.removesuffix("__exact") in offered

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Headed by what it lists, as the menu calls it."""
        name = getattr(self, "menu_name", self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": capfirst(name)} | (extra_context or {}))

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        one_button = {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().changeform_view(request, object_id, form_url, (extra_context or {}) | one_button)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return KeysetChangeList


class _NeverWritten(ModelAdmin):  # type: ignore[type-arg]
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class ReadOnlyAdmin(_NeverWritten, ListAdmin):
    """To look at, for whoever has the model's view permission; nobody changes anything here."""


class ByActionAdmin(ListAdmin):
    """What is saved and deleted by actions, which take the row and the `actor`; without one for it nobody deletes."""

    saved_by: ClassVar[Callable[..., None]]
    deleted_by: ClassVar[Callable[..., None] | None] = None

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return type(self).deleted_by is not None and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: models.Model, form: Any, change: bool) -> None:
        type(self).saved_by(obj, actor=request.user)

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        type(self).deleted_by(obj, actor=request.user)  # type: ignore[misc]


class DeskAdmin(_NeverWritten):
    """A model whose pages are a desk (`get_urls`), for whoever has `right`; nobody edits a row as a record."""

    right: ClassVar[str]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(self.right))

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.has_module_permission(request)
