"""The demonstration's kiosk: a full screen to touch, two languages, two fingers. It forgets whoever was there before."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.forms import CodeField, IdNumberField, MobileField
from partners.words import Purpose
from simulators import kiosk as program
from simulators.client import FORGED, LATE, TWICE, Exchange
from simulators.client import OTHER_MOBILE as OTHER_NUMBER
from simulators.client import WRONG_CODE as WRONG_DIGITS
from simulators.devices import (
    LEFT,
    MATCHED,
    NOT_MATCHED,
    OTHER_READER,
    READ_BEFORE,
    RIGHT,
    SAME_COUNTER,
    STALE,
    TAKEN,
)
from simulators.forms import VISIT_CODE_SIGNS, VisitCodeField
from simulators.places import (
    OTHER_MOBILE,
    WRONG_CODE,
    Memory,
    Place,
    Press,
    Turn,
    Visit,
    entered,
    sent_again,
    stays,
    with_code,
)

SERVICES: dict[Purpose, Promise] = {
    Purpose.ACTIVATION: _("Activate account"),
    Purpose.MOBILE_CHANGE: _("Change the mobile number"),
    Purpose.PASSWORD_RESET: _("A new password"),
    Purpose.PAUSE: _("Pause the account"),
    Purpose.LIFT_OF_PAUSE: _("Open a paused account"),
}
_WITH_VISIT_CODE = (Purpose.ACTIVATION, Purpose.LIFT_OF_PAUSE)
_WITHOUT_MOBILE = (Purpose.PASSWORD_RESET, Purpose.PAUSE)
_STAGES = (_("ID number"), _("Fingerprint"), _("Mobile number"), _("Code"))
_STAGE_OF = {"id_number": 1, "right": 2, "left": 2, "mobile": 3, "visit_code": 3, "consent": 3, "code": 4}
_OF_CALLS = (SAME_COUNTER, FORGED, LATE, TWICE)
_OF_FINGERS = (OTHER_READER, STALE, READ_BEFORE)
_PLAYS = {
    "mobile": (OTHER_MOBILE, *_OF_FINGERS, *_OF_CALLS),
    "visit_code": (*_OF_FINGERS, *_OF_CALLS),
    "consent": (*_OF_FINGERS, *_OF_CALLS),
    "code": (WRONG_CODE, *_OF_CALLS),
}
_WIPED_AFTER_SECONDS = 60
# What a step takes at most: longer than the screen stays untouched, and whoever kept the cookie has nothing.
_STEP_SECONDS = 180
form_view = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True)
class KioskVisit(Visit):
    """`right` and `left`: what the reader found."""

    right: str = ""
    left: str = ""


@never_cache
@form_view
def kiosk(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _KIOSK.go_on(KioskVisit(step="services"))
    return _KIOSK.memory.forget(render(request, "simulators/kiosk.html", {"step": "start", "kiosk": program.MACHINE}))


@never_cache
@form_view
def kiosk_visit(request: HttpRequest) -> HttpResponse:
    return _KIOSK.answer(request)


def _services(visit: KioskVisit, press: Press) -> Turn[KioskVisit]:
    return Turn(replace(visit, purpose=press.key, step="id_number")) if press.key in list(SERVICES) else Turn(visit)


def _id_number(visit: KioskVisit, press: Press) -> Turn[KioskVisit]:
    return entered(visit, press, IdNumberField(), lambda number: Turn(replace(visit, id_number=number, step="right")))


def _right(visit: KioskVisit, press: Press) -> Turn[KioskVisit]:
    return Turn(replace(visit, right=press.key, step="left")) if _is_read(press) else Turn(visit)


def _left(visit: KioskVisit, press: Press) -> Turn[KioskVisit]:
    following = "consent" if visit.purpose in _WITHOUT_MOBILE else "mobile"
    return Turn(replace(visit, left=press.key, step=following)) if _is_read(press) else Turn(visit)


def _mobile(visit: KioskVisit, press: Press) -> Turn[KioskVisit]:
    if press.key == "fingers":
        return _read_again(visit)
    if press.key == "visit_code" and visit.purpose in _WITH_VISIT_CODE:
        return Turn(replace(visit, step="visit_code"))
    played = {OTHER_MOBILE: OTHER_NUMBER}
    return entered(visit, press, MobileField(), lambda mobile: _begun(visit, mobile, press), played)


def _visit_code(visit: KioskVisit, press: Press) -> Turn[KioskVisit]:
    """In the place of a mobile number, for who began on the portal."""
    if press.key == "mobile":
        return Turn(replace(visit, step="mobile"))
    return entered(visit, press, VisitCodeField(), lambda code: _begun(visit, "", press, visit_code=code))


def _consent(visit: KioskVisit, press: Press) -> Turn[KioskVisit]:
    """In the place of a mobile number, for what needs none."""
    if press.key == "fingers":
        return _read_again(visit)
    return _begun(visit, "", press) if press.is_entered else Turn(visit)


def _code(visit: KioskVisit, press: Press) -> Turn[KioskVisit]:
    if press.key == "again":
        return sent_again(visit, program.send_again(visit.reference))
    return entered(visit, press, CodeField(), lambda code: _confirmed(visit, press, code), {WRONG_CODE: WRONG_DIGITS})


def _confirmed(visit: KioskVisit, press: Press, code: str) -> Turn[KioskVisit]:
    exchange = program.confirm(visit.reference, code, play=press.play)
    if exchange.is_good:
        return _done_with(visit, exchange)
    # The keys go on to the next try after a wrong code, as at any machine.
    return Turn(visit, "" if exchange.problem_type == "code-wrong" else press.keyed, exchange=exchange)


def _begun(visit: KioskVisit, mobile: str, press: Press, visit_code: str = "") -> Turn[KioskVisit]:
    found, who = {RIGHT: visit.right, LEFT: visit.left}, {"mobile": mobile, "visit_code": visit_code}
    exchange = program.begin(Purpose(visit.purpose), visit.id_number, who, found, play=press.play)
    if not exchange.is_good:
        return Turn(visit, press.keyed, exchange=exchange)
    step = "done" if exchange.told["state"] == "done" else "code"
    return Turn(replace(with_code(visit, exchange), step=step))


def _read_again(visit: KioskVisit) -> Turn[KioskVisit]:
    return Turn(replace(visit, right="", left="", step="right"))


def _done_with(visit: KioskVisit, exchange: Exchange) -> Turn[KioskVisit]:
    """A new password stands on the screen once; nothing keeps it."""
    shown = {name: str(exchange.told[name]) for name in ("username", "temporary_password") if exchange.told.get(name)}
    return Turn(replace(visit, step="done", is_replay=exchange.is_replay), shown=shown)


def _is_read(press: Press) -> bool:
    return press.key in (MATCHED, NOT_MATCHED, TAKEN)


def _facts(visit: KioskVisit) -> dict[str, Any]:
    """Services without a mobile number agree at the third stage instead."""
    stages = [*_STAGES]
    if visit.purpose in _WITHOUT_MOBILE:
        stages[2:] = [_("Agree")] if visit.purpose == Purpose.PAUSE else [_("Agree"), _("Code")]
    return {
        "services": SERVICES.items(),
        "service": SERVICES.get(Purpose(visit.purpose)) if visit.purpose else "",
        "stages": stages,
        "has_visit_code": visit.purpose in _WITH_VISIT_CODE,
        "signs": VISIT_CODE_SIGNS,
        "stage": _STAGE_OF.get(visit.step),
        "wiped_after_seconds": _WIPED_AFTER_SECONDS,
    }


def _plays(visit: KioskVisit) -> Iterable[str]:
    """A new mobile is nobody's yet."""
    offered = _PLAYS.get(visit.step, ())
    return [play for play in offered if play != OTHER_MOBILE or visit.purpose != Purpose.MOBILE_CHANGE]


_KIOSK = Place(
    Memory("demo_kiosk", KioskVisit, _STEP_SECONDS),
    {
        "services": _services,
        "id_number": _id_number,
        "right": _right,
        "left": _left,
        "mobile": _mobile,
        "visit_code": _visit_code,
        "consent": _consent,
        "code": _code,
        "done": stays,
    },
    plays=_plays,
    facts=_facts,
    first_page="demo_kiosk",
    page="demo_kiosk_visit",
    template="simulators/kiosk.html",
)
