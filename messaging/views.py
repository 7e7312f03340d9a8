"""Where operators call back. The gateway says whether a call is theirs; what it says is done once, however often."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from core.plugins import load
from messaging import health
from messaging.actions import receipts as reports
from messaging.gateways.base import Callback, Forged, Gateway, Unreadable

_AT_MOST_BYTES = 64 * 1024

# GET as well: Kannel fetches an address to report.
callback_view = require_http_methods(["GET", "POST"])


@csrf_exempt
@callback_view
def receipts(request: HttpRequest, gateway: str) -> HttpResponse:
    plugin = _listed(gateway)
    try:
        reported = plugin.receipts(_callback(request))
    except Forged:
        return _forged(plugin)
    except Unreadable:
        return HttpResponse(status=400)
    reports.take(plugin.name, reported)
    return HttpResponse(content_type="text/plain")


def _listed(name: str) -> Gateway:
    try:
        return load(settings.SMS_GATEWAYS)[name]
    except KeyError:
        raise Http404 from None


def _callback(request: HttpRequest) -> Callback:
    if int(request.headers.get("Content-Length") or 0) > _AT_MOST_BYTES:
        raise Unreadable
    return Callback(
        method=str(request.method),
        url=f"{settings.PUBLIC_URL}{request.get_full_path()}",
        query=request.GET.dict(),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.body,
    )


def _forged(gateway: Gateway) -> HttpResponse:
    health.note_forged_call(gateway.name)
    return HttpResponse(status=403)
