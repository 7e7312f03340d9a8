from typing import Any, cast

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from core.admin_lists import ReadOnlyAdmin
from core.trail import record
from registry.models import DependencyLink, Document, Person


class _ReadOnlyInline(admin.TabularInline):  # type: ignore[type-arg]
    template = "admin/registry/inline.html"
    extra = 0
    can_delete = False
    show_change_link = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).order_by("-pk")


class DependentInline(_ReadOnlyInline):
    model = DependencyLink
    fk_name = "head"
    fields = ("dependent", "relation", "since", "until")
    verbose_name_plural = _("dependents")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("dependent")


class HeadInline(_ReadOnlyInline):
    model = DependencyLink
    fk_name = "dependent"
    fields = ("head", "relation", "since", "until")
    verbose_name_plural = _("heads of household")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("head")


class DocumentInline(_ReadOnlyInline):
    model = Document
    fields = ("kind", "number", "issued_by", "issued_on", "expires_on", "status")


@admin.register(Person)
class PersonAdmin(ReadOnlyAdmin):
    """The register, to look somebody up: it shows nobody unless searched for, and every look stands in the trail."""

    list_display = ("name", "id_number", "kind", "nationality_name", "life")
    search_fields = ("id_number",)
    search_help_text = _("Exact ID number, or words of the name in Arabic or English.")
    inlines = (DependentInline, HeadInline, DocumentInline)
    fieldsets = (
        (
            None,
            {"fields": ("id_number", "kind", "name_ar", "name_en", "sex", "birth_date", "nationality_name")},
        ),
        (
            _("Identity"),
            {
                "fields": (
                    "id_issued_on",
                    "id_expires_on",
                    "entered_on",
                    "fingerprint_on_file",
                    "fingerprint_on",
                )
            },
        ),
        (_("Life"), {"fields": ("life", "died_on")}),
    )
    readonly_fields = ("name_ar", "name_en", "nationality_name")

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Person], search_term: str
    ) -> tuple[models.QuerySet[Person], bool]:
        if not search_term:
            return queryset.none(), False
        record("register_searched", actor=cast(models.Model, request.user))
        return queryset.filter(pk__in=Person.objects.found_by(search_term).values("pk")), False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        response = super().change_view(request, object_id, form_url, extra_context)
        if request.method == "GET" and response.status_code == 200:
            record("person_viewed", actor=cast(models.Model, request.user), person=int(object_id))
        return response

    @admin.display(description=_("name"))
    def name(self, person: Person) -> str:
        return person.name

    @admin.display(description=_("name in Arabic"))
    def name_ar(self, person: Person) -> str:
        return person.name_ar

    @admin.display(description=_("name in English"))
    def name_en(self, person: Person) -> str:
        return person.name_en

    @admin.display(description=_("nationality"))
    def nationality_name(self, person: Person) -> str:
        return person.nationality_name
