from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import SignedInRequest, resident_required
from accounts.actions import mobiles
from core.text import row_key
from registry.lookup import person_of
from services import catalogue, pressing
from services.actions import inbox
from services.models import Notice, ServiceRequest


@require_safe
@resident_required
def notices(request: SignedInRequest) -> HttpResponse:
    """What has to be done, then the newest first; older ones with `before`, and with `unread` those alone."""
    before, only_unread = row_key(request.GET.get("before")), "unread" in request.GET
    shown, next_before = inbox.page_of(request.user, before, only_unread=only_unread)
    about = _services_of(request, shown)
    variables = {
        "notices": [(notice, about.get(notice.number, "")) for notice in shown],
        "next_before": next_before,
        "only_unread": only_unread,
        "errands": [] if before or only_unread else pressing.of(request.user, person_of(request.user.id_number)),
        "change": mobiles.under_way(request.user) if request.user.is_activated and not before else None,
    }
    return render(request, "services/inbox.html", variables)


def _services_of(request: SignedInRequest, shown: list[Notice]) -> dict[str, str]:
    """What the requests that are told of ask for: a number alone says little to who has several."""
    numbers = {notice.number for notice in shown if notice.number}
    own = ServiceRequest.objects.of(request.user).filter(number__in=numbers).values_list("number", "service")
    return {number: str(catalogue.services()[service].title) for number, service in own} if numbers else {}


@require_POST
@resident_required
def mark_read(request: SignedInRequest) -> HttpResponse:
    """One notice, or all of them when none is named."""
    inbox.mark_read(request.user, row_key(request.POST.get("notice")))
    messages.success(request, _("Marked as read."))
    return redirect("inbox")
