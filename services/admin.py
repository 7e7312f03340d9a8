from django.contrib import admin
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from accounts.roles import DECIDES_REQUESTS, SUPERVISES_REQUESTS
from core.admin_lists import ByActionAdmin, DeskAdmin
from services import catalogue, supervision
from services.actions import reasons
from services.catalogue import Text
from services.desk import batches, lists, moves, requests
from services.desk_forms import ReadyReasonForm
from services.models import ReadyReason, ServiceDay, ServiceRequest


@admin.register(ServiceRequest)
class RequestAdmin(DeskAdmin):
    menu_name = _("Requests")
    right = DECIDES_REQUESTS

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view
        return [
            path("", page(lists.desk), name="services_servicerequest_changelist"),
            path("list/<slug:name>/", page(lists.work_list), name="services_work_list"),
            path("questions/", page(lists.questions), name="services_questions"),
            path("next/<slug:department>/", page(lists.take_next), name="services_take_next"),
            path("batch/", page(batches.batch), name="services_batch"),
            path("batch/done/", page(batches.done), name="services_batch_done"),
            path("batch/go-on/", page(batches.go_on), name="services_batch_go_on"),
            path("<slug:number>/", page(requests.one), name="services_request"),
            path("<slug:number>/look/", page(requests.look), name="services_look"),
            path("<slug:number>/files/<int:key>/", page(requests.file), name="services_file"),
            path("<slug:number>/take/", page(moves.take), name="services_take"),
            path("<slug:number>/release/", page(moves.release), name="services_release"),
            path("<slug:number>/assign/", page(moves.assign), name="services_assign"),
            path("<slug:number>/second/", page(moves.second), name="services_second"),
            path("<slug:number>/take-back/", page(moves.take_back), name="services_take_back"),
            path("<slug:number>/write/", page(moves.write), name="services_write"),
            path("<slug:number>/ask/", page(moves.ask), name="services_ask"),
            path("<slug:number>/questions/<int:key>/", page(moves.answer), name="services_answer"),
        ]


@admin.register(ServiceDay)
class SupervisionAdmin(DeskAdmin):
    right = SUPERVISES_REQUESTS

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view
        return [
            path("", page(supervision.levels), name="services_serviceday_changelist"),
            path("reopen/", page(supervision.reopen), name="services_reopening"),
            path("holidays/", page(supervision.holidays), name="services_holidays"),
            path("holidays/open/", page(supervision.open_again), name="services_holidays_open"),
            path("export/", page(supervision.export), name="services_export"),
        ]


@admin.register(ReadyReason)
class ReadyReasonAdmin(ByActionAdmin):
    """Supervisors keep the reasons that officers choose from."""

    menu_name = _("Ready-made reasons")
    form = ReadyReasonForm
    list_display = ("title", "place", "told")
    fields = ("place", "title_ar", "text_ar", "title_en", "text_en")
    saved_by = staticmethod(reasons.save)
    deleted_by = staticmethod(reasons.delete)

    @admin.display(description=_("title"))
    def title(self, reason: ReadyReason) -> str:
        return str(reason)

    @admin.display(description=_("for"))
    def place(self, reason: ReadyReason) -> str:
        service = catalogue.services().get(reason.service)
        return str(service.title if service else catalogue.DEPARTMENTS[reason.department])

    @admin.display(description=_("text"))
    def told(self, reason: ReadyReason) -> str:
        return str(Text(reason.text_ar, reason.text_en))
