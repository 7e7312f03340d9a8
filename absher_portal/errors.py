"""Pages for what went wrong. They need neither database nor session."""

import sys

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language

from core.context import current


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page("400.html", 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page("403.html", 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _page("403_csrf.html", 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page("404.html", 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """A database or a storage of files that is away for a moment is not our mistake: the page says that nothing was lost, and
    when to come back."""
    error = sys.exc_info()[1]
    is_storage_away = isinstance(error, OSError) and not isinstance(error, FileNotFoundError)
    if is_storage_away or isinstance(error, OperationalError | InterfaceError):
        return _page("503.html", 503)
    return _page("500.html", 500)


def _page(template: str, status: int) -> HttpResponse:
    language = get_language() or settings.LANGUAGE_CODE
    variables = {
        "request_id": current.get().request_id,
        "language": language,
        "portal_name": settings.PORTAL_NAME[language],
        "demo_mode": settings.DEMO_MODE,
    }
    return HttpResponse(render_to_string(template, variables), status=status)
