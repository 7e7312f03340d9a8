import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from core import context
from core.clientip import client_ip

Handler = Callable[[HttpRequest], HttpResponse]

PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()"


def request_context(get_response: Handler) -> Handler:
    """Gives each request an id, which stands in its log lines, audit entries and on error pages."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request_id = uuid.uuid4().hex
        token = context.current.set(context.RequestContext(request_id, client_ip(request)))
        try:
            response = get_response(request)
        finally:
            context.current.reset(token)
        response["X-Request-ID"] = request_id
        return response

    return middleware


def response_headers(get_response: Handler) -> Handler:
    """Nothing that a page of ours says may stay in a cache, unless the page itself says for how long."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.setdefault("Cache-Control", "no-store")
        return response

    return middleware
