"""Who may open a page."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts import flows, sentences
from accounts.actions import re_proving
from accounts.flows import ReProving
from accounts.models import User

_P = ParamSpec("_P")


class SignedInRequest(HttpRequest):
    """What a view gets that only somebody signed in can reach."""

    user: User


class ProvableRequest(HttpRequest):
    """What a view of the activation gets: `prover` is signed in, or came back to be proven again and is nobody else's user."""

    prover: User


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


ProvableView = Callable[Concatenate[ProvableRequest, _P], HttpResponse]


def provable_required(view: ProvableView[_P]) -> Callable[Concatenate[HttpRequest, _P], HttpResponse]:
    """Somebody signed in to the portal, or in a session that is for proving the person again."""

    @resident_required
    def of_resident(request: SignedInRequest, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponse:
        return _with_prover(view, request, request.user, *args, **kwargs)

    @wraps(view)
    def checked(request: HttpRequest, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponse:
        prover = re_proving.prover_of(request.session)
        if prover:
            return _with_prover(view, request, prover, *args, **kwargs)
        if ReProving.of(request.session):
            flows.end(request.session)
            messages.info(request, sentences.re_proving_ended())
        return of_resident(cast(SignedInRequest, request), *args, **kwargs)

    return checked


def officer_required(right: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """An officer of the administration who has the right, such as `accounts.roles.DECIDES`."""

    def only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def checked(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.has_perm(right):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return checked

    return only


def prover_of(request: HttpRequest) -> User | None:
    """Who would be `prover` of a view, for one that refuses nobody."""
    if isinstance(request.user, User):
        return None if request.user.is_staff else request.user
    return re_proving.prover_of(request.session)


def _with_prover(
    view: ProvableView[_P], request: HttpRequest, prover: User, *args: _P.args, **kwargs: _P.kwargs
) -> HttpResponse:
    provable = cast(ProvableRequest, request)
    provable.prover = prover
    return view(provable, *args, **kwargs)


def activated_required(view: View[_P]) -> View[_P]:
    """Somebody whose identity is proven; everybody else is led to the activation."""

    @wraps(view)
    @resident_required
    def checked(request: SignedInRequest, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponse:
        return view(request, *args, **kwargs) if request.user.is_activated else redirect("activation")

    return checked
