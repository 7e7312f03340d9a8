"""People who register and sign in without pause, and what became of each page and each code they waited for."""

import http.client
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from itertools import count
from statistics import quantiles

from django.db import DatabaseError, connection

from bench.client import Client, address_of
from bench.registrations import register, sign_in, username_of
from chaos.operators import Operator

# A phone gets a code a minute (security.md).
_PATIENCE_SECONDS = _SIGNS_IN_AFTER_SECONDS = 60
_VISITORS, _REST_SECONDS = 6, 0.3


@dataclass
class Round:
    """What happened to those who came during it. `broken` are pages without an answer, or with one that leads nowhere."""

    pages_ms: list[float] = field(default_factory=list)
    turned_away: int = 0
    broken: list[str] = field(default_factory=list)
    registered: int = 0
    signed_in: int = 0
    codes_waited_s: list[float] = field(default_factory=list)
    codes_lost: int = 0
    under_way: set[int] = field(default_factory=set)

    @property
    def p99_ms(self) -> float:
        return quantiles(self.pages_ms, n=100)[98] if len(self.pages_ms) > 1 else 0.0


class TurnedAway(Exception):
    """The portal's own page for a fault, which says when to come back."""


class CodeLost(Exception):
    pass


class Visitors:
    def __init__(self, port: int, people: list[str], operators: tuple[Operator, Operator]) -> None:
        self.port, self.people, self.operators = port, people, operators
        self.round = Round()
        # Of all rounds: an event and whose it is (the username), in the order in which a page said that it was done.
        self.told: list[tuple[str, str]] = []
        # Numbers, and since when they have an account.
        self._registered: deque[tuple[int, float]] = deque()
        self._turn, self._stopped = count(), threading.Event()
        self._threads = [threading.Thread(target=self._keep_coming, daemon=True) for _ in range(_VISITORS)]
        for thread in self._threads:
            thread.start()

    def begin_round(self) -> Round:
        self.round = Round()
        return self.round

    def wait_for(self, seen: Round) -> None:
        """Until everybody who came then has what they came for, or has given up."""
        while seen.under_way:
            time.sleep(0.1)

    def wait_until_some_can_sign_in(self) -> None:
        time.sleep(_SIGNS_IN_AFTER_SECONDS)

    def stop(self) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join(_PATIENCE_SECONDS)

    def _keep_coming(self) -> None:
        while not self._stopped.wait(_REST_SECONDS):
            turn, seen = next(self._turn), self.round
            seen.under_way.add(turn)
            try:
                self._visit(turn, seen)
            except TurnedAway:
                seen.turned_away += 1
            except CodeLost:
                seen.codes_lost += 1
            except DatabaseError:  # the visitor's own look at the image's answer
                connection.close()
            except (OSError, http.client.HTTPException, SystemExit, AssertionError) as error:
                seen.broken.append(f"{type(error).__name__}: {error}")
            finally:
                seen.under_way.discard(turn)

    def _visit(self, turn: int, seen: Round) -> None:
        """Every third one signs in, as soon as somebody may have a second code."""
        number = self._registered_a_while_ago() if turn % 3 == 0 else None
        browser = _Browser(self, turn, seen)
        if number is None:
            register(browser, self.people[turn], turn, browser.text_for)
            self.told.append(("registration_finished", username_of(turn)))
            self._registered.append((turn, time.monotonic()))
            seen.registered += 1
        else:
            browser.forget_texts(number)
            sign_in(browser, number, browser.text_for)
            self.told.append(("signed_in", username_of(number)))
            seen.signed_in += 1

    def _registered_a_while_ago(self) -> int | None:
        try:
            number, at = self._registered.popleft()
        except IndexError:
            return None
        if time.monotonic() - at > _SIGNS_IN_AFTER_SECONDS:
            return number
        self._registered.appendleft((number, at))
        return None

    def is_stopped(self) -> bool:
        return self._stopped.is_set()


class _Browser(Client):
    def __init__(self, visitors: Visitors, turn: int, seen: Round) -> None:
        super().__init__(visitors.port, address_of(turn))
        self.visitors, self.seen = visitors, seen

    def text_for(self, mobile: str) -> str:
        began = time.monotonic()
        while not (text := self._newest_text(mobile)):
            if time.monotonic() - began > _PATIENCE_SECONDS or self.visitors.is_stopped():
                raise CodeLost
            time.sleep(0.05)
        self.seen.codes_waited_s.append(time.monotonic() - began)
        return text

    def forget_texts(self, number: int) -> None:
        for operator in self.visitors.operators:
            operator.texts.pop(f"+9665{number:08}", None)

    def _newest_text(self, mobile: str) -> str:
        return next((found for operator in self.visitors.operators if (found := operator.texts.get(mobile))), "")

    def _ask(self, method: str, path: str, body: str | None) -> tuple[str, str]:
        began = time.monotonic()
        answer = super()._ask(method, path, body)
        self.seen.pages_ms.append((time.monotonic() - began) * 1000)
        if self.status == 503:
            raise TurnedAway
        return answer
