from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from accounts.roles import DECIDES
from activation import desk
from activation.models import Attempt


@admin.register(Attempt)
class DeskAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The attempts' pages are the officers' desk; nobody edits an attempt as a record."""

    menu_name = _("Activation desk")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(DECIDES))

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view
        return [
            path("", page(desk.desk), name="activation_attempt_changelist"),
            path("list/<slug:name>/", page(desk.work_list), name="activation_work_list"),
            path("visits/", page(desk.visit_list), name="activation_visits"),
            path("visits/<int:pk>/missed/", page(desk.visit_missed), name="activation_visit_missed"),
            path("<int:pk>/", page(desk.case), name="activation_case"),
            path("<int:pk>/refuse/", page(desk.refuse), name="activation_refuse"),
        ]
