"""The Nafath pages, of an activation and of a sign-in, and where Nafath itself calls back."""

import json
from dataclasses import dataclass
from typing import Any

import structlog
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from accounts import code_page, sessions
from accounts.access import ProvableRequest, provable_required, prover_of
from accounts.actions import codes, mobiles
from accounts.models import Purpose, User
from accounts.sentences import of_code, session_ended
from accounts.views import signed_in
from activation import nafath_sentences, sentences, states
from activation.actions import nafath
from activation.actions.cases import ActivationRefused
from activation.actions.nafath import Aim, AnswerRefused, RequestOpen
from activation.channels.nafath import STEPS, Nafath
from activation.models import Attempt, NafathRequest
from activation.nafath import line, oidc
from activation.nafath.line import NafathDown, NafathFailed, NafathRefused
from activation.nafath.mfa import OpenElsewhere
from activation.nafath.tokens import KeysAway
from activation.second_step import NafathStep
from activation.states import AttemptState, NafathState
from core import plugins
from core.states import MoveRefused
from core.throttle import OverBudget

_CALLBACK_AT_MOST_BYTES = 16 * 1024
_RETRY_IN_SECONDS = 30

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Place:
    """The page that an aim belongs to, by URL names: where the person goes back to, and who asks for what."""

    page: str
    ask: str
    state: str
    back: str
    back_says: Promise | str
    purpose: Promise | str


@require_safe
def activation(request: HttpRequest) -> HttpResponse:
    """The activation ends the session; whoever was signed in with it is still told."""
    if prover_of(request) is None and (ended_by := sessions.ended_by(request.session)) in sessions.PROVEN:
        return render(request, "activation/nafath_done.html", {"ended": session_ended(ended_by)})
    return _activation(request)


@provable_required
def _activation(request: ProvableRequest) -> HttpResponse:
    attempt = _newest_attempt(request.prover)
    if attempt is None or attempt.standing == AttemptState.EXPIRED:
        if attempt:
            messages.warning(request, sentences.of_expiry(Nafath.name))
        return redirect("activation")
    before = nafath.newest(Aim(request.prover, attempt))
    asked = nafath.look(before) if before else None
    if asked and asked.state == NafathState.COMPLETED:
        # What was proven by this very look may have ended the session.
        return redirect("activation_nafath") if asked is not before else _after_the_proof(request)
    if not attempt.is_usable:
        return redirect("activation")
    return _page(request, _place_of(attempt), request.prover, asked)


@require_POST
@provable_required
def activation_ask(request: ProvableRequest) -> HttpResponse:
    attempt = _newest_attempt(request.prover)
    if attempt is None or not attempt.is_usable:
        return redirect("activation")
    return _ask(request, Aim(request.prover, attempt), _place_of(attempt))


@require_safe
def activation_state(request: HttpRequest) -> HttpResponse:
    """205: the whole page is another one now."""
    user = prover_of(request)
    if user is None:
        return HttpResponse(status=205 if sessions.ended_by(request.session) in sessions.PROVEN else 204)
    attempt = _newest_attempt(user)
    return _piece(request, _looked_at(Aim(user, attempt)) if attempt else None)


@require_safe
def sign_in(request: HttpRequest) -> HttpResponse:
    aim = _aim_of_sign_in(request)
    if aim is None:
        return redirect("login_code")
    return _page(request, _SIGN_IN, aim.user, _looked_at(aim))


@require_POST
def sign_in_ask(request: HttpRequest) -> HttpResponse:
    aim = _aim_of_sign_in(request)
    return redirect("login_code") if aim is None else _ask(request, aim, _SIGN_IN)


@require_safe
def sign_in_state(request: HttpRequest) -> HttpResponse:
    aim = _aim_of_sign_in(request)
    return HttpResponse(status=204) if aim is None else _piece(request, _looked_at(aim))


@require_POST
def sign_in_finish(request: HttpRequest) -> HttpResponse:
    """The person confirmed in the app, and this browser gets in."""
    flow = code_page.flow_of(request, Purpose.LOGIN)
    if flow is None:
        return redirect("login")
    try:
        user = nafath.enter(flow)
    except MoveRefused:
        messages.warning(request, nafath_sentences.of_no_confirmation())
        return redirect("login_nafath")
    except codes.ClaimEnded as ended:
        messages.warning(request, of_code(ended))
        return redirect("login")
    return signed_in(request, user)


@csrf_exempt
@require_POST
def callback(request: HttpRequest) -> HttpResponse:
    """Nafath's signed answer. What is refused changes nothing, and the caller is not told why."""
    said = _said(request)
    if said is None:
        return _refused("unreadable")
    try:
        nafath.take_callback(said["token"], transaction_said=said["transId"], request_said=said["requestId"])
    except AnswerRefused as refused:
        return _refused(refused.reason)
    except KeysAway:
        return JsonResponse({}, status=503, headers={"Retry-After": str(_RETRY_IN_SECONDS)})
    return JsonResponse({})


@require_safe
def returned(request: HttpRequest) -> HttpResponse:
    """The OpenID provider leads the browser back, with a code or with an error."""
    way = oidc.Way.of(request.session)
    if way is None or request.GET.get("state") != way.state:
        messages.error(request, nafath_sentences.of_lost_way())
        return redirect("activation" if prover_of(request) else "login")
    _forget_way(request)
    with override(way.language):
        _take_return(request, way)
        return redirect("activation_nafath" if prover_of(request) else "login_nafath")


def _forget_way(request: HttpRequest) -> None:
    """Written at once: what came back by that way may end this very session, which then must not be written again."""
    oidc.end(request.session)
    sessions.save_now(request.session)
    request.session.modified = False


