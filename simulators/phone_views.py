"""The bank's telephone line: the caller hears (and here reads) what the voice says, and answers with the keys."""

from dataclasses import dataclass, replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.forms import CodeField, IdNumberField
from partners.words import Mode
from simulators import bank as program
from simulators.client import FORGED, LATE, TWICE
from simulators.client import OTHER_MOBILE as OTHER_NUMBER
from simulators.client import WRONG_CODE as WRONG_DIGITS
from simulators.forms import CallerForm
from simulators.places import (
    OTHER_MOBILE,
    SERVICES,
    WRONG_CODE,
    Memory,
    Place,
    Press,
    Turn,
    Visit,
    entered,
    national,
    numbers_of,
    of_service,
    sent_again,
    stays,
    with_code,
)

_DIGITS = (
    pgettext_lazy("spoken", "zero"), pgettext_lazy("spoken", "one"), pgettext_lazy("spoken", "two"),
    pgettext_lazy("spoken", "three"), pgettext_lazy("spoken", "four"), pgettext_lazy("spoken", "five"),
    pgettext_lazy("spoken", "six"), pgettext_lazy("spoken", "seven"), pgettext_lazy("spoken", "eight"),
    pgettext_lazy("spoken", "nine"),
)  # fmt: skip
_FRAME = {"bank": program.BANK, "channel": pgettext_lazy("at a bank", "Phone banking")}
_OF_CALLS = (FORGED, LATE, TWICE)
_PLAYS = {"numbers": (OTHER_MOBILE, *_OF_CALLS), "agreement": (WRONG_CODE, *_OF_CALLS)}
form_view = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True)
class Call(Visit):
    """`code` is what the caller keyed in and hears repeated before agreeing."""

    code: str = ""

    @property
    def national_mobile(self) -> str:
        return national(self.mobile)

    @property
    def spoken_id_number(self) -> str:
        return _spoken(self.id_number)

    @property
    def spoken_mobile(self) -> str:
        return _spoken(self.national_mobile)

    @property
    def spoken_code(self) -> str:
        return _spoken(self.code)


@never_cache
@form_view
def phone_banking(request: HttpRequest) -> HttpResponse:
    """The bank recognises a customer by the mobile that calls."""
    form = CallerForm(request.POST or None, initial=numbers_of(request.user))
    if request.method == "POST" and form.is_valid():
        return _LINE.go_on(Call(mobile=form.cleaned_data["mobile"], step="language"))
    return _LINE.memory.forget(render(request, "simulators/phone_banking.html", {"form": form, **_FRAME}))


@never_cache
@form_view
def phone_call(request: HttpRequest) -> HttpResponse:
    return _LINE.answer(request)


def _language(call: Call, press: Press) -> Turn[Call]:
    language = {"1": "ar", "2": "en"}.get(press.key, "")
    return Turn(replace(call, step="id_number"), language=language) if language else _not_a_choice(call)


def _id_number(call: Call, press: Press) -> Turn[Call]:
    return entered(call, press, IdNumberField(), lambda number: Turn(replace(call, id_number=number, step="menu")))


def _menu(call: Call, press: Press) -> Turn[Call]:
    if press.key == "1":
        return Turn(call, error=_("This demonstration holds no money. Press 2 for the portal's services."))
    return Turn(replace(call, step="services")) if press.key == "2" else _not_a_choice(call)


def _services(call: Call, press: Press) -> Turn[Call]:
    if press.key == "clear":
        return Turn(replace(call, step="menu"))
    chosen = dict(zip("123", SERVICES, strict=True)).get(press.key)
    return Turn(replace(call, purpose=chosen, step="numbers")) if chosen else _not_a_choice(call)


def _numbers(call: Call, press: Press) -> Turn[Call]:
    """The caller has heard both numbers."""
    if press.key == "2":
        return Turn(replace(call, id_number="", step="id_number"))
    if press.key != "1" and not press.play:
        return _not_a_choice(call)
    mobile = OTHER_NUMBER if press.play == OTHER_MOBILE else call.mobile
    exchange = program.begin(call.id_number, mobile, Mode.PHONE, play=press.play)
    return Turn(replace(with_code(call, exchange), step="code") if exchange.is_good else call, exchange=exchange)


def _code(call: Call, press: Press) -> Turn[Call]:
    if press.key == "again":
        return sent_again(call, program.send_again(call.reference))
    return entered(call, press, CodeField(), lambda code: Turn(replace(call, code=code, step="agreement")))


def _agreement(call: Call, press: Press) -> Turn[Call]:
    if press.key == "2":
        return Turn(replace(call, code="", step="code"))
    if press.key != "1" and not press.play:
        return _not_a_choice(call)
    code = WRONG_DIGITS if press.play == WRONG_CODE else call.code
    exchange = program.confirm(call.reference, code, play=press.play)
    if not exchange.is_good:
        return Turn(call, exchange=exchange)
    return Turn(replace(call, code="", step="done", is_replay=exchange.is_replay))


def _spoken(digits: str) -> str:
    """Digit by digit, as the voice says a number."""
    return " · ".join(str(_DIGITS[int(digit)]) for digit in digits)


def _not_a_choice(call: Call) -> Turn[Call]:
    return Turn(call, error=_("That key is none of the choices. Listen again."))


_LINE = Place(
    Memory("demo_phone_banking", Call, seconds=900),
    {
        "language": _language,
        "id_number": _id_number,
        "menu": _menu,
        "services": _services,
        "numbers": _numbers,
        "code": _code,
        "agreement": _agreement,
        "done": stays,
    },
    plays=lambda call: _PLAYS.get(call.step, ()),
    facts=lambda call: {**_FRAME, **of_service(call)},
    first_page="demo_phone_banking",
    page="demo_phone_call",
    template="simulators/phone_call.html",
)
