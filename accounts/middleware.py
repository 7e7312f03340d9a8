from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django_otp.middleware import OTPMiddleware

from accounts import sessions
from accounts.flows import ReProving

# What portal.js asks with by itself: a page that waits is nobody at work.
BY_ITSELF = "HTTP_X_BY_ITSELF"

Handler = Callable[[HttpRequest], HttpResponse]


class AccountMiddleware(AuthenticationMiddleware):
    """The account of a request comes with its session, in one statement. Every request asks for it (`session_life`)."""

    def process_request(self, request: HttpRequest) -> None:
        request.user = sessions.holder_of(request.session) or AnonymousUser()


def proven_device(get_response: Handler) -> Handler:
    """With which device an officer has signed in (`user.is_verified()`). Nobody else has one."""
    of_officers = OTPMiddleware(get_response)

    def middleware(request: HttpRequest) -> HttpResponse:
        return of_officers(request) if request.user.is_staff else get_response(request)

    return middleware


def session_life(get_response: Handler) -> Handler:
    """Keeps the session of somebody who is at work alive, and recalls why one was ended."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated or ReProving.of(request.session):
            if BY_ITSELF not in request.META:
                sessions.extend_if_due(request.session)
        elif request.session.is_empty() and (old_key := request.COOKIES.get(settings.SESSION_COOKIE_NAME)):
            sessions.recall_end(request.session, old_key)
        return get_response(request)

    return middleware
