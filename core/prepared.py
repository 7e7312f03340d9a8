"""Queries the ORM writes once a process: where one is asked all the time, writing it costs more than asking it.

What changes from one execution to the next stands in it as `Given`:

    LIVING = Select(Session.objects.filter(session_key=Given("key")))
    LIVING.first(key="…")
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import connection, models
from django.db.models import Expression
from django.db.models.query import get_related_populators
from django.db.models.sql import UpdateQuery

_Row = TypeVar("_Row", bound=models.Model, covariant=True)


class Given(Expression):
    """Stands for what `first`, `run` or `take` is called with under this name: text, numbers, or what else the driver takes."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", [self]


class Select(Generic[_Row]):
    """Reads at most one of `rows`, with its annotations and what `select_related` names."""

    def __init__(self, rows: models.QuerySet[_Row]) -> None:
        self._rows = rows

    def first(self, **given: object) -> _Row | None:
        sql, values, columns = self._written
        with connection.cursor() as cursor:
            cursor.execute(sql, _filled(values, given))
            return columns.made(cursor.fetchone())

    @cached_property
    def _written(self) -> tuple[str, Sequence[Any], "_Columns[_Row]"]:
        compiler: Any = self._rows[:1].query.get_compiler(connection=connection)
        sql, values = compiler.as_sql()
        columns = [column for column, _sql, _alias in compiler.select]
        own = len(compiler.klass_info["select_fields"])
        # The stubs are those of a newer Django.
        related = get_related_populators(compiler.klass_info, compiler.select, connection.alias)  # type: ignore[call-arg]
        return sql, values, _Columns(self._rows.model, columns, own, list(compiler.annotation_col_map), related)


class Update(Generic[_Row]):
    """Writes `facts` into `rows`."""

    def __init__(self, rows: models.QuerySet[_Row], **facts: Any) -> None:
        self._rows, self._facts = rows, facts

    def run(self, **given: object) -> int:
        """How many rows were written."""
        sql, values = self._written
        with connection.cursor() as cursor:
            cursor.execute(sql, _filled(values, given))
            return int(cursor.rowcount)

    def take(self, **given: object) -> _Row | None:
        """The row that was written, as it is now; `rows` are one at most."""
        sql, values = self._written
        returning, columns = self._returned
        with connection.cursor() as cursor:
            cursor.execute(f"{sql} {returning}", _filled(values, given))
            return columns.made(cursor.fetchone())

    @cached_property
    def _written(self) -> tuple[str, Sequence[Any]]:
        update: Any = self._rows.query.chain(UpdateQuery)
        update.add_update_values(self._facts)
        sql, values = update.get_compiler(connection=connection).as_sql()
        return sql, values

    @cached_property
    def _returned(self) -> tuple[str, "_Columns[_Row]"]:
        model = self._rows.model
        names = [connection.ops.quote_name(str(field.column)) for field in model._meta.concrete_fields]
        columns = [field.get_col(model._meta.db_table) for field in model._meta.concrete_fields]
        return f"RETURNING {', '.join(names)}", _Columns(model, columns, len(columns))


class _Columns(Generic[_Row]):
    """From a row of the database to one of the model: its `own` fields, then `annotations`, then rows related to it."""

    def __init__(
        self,
        model: type[_Row],
        columns: Sequence[Any],
        own: int,
        annotations: Sequence[str] = (),
        related: Sequence[Any] = (),
    ) -> None:
        self._model, self._annotations, self._related = model, annotations, related
        self._names = [column.target.attname for column in columns[:own]]
        self._converters = [
            (place, column, convert)
            for place, column in enumerate(columns)
            for convert in (*connection.ops.get_db_converters(column), *column.get_db_converters(connection))
        ]

    def made(self, found: Sequence[Any] | None) -> _Row | None:
        if found is None:
            return None
        values = list(found)
        for place, column, convert in self._converters:
            values[place] = convert(values[place], column, connection)
        row = self._model.from_db(connection.alias, self._names, values[: len(self._names)])
        # What follows the annotations belongs to related rows.
        for name, value in zip(self._annotations, values[len(self._names) :], strict=False):
            setattr(row, name, value)
        for populator in self._related:
            populator.populate(values, row)
        return row


def _filled(values: Iterable[Any], given: Mapping[str, object]) -> list[Any]:
    """Raises KeyError for a value that was not given."""
    return [given[value.name] if isinstance(value, Given) else value for value in values]
