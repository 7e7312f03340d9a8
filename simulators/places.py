"""Somebody stands at a simulated place: a bank, a telephone line, a machine. What the place knows of its visitor stands sealed
in a cookie of its own: the portal's session ends with the activation."""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.forms import CharField, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

from core.sealed import Unreadable, seal, unseal
from core.text import compact_digits
from partners.words import Purpose
from simulators.client import FORGED, LATE, TWICE, Exchange
from simulators.devices import OTHER_READER, READ_BEFORE, SAME_COUNTER, STALE

_KEYED_AT_MOST = 20
OTHER_MOBILE, WRONG_CODE, NO_FINGER = "other_mobile", "wrong_code", "no_finger"
PLAYS: dict[str, Promise] = {
    OTHER_MOBILE: _("Another person's mobile number"),
    WRONG_CODE: _("Wrong code"),
    NO_FINGER: _("Without the fingerprint"),
    OTHER_READER: _("Fingerprint signed by another machine"),
    STALE: _("Fingerprint of ten minutes ago"),
    READ_BEFORE: _("Fingerprint that was sent before"),
    SAME_COUNTER: _("A counter that did not rise"),
    FORGED: _("Forged signature"),
    LATE: _("A call that comes two minutes late"),
    TWICE: _("The same call twice"),
}


@dataclass(frozen=True)
class Visit:
    """`purpose` is what was chosen from the menu, `reference` the portal's, of what was begun; `step` is where the visitor
    stands, at a place with one page for all."""

    id_number: str = ""
    mobile: str = ""
    step: str = ""
    reference: str = ""
    sent_to: str = ""
    code_reference: str = ""
    is_replay: bool = False
    purpose: str = ""


# What banks and ATMs call it. The portal judges what the account is in need of, whatever was chosen.
SERVICES: dict[str, Promise] = {
    Purpose.ACTIVATION: _("Activate account"),
    Purpose.LIFT_OF_PAUSE: _("Open a paused account"),
    Purpose.MOBILE_CHANGE: _("Confirm a new mobile number"),
}
_DONE: dict[str, Promise] = {
    Purpose.ACTIVATION: _("The account is activated"),
    Purpose.LIFT_OF_PAUSE: _("The account is open again"),
    Purpose.MOBILE_CHANGE: _("The new mobile number is confirmed"),
}


def offered(*plays: str) -> list[tuple[str, Promise]]:
    """Failures, each with its words, as pages offer them."""
    return [(play, PLAYS[play]) for play in plays]


def of_service(visit: Visit) -> dict[str, str | Promise]:
    """Its name in the menu, and what stands there in the end."""
    purpose = visit.purpose or Purpose.ACTIVATION
    return {"service": SERVICES.get(purpose, ""), "outcome": _DONE.get(purpose, "")}


V = TypeVar("V", bound=Visit)


def with_code(visit: V, exchange: Exchange) -> V:
    """The portal has sent a code."""
    told = {name: str(exchange.told.get(name, "")) for name in ("reference", "sent_to", "code_reference")}
    return replace(visit, **told, is_replay=exchange.is_replay)


@dataclass(frozen=True)
class Memory(Generic[V]):
    """`seconds` after the visitor's last step the place has forgotten them, whatever the browser kept."""

    cookie: str
    kind: type[V]
    seconds: int

    def keep(self, response: HttpResponse, visit: V) -> HttpResponse:
        response.set_cookie(
            self.cookie, seal(json.dumps({"at": time.time()} | asdict(visit))), max_age=self.seconds,
            secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax",
        )  # fmt: skip
        return response

    def recall(self, request: HttpRequest) -> V | None:
        try:
            known = json.loads(unseal(request.COOKIES.get(self.cookie, "")))
        except Unreadable:
            return None
        return self.kind(**known) if time.time() - known.pop("at") <= self.seconds else None

    def forget(self, response: HttpResponse) -> HttpResponse:
        response.delete_cookie(self.cookie, samesite="Lax")
        return response


