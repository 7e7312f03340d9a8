"""Where operators call back. The gateway says whether a call is theirs; what it says is done once, however often."""

from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from core.plugins import load
from messaging import health
from messaging.actions import inbound as receiving
from messaging.actions import receipts as reports
from messaging.gateways.base import Callback, Forged, Gateway, Unreadable

_AT_MOST_BYTES = 64 * 1024

# GET as well: Kannel fetches an address to report.
callback_view = require_http_methods(["GET", "POST"])


@csrf_exempt
@callback_view
def receipts(request: HttpRequest, gateway: str) -> HttpResponse:
    plugin = _listed(gateway)
    return _taken(request, plugin, lambda call: reports.take(plugin.name, plugin.receipts(call)))


@csrf_exempt
@callback_view
def texts(request: HttpRequest, gateway: str) -> HttpResponse:
    """A text from a phone. Answered through the outbox: this response carries nothing."""
    plugin = _listed(gateway)
    return _taken(request, plugin, lambda call: receiving.receive(plugin.name, plugin.inbound(call)))


@require_safe
def commands(request: HttpRequest) -> HttpResponse:
    """What can be sent by text, and what comes back."""
    if not settings.SMS_SERVICE_NUMBER:
        raise Http404
    language = get_language() or "ar"
    keywords = [
        (keyword.words[language], keyword.summary, keyword.protects) for keyword in load(settings.SMS_KEYWORDS).values()
    ]
    answers_a_day = receiving.ANSWERS_A_DAY.limit
    variables = {"keywords": keywords, "number": settings.SMS_SERVICE_NUMBER, "answers_a_day": answers_a_day}
    return render(request, "messaging/commands.html", variables)


def _listed(name: str) -> Gateway:
    try:
        return load(settings.SMS_GATEWAYS)[name]
    except KeyError:
        raise Http404 from None


def _taken(request: HttpRequest, gateway: Gateway, take: Callable[[Callback], None]) -> HttpResponse:
    try:
        take(_callback(request))
    except Forged:
        health.note_forged_call(gateway.name)
        return HttpResponse(status=403)
    except Unreadable:
        return HttpResponse(status=400)
    return HttpResponse(content_type="text/plain")


def _callback(request: HttpRequest) -> Callback:
    if len(request.body) > _AT_MOST_BYTES:
        raise Unreadable
    return Callback(
        method=str(request.method),
        url=f"{settings.PUBLIC_URL}{request.get_full_path()}",
        query=request.GET.dict(),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.body,
    )
