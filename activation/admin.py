from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.access import officer_of
from accounts.roles import DECIDES
from activation import desk
from activation.actions import outages
from activation.admin_forms import OutageForm
from activation.models import Attempt, ChannelOutage
from core import plugins
from core.admin_lists import DeskAdmin, ListAdmin


@admin.register(Attempt)
class AttemptAdmin(DeskAdmin):
    menu_name = _("Activation desk")
    right = DECIDES

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


@admin.register(ChannelOutage)
class OutageAdmin(ListAdmin):
    """Supervisors tell residents that a way is down. What was told stays; an outage is cut short by its end."""

    menu_name = _("Outages of ways to activate")
    form = OutageForm
    list_display = ("way", "standing", "starts_at", "until", "told")
    change_form_template = "admin/portal_form.html"

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[ChannelOutage]:
        return ChannelOutage.objects.with_running()

    def save_model(self, request: HttpRequest, obj: ChannelOutage, form: Any, change: bool) -> None:
        outages.announce(obj, actor=officer_of(request))

    @admin.display(description=_("way to activate"))
    def way(self, outage: ChannelOutage) -> str:
        channel = plugins.load(settings.ACTIVATION_CHANNELS).get(outage.channel)
        return str(channel.title) if channel else outage.channel

    @admin.display(description=_("state"))
    def standing(self, outage: ChannelOutage) -> str | Promise:
        return _("Down at present") if outage.is_running else "–"

    @admin.display(description=_("until"))
    def until(self, outage: ChannelOutage) -> datetime | Promise:
        return outage.ends_at or _("not known")

    @admin.display(description=_("reason"))
    def told(self, outage: ChannelOutage) -> str:
        return outage.reason
