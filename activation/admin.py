from datetime import datetime

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.roles import DECIDES
from activation import desk
from activation.actions import outages
from activation.admin_forms import OutageForm
from activation.models import Attempt, ChannelOutage
from core import plugins
from core.admin_lists import ByActionAdmin, DeskAdmin


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
class OutageAdmin(ByActionAdmin):
    """Supervisors tell residents that a way is down. What was told stays; an outage is cut short by its end."""

    menu_name = _("Outages of ways to activate")
    form = OutageForm
    list_display = ("way", "standing", "starts_at", "until", "told")
    saved_by = staticmethod(outages.announce)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ChannelOutage]:
        return ChannelOutage.objects.with_running()

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