@dataclass(frozen=True)
class Press:
    """What a visitor pressed: a key or a choice, with the digits that stood on the screen already, or a failure to play."""

    key: str
    keyed: str
    play: str

    @classmethod
    def of(cls, request: HttpRequest) -> "Press":
        said = request.POST
        keyed = compact_digits(said.get("keyed", ""))[:_KEYED_AT_MOST].upper()
        return cls(said.get("key", ""), keyed, said.get("play", ""))

    @property
    def is_entered(self) -> bool:
        """Whether the digits are complete. What plays a failure enters them, too."""
        return self.key == "enter" or bool(self.play)

    def on_screen(self) -> str:
        """The digits after a key that is none of the choices."""
        if self.key == "clear":
            return ""
        is_sign = len(self.key) == 1 and self.key.isalnum()
        return (self.keyed + self.key.upper())[:_KEYED_AT_MOST] if is_sign else self.keyed


@dataclass(frozen=True)
class Turn(Generic[V]):
    """What a press led to. `shown` stands on the page this once and is kept nowhere."""

    visit: V
    keyed: str = ""
    error: str = ""
    exchange: Exchange | None = None
    language: str = ""
    shown: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_refused(self) -> bool:
        return self.exchange is not None and not self.exchange.is_good


def sent_again(visit: V, exchange: Exchange) -> Turn[V]:
    return Turn(with_code(visit, exchange) if exchange.is_good else visit, exchange=exchange)


def entered(
    visit: V, press: Press, field: CharField, then: Callable[[str], Turn[V]], played: Mapping[str, str] = {}
) -> Turn[V]:
    """What is keyed in stands on the screen until it is complete; the field judges it, and `then` goes on with it. A failure of
    `played` enters something else."""
    if not press.is_entered:
        return Turn(visit, press.on_screen())
    try:
        typed = field.clean(played.get(press.play, press.keyed))
    except ValidationError as error:
        return Turn(visit, press.keyed, str(error.messages[0]))
    return then(typed)


def stays(visit: V, press: Press) -> Turn[V]:
    """No press leads on from here."""
    return Turn(visit)


@dataclass(frozen=True)
class Place(Generic[V]):
    """A place with a first page, which forgets whoever was there before, and one page for all steps of a visit.
    `plays` names the failures to offer at a visitor's step, `facts` is what else its page shows."""

    memory: Memory[V]
    steps: Mapping[str, Callable[[V, Press], Turn[V]]]
    plays: Callable[[V], Iterable[str]]
    first_page: str
    page: str
    template: str
    facts: Callable[[V], dict[str, Any]] = lambda visit: {}

    def answer(self, request: HttpRequest) -> HttpResponse:
        visit = self.memory.recall(request)
        if visit is None:
            return redirect(self.first_page)
        if request.method != "POST":
            return self._shown(request, Turn(visit))
        turn = self.steps[visit.step](visit, Press.of(request))
        if turn.shown:
            return self.memory.forget(self._shown(request, turn))
        if turn.visit == visit or turn.is_refused:
            return self.memory.keep(self._shown(request, turn), turn.visit)
        return self.go_on(turn.visit, turn.language)

    def go_on(self, visit: V, language: str = "") -> HttpResponse:
        with override(language or get_language()):
            return self.memory.keep(redirect(self.page), visit)

    def _shown(self, request: HttpRequest, turn: Turn[V]) -> HttpResponse:
        visit = turn.visit
        frame = {"visit": visit, "turn": turn, "step": visit.step, "plays": offered(*self.plays(visit))}
        return render(request, self.template, frame | self.facts(visit) | about(turn.exchange))


def about(exchange: Exchange | None) -> dict[str, Any]:
    """For the piece of a page that tells a problem."""
    if exchange is None:
        return {}
    return {"exchange": exchange, "problem": exchange.problem(get_language() or "ar")}


def numbers_of(user: Any) -> dict[str, str]:
    """Whoever is signed in to the portal in this browser finds their numbers filled in."""
    if not user.is_authenticated or user.is_staff:
        return {}
    return {"id_number": user.id_number, "mobile": national(user.mobile)}


def national(mobile: str) -> str:
    return f"0{mobile.removeprefix('+966')}" if mobile else ""
