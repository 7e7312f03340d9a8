from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from accounts.roles import DECIDES_REQUESTS
from services import desk
from services.models import ServiceRequest


@admin.register(ServiceRequest)
class RequestAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The requests' pages are the officers' desk; nobody edits a request as a record."""

    menu_name = _("Requests")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(DECIDES_REQUESTS))

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
            path("", page(desk.desk), name="services_servicerequest_changelist"),
            path("next/<slug:department>/", page(desk.take_next), name="services_take_next"),
            path("<slug:number>/", page(desk.one), name="services_request"),
            path("<slug:number>/files/<int:key>/", page(desk.file), name="services_file"),
            path("<slug:number>/take/", page(desk.take), name="services_take"),
            path("<slug:number>/release/", page(desk.release), name="services_release"),
        ]