def _take_return(request: HttpRequest, way: oidc.Way) -> None:
    code = request.GET.get("code", "")
    if not code or "error" in request.GET:
        nafath.give_up(way, rejected=request.GET.get("error") == "access_denied")
        return
    try:
        nafath.take_return(way, code, return_to=_return_address())
    except (NafathFailed, KeysAway):
        messages.error(request, nafath_sentences.of_failure())
    except (AnswerRefused, NafathRefused) as refused:
        log.warning("nafath_return_refused", reason=getattr(refused, "reason", "code_refused"))
        messages.error(request, nafath_sentences.of_return())
    else:
        return
    nafath.give_up(way)


def _newest_attempt(user: User) -> Attempt | None:
    return Attempt.objects.of(user).filter(channel=Nafath.name).select_related("case").newest_first().first()


def _looked_at(aim: Aim) -> NafathRequest | None:
    asked = nafath.newest(aim)
    return nafath.look(asked) if asked else None


def _aim_of_sign_in(request: HttpRequest) -> Aim | None:
    """None when nobody is half signed in, or not to an account that Nafath can answer for."""
    flow = code_page.flow_of(request, Purpose.LOGIN)
    user = User.objects.filter(pk=flow.user_id).first() if flow else None
    if flow is None or user is None or not _is_listed(user):
        return None
    return Aim(user, flow=flow.digest)


def _is_listed(user: User) -> bool:
    return any(
        isinstance(step, NafathStep) and step.admits(user) for step in plugins.load(settings.SECOND_STEPS).values()
    )


def _place_of(attempt: Attempt) -> Place:
    purpose = nafath_sentences.PURPOSES[attempt.case.purpose]
    return Place(
        "activation_nafath", "activation_nafath_ask", "activation_nafath_state", "activation", _("Another way"), purpose
    )


_SIGN_IN = Place(
    "login_nafath",
    "login_nafath_ask",
    "login_nafath_state",
    "login_code",
    nafath_sentences.WITH_THE_CODE,
    nafath_sentences.SIGN_IN,
)


def _after_the_proof(request: ProvableRequest) -> HttpResponse:
    """Of a purpose that leaves the person signed in: the mobile moves after a notice."""
    change = mobiles.under_way(request.prover)
    if change and change.moves_at:
        return render(request, "activation/nafath_done.html", {"moves_at": change.moves_at})
    return redirect("activation")


def _page(request: HttpRequest, place: Place, user: User, asked: NafathRequest | None) -> HttpResponse:
    is_open = asked is not None and asked.state in states.OPEN
    over = None if is_open else nafath.refusal(user)
    variables: dict[str, Any] = {
        "place": place,
        "asked": asked,
        "is_open": is_open,
        "is_confirmed": asked is not None and asked.state == NafathState.COMPLETED,
        "stand": nafath_sentences.of_stand(asked.state) if asked else None,
        "down_until": None if is_open else line.down_until(),
        "wait": nafath_sentences.limit_reached(over, back=place.back) if over else None,
        "mode": settings.NAFATH["mode"],
        "steps": STEPS,
        "way": _way(request, asked) if is_open else "",
    }
    return render(request, "activation/nafath.html", variables)


def _way(request: HttpRequest, asked: NafathRequest | None) -> str:
    """The provider's address for the browser that began; "" in the mode mfa, and in another browser."""
    way = oidc.Way.of(request.session)
    return way.address if way and asked and way.request == asked.pk else ""


def _piece(request: HttpRequest, asked: NafathRequest | None) -> HttpResponse:
    if asked is None or asked.state != NafathState.WAITING:
        return HttpResponse(status=205)
    return render(request, "activation/_nafath_state.html")


def _ask(request: HttpRequest, aim: Aim, place: Place) -> HttpResponse:
    try:
        asked = nafath.ask(aim, language=get_language() or "ar")
        if settings.NAFATH["mode"] == "oidc":
            _begin_way(request, asked)
    except ActivationRefused as refused:
        messages.error(request, sentences.of_refusal(refused))
        return redirect(place.back)
    except RequestOpen as other:
        messages.warning(request, nafath_sentences.of_request_open(other))
    except OpenElsewhere:
        messages.warning(request, nafath_sentences.of_open_elsewhere())
    except (OverBudget, NafathDown):
        pass  # The page says until when.
    except (NafathFailed, NafathRefused) as failed:
        log.warning("nafath_not_asked", problem=getattr(failed, "problem", "") or getattr(failed, "code", ""))
        messages.error(request, nafath_sentences.of_failure())
    return redirect(place.page)


def _begin_way(request: HttpRequest, asked: NafathRequest) -> None:
    """Raises NafathFailed, NafathDown, NafathRefused."""
    if not _way(request, asked):
        nafath.way_to_provider(asked, return_to=_return_address(), language=get_language() or "ar").keep(
            request.session
        )


def _return_address() -> str:
    return f"{settings.PUBLIC_URL}{reverse('nafath_return')}"


def _said(request: HttpRequest) -> dict[str, str] | None:
    """The three texts of a callback; None when it is none. Only the token has to be there."""
    try:
        if len(request.body) > _CALLBACK_AT_MOST_BYTES:
            return None
        told = json.loads(request.body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    said = {name: told.get(name, "") for name in ("token", "transId", "requestId")}
    return said if said["token"] and all(isinstance(value, str) for value in said.values()) else None


def _refused(reason: str) -> HttpResponse:
    log.warning("nafath_callback_refused", reason=reason)
    return JsonResponse({}, status=409 if reason == "ended" else 400)
