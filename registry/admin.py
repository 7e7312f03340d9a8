from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.admin_lists import in_both_calendars
from core.admin_looks import LookedAtAdmin
from registry.models import DependencyLink, Document, Person

_DAYS = {
    name: in_both_calendars(Person, name)
    for name in ("birth_date", "id_issued_on", "id_expires_on", "entered_on", "fingerprint_on", "died_on")
}
_SINCE_UNTIL = [in_both_calendars(DependencyLink, name) for name in ("since", "until")]


class _ReadOnlyInline(admin.TabularInline):  # type: ignore[type-arg]
    template = "admin/registry/inline.html"
    extra = 0
    empty_value_display = "–"
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
    fields = readonly_fields = ("dependent", "relation", *_SINCE_UNTIL)
    verbose_name_plural = _("dependents")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("dependent")


class HeadInline(_ReadOnlyInline):
    model = DependencyLink
    fk_name = "dependent"
    fields = readonly_fields = ("head", "relation", *_SINCE_UNTIL)
    verbose_name_plural = _("heads of household")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("head")


class DocumentInline(_ReadOnlyInline):
    model = Document
    fk_name = "holder"
    fields = readonly_fields = (
        "kind",
        "number",
        "issued_by",
        *(in_both_calendars(Document, name) for name in ("issued_on", "expires_on")),
        "status",
    )


@admin.register(Person)
class PersonAdmin(LookedAtAdmin):
    """The register, to look somebody up: it shows nobody unless searched for."""

    list_display = ("name", "id_number", "kind", "nationality_name", "life")
    search_fields = ("id_number",)
    search_help_text = _("Exact ID number, or words of the name in Arabic or English.")
    inlines = (DependentInline, HeadInline, DocumentInline)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "id_number",
                    "border_number",
                    "kind",
                    "name_ar",
                    "name_en",
                    "sex",
                    _DAYS["birth_date"],
                    "marital_status",
                    "nationality_name",
                )
            },
        ),
        (
            _("Identity"),
            {
                "fields": (
                    _DAYS["id_issued_on"],
                    _DAYS["id_expires_on"],
                    _DAYS["entered_on"],
                    "fingerprint_on_file",
                    _DAYS["fingerprint_on"],
                )
            },
        ),
        (_("Life"), {"fields": ("life", _DAYS["died_on"])}),
    )
    readonly_fields = ("name_ar", "name_en", "nationality_name", *_DAYS.values())
    viewed, searched = "person_viewed", "register_searched"

    def unsearched(self, rows: models.QuerySet[Person]) -> models.QuerySet[Person]:
        return rows.none()

    def found(self, rows: models.QuerySet[Person], typed: str) -> models.QuerySet[Person]:
        return rows.filter(pk__in=Person.objects.found_by(typed).values("pk"))

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
