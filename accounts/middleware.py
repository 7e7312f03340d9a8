from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from accounts import sessions

Handler = Callable[[HttpRequest], HttpResponse]


def session_life(get_response: Handler) -> Handler:
    """Keeps the session of somebody who is at work alive."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            sessions.extend_if_due(request.session)
        return get_response(request)

    return middleware
