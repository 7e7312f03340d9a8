"""State machines as tables of moves. A move is one conditional UPDATE: of two racers one wins."""

from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import models

from core.prepared import Update

_Row = TypeVar("_Row", bound=models.Model, covariant=True)


@dataclass(frozen=True)
class Move:
    name: str
    sources: tuple[str, ...]
    target: str


class MoveRefused(Exception):
    """The row was no longer in a state from which this move goes: somebody else was first."""


class StatefulQuerySet(models.QuerySet[_Row]):
    """For models whose state lives in a column called `state`."""

    def move(self, move: Move, **facts: Any) -> int:
        """How many rows made the move; `facts` are written in the same UPDATE."""
        return self.filter(state__in=move.sources).update(state=move.target, **facts)

    def prepared(self, move: Move, **facts: Any) -> Update[_Row]:
        """The move as an `Update`, whose condition and facts may hold `Given`s; it takes `waits_for_disk`, too."""
        return Update(self.filter(state__in=move.sources), state=move.target, **facts)

    def move_one(self, move: Move, pk: int, **facts: Any) -> None:
        """Raises MoveRefused when the row could not make the move."""
        if not self.filter(pk=pk).move(move, **facts):
            raise MoveRefused(move.name)
