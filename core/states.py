"""State machines as tables of moves. A move is one conditional UPDATE: of two racers one wins."""

from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import connection, models
from django.db.models.sql import UpdateQuery

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

    def take(self, move: Move, **facts: Any) -> _Row | None:
        """Moves one row and reads it, in one statement; `self` selects at most one. None when it could not be moved."""
        rows = self.filter(state__in=move.sources)
        update: Any = rows.query.chain(UpdateQuery)
        update.add_update_values({"state": move.target, **facts})
        sql, values = update.get_compiler(self.db).as_sql()
        columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in self.model._meta.concrete_fields)
        return next(iter(self.raw(f"{sql} RETURNING {columns}", values)), None)

    def move_one(self, move: Move, pk: int, **facts: Any) -> None:
        """Raises MoveRefused when the row could not make the move."""
        if not self.filter(pk=pk).move(move, **facts):
            raise MoveRefused(move.name)
