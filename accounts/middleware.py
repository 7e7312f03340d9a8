from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]


def session_life(get_response: Handler) -> Handler:
    """Keeps the session of somebody who is at work alive."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and request.session.extendable:
            request.session.extend()
        return get_response(request)

    return middleware
