"""Pages of the administration that show one person: why an officer looks follows from their work, or is asked before anything
is shown, and stands with the look in the trail."""

from typing import Any, ClassVar, cast

from django.contrib.admin.views.main import SEARCH_VAR
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.text import capfirst

from core import looks
from core.admin_lists import ReadOnlyAdmin
from core.admin_pages import admin_page
from core.looks import LookForm, LookReason
from core.trail import record

# What the question sends, and with another value the wish to be asked once more.
ASKED, _ANSWERED = "look", "answered"


def reason_given(request: HttpRequest, about: str) -> str:
    """For `about` (core.looks); empty also while the officer answers, or wants to give another one."""
    return "" if ASKED in request.POST else looks.reason_for(request.session, about)


def question(request: HttpRequest, about: str, title: str) -> HttpResponse:
    """Asks why, and leads back to the page once that is said."""
    form = LookForm(request.POST if request.POST.get(ASKED) == _ANSWERED else None)
    if form.is_valid():
        looks.give_reason(request.session, about, form.cleaned_data["reason"])
        return redirect(request.get_full_path())
    return admin_page(request, "look", title, form=form, asked=ASKED, answered=_ANSWERED)


class LookedAtAdmin(ReadOnlyAdmin):
    """Records of people. Rows of the list name nobody, so it is open; each search and each record is a look, for which one
    reason holds a while. `viewed` and `searched` are events of the trail."""

    viewed: ClassVar[str]
    searched: ClassVar[str] = ""

    def unsearched(self, rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
        return rows

    def found(self, rows: models.QuerySet[Any], typed: str) -> models.QuerySet[Any]:
        raise NotImplementedError

    def work_is_reason(self, request: HttpRequest, key: str) -> str:
        """A word of the trail when the officer's work with this record is why they look."""
        return ""

    def looked_at(self, key: str) -> dict[str, Any]:
        """What the trail keeps of a look."""
        return {str(self.opts.model_name): int(key)}

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        if not search_term:
            return self.unsearched(queryset), False
        reason = looks.reason_for(request.session, self._about)
        record(self.searched, actor=cast(models.Model, request.user), reason=reason)
        return self.found(queryset, search_term), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        reason, is_search = reason_given(request, self._about), bool(request.GET.get(SEARCH_VAR, "").strip())
        if ASKED in request.POST or (is_search and not reason):
            return self._question(request)
        shown = {"look_reason": LookReason(reason).label, "asked": ASKED} if reason else {}
        return super().changelist_view(request, shown | (extra_context or {}))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        reason = self.work_is_reason(request, object_id) or reason_given(request, self._about)
        # Whatever else is sent is an act, which is refused to whoever only looks.
        if not reason and (request.method != "POST" or ASKED in request.POST):
            return self._question(request)
        response = super().change_view(request, object_id, form_url, extra_context)
        if response.status_code == 200:
            actor = cast(models.Model, request.user)
            record(self.viewed, actor=actor, reason=reason, **self.looked_at(object_id))
        return response

    @property
    def _about(self) -> str:
        return self.opts.label_lower

    def _question(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        title = str(getattr(self, "menu_name", self.opts.verbose_name_plural))
        return question(request, self._about, capfirst(title))
