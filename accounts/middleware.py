from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts import sessions
from accounts.flows import ReProving

Handler = Callable[[HttpRequest], HttpResponse]


def session_life(get_response: Handler) -> Handler:
    """Keeps the session of somebody who is at work alive, and recalls why one was ended."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated or ReProving.of(request.session):
            sessions.extend_if_due(request.session)
        elif request.session.is_empty() and (old_key := request.COOKIES.get(settings.SESSION_COOKIE_NAME)):
            sessions.recall_end(request.session, old_key)
        return get_response(request)

    return middleware
