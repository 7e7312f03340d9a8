import uuid
from collections.abc import Callable
from functools import cache

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.http import HttpRequest, HttpResponse, HttpResponseBase

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


class SecurityPolicy(CSPMiddleware):
    """The policy of all pages is put into words once a process; a page with one of its own (csp.decorators, a nonce) gets it
    from the library, each time anew."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if hasattr(request, "_csp_nonce") or any(name.startswith("_csp_") for name in vars(response)):
            return super().process_response(request, response)
        response.setdefault(HEADER, _policy_of_all())
        return response


@cache
def _policy_of_all() -> str:
    return str(build_policy())
