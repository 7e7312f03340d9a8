"""Queries the ORM writes once a process: where one is asked all the time, writing it costs more than asking it.

What changes from one execution to the next stands in it as `Given`:

    LIVING = Select(Session.objects.filter(session_key=Given("key")))
    LIVING.first(key="…")
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import InterfaceError, OperationalError, connection, models
from django.db.models import Expression
from django.db.models.query import get_related_populators
from django.db.models.sql import DeleteQuery, UpdateQuery

_Row = TypeVar("_Row", bound=models.Model, covariant=True)


class Given(Expression):
    """Stands for what `first`, `run` or `take` is called with under this name: text, numbers, or what else the driver takes."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", [self]


class Select(Generic[_Row]):
    """Reads at most one of `rows`, with its annotations and the rows it selects as related."""

    def __init__(self, rows: models.QuerySet[_Row]) -> None:
        self._rows = rows

    def first(self, **given: object) -> _Row | None:
        sql, values, columns = self._written
        return columns.made(_fetched(sql, _filled(values, given)))

    @cached_property
    def _written(self) -> tuple[str, Sequence[Any], "_Columns[_Row]"]:
        compiler: Any = self._rows[:1].query.get_compiler(connection=connection)
        sql, values = compiler.as_sql()
        columns = [column for column, _sql, _alias in compiler.select]
        fields = len(compiler.klass_info["select_fields"])
        related = get_related_populators(compiler.klass_info, compiler.select, connection.alias)  # type: ignore[call-arg]
        return sql, values, _Columns(self._rows.model, columns, fields, list(compiler.annotation_col_map), related)


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


class Delete(Generic[_Row]):
    """Removes `rows` and nothing else: for rows that no other row names."""

    def __init__(self, rows: models.QuerySet[_Row]) -> None:
        self._rows = rows

    def run(self, **given: object) -> int:
        """How many rows there were."""
        sql, values = self._written
        with connection.cursor() as cursor:
            cursor.execute(sql, _filled(values, given))
            return int(cursor.rowcount)

    @cached_property
    def _written(self) -> tuple[str, Sequence[Any]]:
        return self._rows.query.chain(DeleteQuery).get_compiler(connection=connection).as_sql()


class _Columns(Generic[_Row]):
    """From a row of the database to one of the model: its `fields` come first, then `annotations`, then `related` rows."""

    def __init__(
        self,
        model: type[_Row],
        columns: Sequence[Any],
        fields: int,
        annotations: Sequence[str] = (),
        related: Sequence[Any] = (),
    ) -> None:
        self._model, self._annotations, self._related = model, annotations, related
        self._names = [column.target.attname for column in columns[:fields]]
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
        for place, name in enumerate(self._annotations, len(self._names)):
            setattr(row, name, values[place])
        for populator in self._related:
            populator.populate(values, row)
        return row


def _fetched(sql: str, values: Sequence[Any]) -> Sequence[Any] | None:
    """The first row. A connection that was kept since the request before may be broken: what only reads finds that out by
    itself, and is asked again on a new one."""
    may_be_broken = _skip_health_check()
    try:
        return _asked(sql, values)
    except (OperationalError, InterfaceError):
        if not may_be_broken or connection.is_usable():
            raise
        connection.close()
        return _asked(sql, values)


def _skip_health_check() -> bool:
    """Whether Django would have sent a statement of its own before this one (CONN_HEALTH_CHECKS)."""
    kept: Any = connection
    is_due = kept.connection is not None and kept.health_check_enabled and not kept.health_check_done
    if not is_due or kept.in_atomic_block:
        return False
    kept.health_check_done = True
    return True


def _asked(sql: str, values: Sequence[Any]) -> Sequence[Any] | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found: Sequence[Any] | None = cursor.fetchone()
        return found


def _filled(values: Iterable[Any], given: Mapping[str, object]) -> list[Any]:
    """Raises KeyError for a value that was not given."""
    return [given[value.name] if isinstance(value, Given) else value for value in values]
