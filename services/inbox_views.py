from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import SignedInRequest, resident_required
from core.text import row_key
from services.actions import inbox


@require_safe
@resident_required
def notices(request: SignedInRequest) -> HttpResponse:
    """The newest first; older ones with `before`."""
    shown, next_before = inbox.page_of(request.user, row_key(request.GET.get("before")))
    return render(request, "services/inbox.html", {"notices": shown, "next_before": next_before})


@require_POST
@resident_required
def mark_read(request: SignedInRequest) -> HttpResponse:
    """One notice, or all of them when none is named."""
    inbox.mark_read(request.user, row_key(request.POST.get("notice")))
    messages.success(request, _("Marked as read."))
    return redirect("inbox")
