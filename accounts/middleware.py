from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from accounts import sessions
from accounts.flows import ReProving

Handler = Callable[[HttpRequest], HttpResponse]


class AccountMiddleware(AuthenticationMiddleware):
    """The account of a request comes with its session, in one statement."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: sessions.holder_of(request.session) or AnonymousUser())  # type: ignore[assignment]


def session_life(get_response: Handler) -> Handler:
    """Keeps the session of somebody who is at work alive, and recalls why one was ended."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated or ReProving.of(request.session):
            sessions.extend_if_due(request.session)
        elif request.session.is_empty() and (old_key := request.COOKIES.get(settings.SESSION_COOKIE_NAME)):
            sessions.recall_end(request.session, old_key)
        return get_response(request)

    return middleware
