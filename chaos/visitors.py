"""People who register without pause, and what became of each page and each code they waited for."""

import http.client
import threading
import time
from dataclasses import dataclass, field
from itertools import count
from statistics import quantiles

from django.db import DatabaseError, connection

from bench.client import Client
from bench.registrations import register
from chaos.operators import Operator

_PATIENCE_SECONDS = 60
_VISITORS, _REST_SECONDS = 6, 0.3


@dataclass
class Round:
    """`broken` are pages without an answer, or with one that leads nowhere."""

    pages_ms: list[float] = field(default_factory=list)
    turned_away: int = 0
    broken: list[str] = field(default_factory=list)
    finished: int = 0
    codes_waited_s: list[float] = field(default_factory=list)
    codes_lost: int = 0

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
        self._turn, self._stopped = count(), threading.Event()
        self._threads = [threading.Thread(target=self._keep_coming, daemon=True) for _ in range(_VISITORS)]
        for thread in self._threads:
            thread.start()

    def begin_round(self) -> Round:
        self.round = Round()
        return self.round

    def stop(self) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join(_PATIENCE_SECONDS)

    def _keep_coming(self) -> None:
        while not self._stopped.wait(_REST_SECONDS):
            number = next(self._turn)
            try:
                register(_Browser(self, number), self.people[number], number, self._text_for)
                self.round.finished += 1
            except TurnedAway:
                self.round.turned_away += 1
            except CodeLost:
                self.round.codes_lost += 1
            except DatabaseError:  # the visitor's own look at the image's answer
                connection.close()
            except (OSError, http.client.HTTPException, SystemExit, AssertionError) as error:
                self.round.broken.append(f"{type(error).__name__}: {error}")

    def _text_for(self, mobile: str) -> str:
        began = time.monotonic()
        while not (text := self.operators[0].texts.get(mobile) or self.operators[1].texts.get(mobile)):
            if time.monotonic() - began > _PATIENCE_SECONDS or self._stopped.is_set():
                raise CodeLost
            time.sleep(0.05)
        self.round.codes_waited_s.append(time.monotonic() - began)
        return text


class _Browser(Client):
    def __init__(self, visitors: Visitors, number: int) -> None:
        super().__init__(visitors.port, address=f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}")
        self.visitors = visitors

    def _ask(self, method: str, path: str, body: str | None) -> tuple[str, str]:
        began = time.monotonic()
        answer = super()._ask(method, path, body)
        self.visitors.round.pages_ms.append((time.monotonic() - began) * 1000)
        if self.status == 503:
            raise TurnedAway
        return answer
