"""Who may open a page."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.models import User

_P = ParamSpec("_P")


class SignedInRequest(HttpRequest):
    """What a view gets that only somebody signed in can reach."""

    user: User


def officer_of(request: HttpRequest) -> User:
    """Whose page of the administration it is; nobody else's request gets that far."""
    return cast(User, request.user)


View = Callable[Concatenate[SignedInRequest, _P], HttpResponse]


def resident_required(view: View[_P]) -> View[_P]:
    """Somebody signed in to the portal; officers have the admin. Who signed in with a temporary password chooses one first."""

    @wraps(view)
    @login_required
    def checked(request: SignedInRequest, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponse:
        if request.user.is_staff:
            return redirect("admin:index")
        if request.user.password_is_temporary:
            return redirect("login_password")
        return view(request, *args, **kwargs)

    return checked


def temporary_password_required(view: View[_P]) -> View[_P]:
    """Somebody who signed in with a temporary password."""

    @wraps(view)
    @login_required
    def checked(request: SignedInRequest, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponse:
        return view(request, *args, **kwargs) if request.user.password_is_temporary else redirect("dashboard")

    return checked


def activated_required(view: View[_P]) -> View[_P]:
    """Somebody whose identity is proven; everybody else is led to the activation."""

    @wraps(view)
    @resident_required
    def checked(request: SignedInRequest, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponse:
        return view(request, *args, **kwargs) if request.user.is_activated else redirect("activation")

    return checked
