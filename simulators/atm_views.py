"""The demonstration's cash machine: a screen with buttons at its sides, a keypad, and a reader for one finger."""

from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.forms import CodeField, IdNumberField
from partners.words import Purpose
from simulators import atm as program
from simulators.client import FORGED, LATE, TWICE, Exchange
from simulators.client import OTHER_MOBILE as OTHER_NUMBER
from simulators.client import WRONG_CODE as WRONG_DIGITS
from simulators.devices import LEFT, MATCHED, NOT_MATCHED, OTHER_READER, READ_BEFORE, RIGHT, SAME_COUNTER, STALE
from simulators.forms import VISIT_CODE_SIGNS, CardForm, VisitCodeField
from simulators.places import (
    NO_FINGER,
    OTHER_MOBILE,
    WRONG_CODE,
    Memory,
    Place,
    Press,
    Turn,
    Visit,
    entered,
    numbers_of,
    of_service,
    sent_again,
    stays,
    with_code,
)

_PIN_DIGITS = 4
_SERVICES: dict[str, Promise] = {
    Purpose.ACTIVATION: gettext_lazy("Account activation"),
    Purpose.LIFT_OF_PAUSE: gettext_lazy("Open a paused account"),
}
_OF_CALLS = (SAME_COUNTER, FORGED, LATE, TWICE)
_OF_FINGERS = (OTHER_READER, STALE, READ_BEFORE)
form_view = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True)
class CardSession(Visit):
    """`id_number` or `visit_code` is keyed in by the holder; `mobile` is what the network holds for the card. `code` waits for
    the finger."""

    visit_code: str = ""
    fingerprint_needed: bool = False
    finger: str = ""
    code: str = ""


@never_cache
@form_view
def cash_machine(request: HttpRequest) -> HttpResponse:
    form = CardForm(request.POST or None, initial=numbers_of(request.user))
    if request.method == "POST" and form.is_valid():
        return _ATM.go_on(CardSession(mobile=form.cleaned_data["mobile"], step="language"))
    return _ATM.memory.forget(render(request, "simulators/atm.html", {"form": form, "step": "idle"}))


@never_cache
@form_view
def atm_session(request: HttpRequest) -> HttpResponse:
    return _ATM.answer(request)


def _language(session: CardSession, press: Press) -> Turn[CardSession]:
    is_known = press.key in ("ar", "en")
    return Turn(replace(session, step="pin"), language=press.key) if is_known else Turn(session)


def _pin(session: CardSession, press: Press) -> Turn[CardSession]:
    """Any four digits: the card is invented, too."""
    if not press.is_entered:
        return Turn(session, press.on_screen())
    if len(press.keyed) == _PIN_DIGITS and press.keyed.isdecimal():
        return Turn(replace(session, step="menu"))
    return Turn(session, error=_("A PIN has four digits. In the demonstration any four will do."))


def _menu(session: CardSession, press: Press) -> Turn[CardSession]:
    if press.key == "services":
        return Turn(replace(session, step="services"))
    return Turn(session, error=_("This machine plays its part without money. Choose e-services."))


def _services(session: CardSession, press: Press) -> Turn[CardSession]:
    if press.key == "back":
        return Turn(replace(session, step="menu"))
    return Turn(replace(session, purpose=press.key, step="id_number") if press.key in _SERVICES else session)


def _id_number(session: CardSession, press: Press) -> Turn[CardSession]:
    if press.key == "visit_code":
        return Turn(replace(session, step="visit_code"))
    return entered(session, press, IdNumberField(), lambda number: _begun(replace(session, id_number=number), press))


def _visit_code(session: CardSession, press: Press) -> Turn[CardSession]:
    """In the place of a number, for who began on the portal."""
    if press.key == "id_number":
        return Turn(replace(session, step="id_number"))
    return entered(session, press, VisitCodeField(), lambda code: _begun(replace(session, visit_code=code), press))


def _begun(session: CardSession, press: Press) -> Turn[CardSession]:
    mobile = OTHER_NUMBER if press.play == OTHER_MOBILE else session.mobile
    exchange = program.begin(_keyed(session), mobile, play=press.play)
    if not exchange.is_good:
        return Turn(replace(session, id_number="", visit_code=""), press.keyed, exchange=exchange)
    needed = bool(exchange.told["fingerprint_needed"])
    return Turn(replace(with_code(session, exchange), fingerprint_needed=needed, step="code"))


def _keyed(session: CardSession) -> dict[str, str]:
    return {"visit_code": session.visit_code} if session.visit_code else {"id_number": session.id_number}


def _code(session: CardSession, press: Press) -> Turn[CardSession]:
    if press.key == "again":
        return sent_again(session, program.send_again(session.reference))

    def then(code: str) -> Turn[CardSession]:
        if session.fingerprint_needed and press.play != NO_FINGER:
            return Turn(replace(session, code=code, step="hand"))
        return _confirmed(session, program.confirm(session.reference, code, play=press.play))

    return entered(session, press, CodeField(), then, {WRONG_CODE: WRONG_DIGITS})


def _hand(session: CardSession, press: Press) -> Turn[CardSession]:
    is_known = press.key in (RIGHT, LEFT)
    return Turn(replace(session, finger=press.key, step="finger")) if is_known else Turn(session)


def _finger(session: CardSession, press: Press) -> Turn[CardSession]:
    if press.key in ("code", "hand"):
        return Turn(replace(session, step=press.key))
    if press.key not in (MATCHED, NOT_MATCHED) and not press.play:
        return Turn(session)
    found = {session.finger: NOT_MATCHED if press.key == NOT_MATCHED else MATCHED}
    exchange = program.confirm_with_finger(
        session.reference, session.code, keyed=_keyed(session), found=found, play=press.play
    )
    if exchange.problem_type == "code-wrong":
        # The portal has the finger: only the code is asked for again.
        return Turn(replace(session, step="code", fingerprint_needed=False), exchange=exchange)
    return _confirmed(session, exchange)


def _confirmed(session: CardSession, exchange: Exchange) -> Turn[CardSession]:
    if not exchange.is_good:
        return Turn(session, exchange=exchange)
    return Turn(replace(session, code="", step="done", is_replay=exchange.is_replay))


def _facts(session: CardSession) -> dict[str, Any]:
    own = {"service": _SERVICES.get(session.purpose, ""), "services": _SERVICES.items(), "signs": VISIT_CODE_SIGNS}
    return {**of_service(session), **own}


def _plays(session: CardSession) -> tuple[str, ...]:
    match session.step:
        case "id_number" | "visit_code":
            return (OTHER_MOBILE, *_OF_CALLS)
        case "code":
            return (WRONG_CODE, NO_FINGER) if session.fingerprint_needed else (WRONG_CODE, *_OF_CALLS)
        case "finger":
            return (*_OF_FINGERS, *_OF_CALLS)
        case _other:
            return ()


_ATM = Place(
    Memory("demo_atm", CardSession, seconds=300),
    {
        "language": _language,
        "pin": _pin,
        "menu": _menu,
        "services": _services,
        "id_number": _id_number,
        "visit_code": _visit_code,
        "code": _code,
        "hand": _hand,
        "finger": _finger,
        "done": stays,
    },
    plays=_plays,
    facts=_facts,
    first_page="demo_atm",
    page="demo_atm_session",
    template="simulators/atm.html",
)
