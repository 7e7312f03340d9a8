from django.contrib import admin
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from accounts.roles import DECIDES_REQUESTS
from core.admin_lists import DeskAdmin
from services import desk
from services.models import ServiceRequest


@admin.register(ServiceRequest)
class RequestAdmin(DeskAdmin):
    menu_name = _("Requests")
    right = DECIDES_REQUESTS

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
