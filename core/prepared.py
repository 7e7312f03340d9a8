"""Queries the ORM writes once a process: where one is asked all the time, writing it costs more than asking it.

What changes from one execution to the next stands in it as `Given`:

    LIVING = Select(Session.objects.filter(session_key=Given("key")))
    LIVING.first(key="…")

PostgreSQL, for its part, reads and plans each of them once a connection (PREPARE), and is told the values afterwards.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from itertools import count
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from django.db import InterfaceError, NotSupportedError, OperationalError, connection, connections, models
from django.db.models import Expression
from django.db.models.constants import OnConflict
from django.db.models.query import get_related_populators
from django.db.models.sql import DeleteQuery, InsertQuery, UpdateQuery
from psycopg2.extensions import AsIs

_Row = TypeVar("_Row", bound=models.Model, covariant=True)
_New = TypeVar("_New", bound=models.Model)
_Told = TypeVar("_Told")


class Given(Expression):
    """Stands for what `first`, `run` or `take` is called with under this name: text, numbers, or what else the driver takes."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", [self]


class Statement:
    """SQL whose text does not change; of its `values`, those that do are `Given`.

    Without `waits_for_disk`, PostgreSQL answers the commit of a transaction of its own before the disk has it. Commits reach
    the disk in their order: whatever is committed after it, and waited for, is never kept without it. So this is for what is
    of use only together with such a later commit, made before anybody is answered, or is easily done again after a crash."""

    _numbers = count(1)
    # What each connection of the process has been told to prepare.
    _prepared: "WeakKeyDictionary[Any, set[str]]" = WeakKeyDictionary()

    def __init__(self, sql: str, values: Sequence[Any], *, waits_for_disk: bool = True) -> None:
        self._sql, self._values, self._waits_for_disk = sql, values, waits_for_disk
        self._names = [value.name for value in values if isinstance(value, Given)]
        self._number = next(self._numbers)

    def run_by(self, cursor: Any, given: Mapping[str, object]) -> None:
        """Raises KeyError for a value that was not given."""
        if cursor.db.vendor != "postgresql":
            cursor.execute(self._sql, [given[v.name] if isinstance(v, Given) else v for v in self._values])
            return
        values = [given[name] for name in self._names]
        try:
            self._run_prepared(cursor, values)
        except NotSupportedError:  # A migration has changed the type of a column since it was planned.
            self._number = next(self._numbers)
            if cursor.db.in_atomic_block:
                raise
            self._run_prepared(cursor, values)

    def fetch(self, given: Mapping[str, object]) -> Sequence[Any] | None:
        """The first of its rows."""
        return next(iter(self.fetch_all(given)), None)

    def fetch_all(self, given: Mapping[str, object]) -> Sequence[Sequence[Any]]:
        """The rows of what only reads, or may be done twice. A connection that was kept since the request before may be broken:
        such a statement finds that out by itself, and is asked again on a new one."""
        return _again_if_broken(partial(self._rows, given))

    def _rows(self, given: Mapping[str, object]) -> Sequence[Sequence[Any]]:
        with connection.cursor() as cursor:
            self.run_by(cursor, given)
            found: Sequence[Sequence[Any]] = cursor.fetchall()
            return found

    def _run_prepared(self, cursor: Any, values: Sequence[Any]) -> None:
        # Asked of the cursor: `connection` looks for the thread's own each time.
        database = cursor.db
        name, prepared = f"{self._label}_{self._number}", self._prepared.setdefault(database.connection, set())
        if name not in prepared:
            with database.wrap_database_errors:
                cursor.cursor.execute(f"PREPARE {name} AS {self._sql}", self._with_places)
            prepared.add(name)
        places = ", ".join(["%s"] * len(values))
        # A transaction in which more is done than this waits for all of it.
        ahead = "" if self._waits_for_disk or database.savepoint_ids else "SET LOCAL synchronous_commit TO off; "
        cursor.execute(f"{ahead}EXECUTE {name} ({places})" if values else f"{ahead}EXECUTE {name}", values)

    @cached_property
    def _label(self) -> str:
        """Says to whoever looks at what the database does what this is, for example `update_accounts_user`."""
        verb, table = self._sql.split(maxsplit=1)[0], re.findall(r'"(\w+)"', self._sql)[0]
        return f"{verb.lower()}_{table}"

    @cached_property
    def _with_places(self) -> list[Any]:
        places = count(1)
        return [AsIs(f"${next(places)}") if isinstance(value, Given) else value for value in self._values]


class Select(Generic[_Row]):
    """Reads `rows`, with their annotations and the rows they select as related."""

    def __init__(self, rows: models.QuerySet[_Row]) -> None:
        self._rows = rows

    def first(self, **given: object) -> _Row | None:
        statement, columns = self._one
        return columns.made(statement.fetch(given))

    def all(self, **given: object) -> list[_Row]:
        statement, columns = self._all
        return [row for found in statement.fetch_all(given) if (row := columns.made(found))]

    @cached_property
    def _one(self) -> tuple[Statement, "_Columns[_Row]"]:
        return self._written(self._rows[:1])

    @cached_property
    def _all(self) -> tuple[Statement, "_Columns[_Row]"]:
        return self._written(self._rows)

    def _written(self, rows: models.QuerySet[_Row]) -> tuple[Statement, "_Columns[_Row]"]:
        compiler: Any = rows.query.get_compiler(connection=connection)
        statement = Statement(*compiler.as_sql())
        columns = [column for column, _sql, _alias in compiler.select]
        fields = len(compiler.klass_info["select_fields"])
        related = get_related_populators(compiler.klass_info, compiler.select, connection.alias)  # type: ignore[call-arg]
        return statement, _Columns(self._rows.model, columns, fields, list(compiler.annotation_col_map), related)


class Insert(Generic[_New]):
    """Writes new rows of a model. The columns in `varying` differ from one to the next, those in `facts` do not (expressions
    of the database, as a rule), and all others have their defaults; one that is made anew for each row has to vary.
    `waits_for_disk`: see `Statement`."""

    def __init__(self, model: type[_New], *varying: str, waits_for_disk: bool = True, **facts: Any) -> None:
        self._model, self._varying, self._waits_for_disk, self._facts = model, varying, waits_for_disk, facts

    def save(self, row: _New) -> None:
        """As `row.save(force_insert=True)`, without signals. Its key and what the database filled in stand in the row then;
        `facts` it reads when it is asked for them."""
        self._save(row, *self._written)

    def save_if_first(self, row: _New) -> bool:
        """False, and nothing is written, when a row is there that the model's constraints let no other stand beside: a
        transaction goes on, where `save` would have needed a savepoint."""
        return self._save(row, *self._written_if_first)

    def _save(self, row: _New, statement: Statement, returned: "_Columns[_New]") -> bool:
        with connection.cursor() as cursor:
            database = cursor.db
            values = {f.attname: f.get_db_prep_save(getattr(row, f.attname), database) for f in self._fields}
            statement.run_by(cursor, values)
            found = cursor.fetchone()
        if found is None:
            return False
        vars(row).update(returned.fields(found))
        for name in self._facts:
            del row.__dict__[name]
        row._state.adding, row._state.db = False, database.alias
        return True

    @cached_property
    def _fields(self) -> list[Any]:
        return [self._model._meta.get_field(name) for name in self._varying]

    @cached_property
    def _written(self) -> tuple[Statement, "_Columns[_New]"]:
        return self._statement()

    @cached_property
    def _written_if_first(self) -> tuple[Statement, "_Columns[_New]"]:
        return self._statement(OnConflict.IGNORE)

    def _statement(self, on_conflict: OnConflict | None = None) -> tuple[Statement, "_Columns[_New]"]:
        meta = self._model._meta
        row = self._model(**self._facts, **{field.attname: Given(field.attname) for field in self._fields})
        insert: Any = InsertQuery(self._model, on_conflict=on_conflict)
        insert.insert_values([field for field in meta.local_concrete_fields if field is not meta.auto_field], [row])
        compiler: Any = insert.get_compiler(connection=connection)
        compiler.returning_fields = meta.db_returning_fields or [meta.pk]
        [(sql, values)] = compiler.as_sql()
        columns = [field.get_col(meta.db_table) for field in compiler.returning_fields]
        statement = Statement(sql, values, waits_for_disk=self._waits_for_disk)
        return statement, _Columns(self._model, columns, len(columns))


class Update(Generic[_Row]):
    """Writes `facts` into `rows`. `waits_for_disk`: see `Statement`."""

    def __init__(self, rows: models.QuerySet[_Row], *, waits_for_disk: bool = True, **facts: Any) -> None:
        self._rows, self._waits_for_disk, self._facts = rows, waits_for_disk, facts

    def run(self, **given: object) -> int:
        """How many rows were written."""
        return _count(self._written, given)

    def take(self, **given: object) -> _Row | None:
        """The row that was written, as it is now; `rows` are one at most."""
        statement, columns = self._returning
        with connection.cursor() as cursor:
            statement.run_by(cursor, given)
            return columns.made(cursor.fetchone())

    @cached_property
    def _written(self) -> Statement:
        return Statement(*self._sql(), waits_for_disk=self._waits_for_disk)

    @cached_property
    def _returning(self) -> tuple[Statement, "_Columns[_Row]"]:
        model, (sql, values) = self._rows.model, self._sql()
        names = [connection.ops.quote_name(str(field.column)) for field in model._meta.concrete_fields]
        columns = [field.get_col(model._meta.db_table) for field in model._meta.concrete_fields]
        return Statement(f"{sql} RETURNING {', '.join(names)}", values), _Columns(model, columns, len(columns))

    def _sql(self) -> tuple[str, Sequence[Any]]:
        update: Any = self._rows.query.chain(UpdateQuery)
        update.add_update_values(self._facts)
        sql, values = update.get_compiler(connection=connection).as_sql()
        return sql, values


class Delete(Generic[_Row]):
    """Removes `rows` and nothing else: for rows that no other row names. Like what only reads, it is asked again where the
    connection was broken: see `Statement.fetch_all`. `waits_for_disk`: see `Statement`."""

    def __init__(self, rows: models.QuerySet[_Row], *, waits_for_disk: bool = True) -> None:
        self._rows, self._waits_for_disk = rows, waits_for_disk

    def run(self, **given: object) -> int:
        """How many rows there were."""
        return _again_if_broken(partial(_count, self._written, given))

    @cached_property
    def _written(self) -> Statement:
        sql, values = self._rows.query.chain(DeleteQuery).get_compiler(connection=connection).as_sql()
        return Statement(sql, values, waits_for_disk=self._waits_for_disk)


def _count(statement: Statement, given: Mapping[str, object]) -> int:
    """How many rows it writes."""
    with connection.cursor() as cursor:
        statement.run_by(cursor, given)
        return int(cursor.rowcount)


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
        values = self._converted(found)
        row = self._model.from_db(connection.alias, self._names, values[: len(self._names)])
        for place, name in enumerate(self._annotations, len(self._names)):
            setattr(row, name, values[place])
        for populator in self._related:
            populator.populate(values, row)
        return row

    def fields(self, found: Sequence[Any]) -> dict[str, Any]:
        """By their names."""
        return dict(zip(self._names, self._converted(found), strict=True))

    def _converted(self, found: Sequence[Any]) -> list[Any]:
        values = list(found)
        for place, column, convert in self._converters:
            values[place] = convert(values[place], column, connection)
        return values


def _again_if_broken(act: Callable[[], _Told]) -> _Told:
    may_be_broken = _skip_health_check()
    try:
        return act()
    except (OperationalError, InterfaceError):
        if not may_be_broken or connection.is_usable():
            raise
        connection.close()
        return act()


def _skip_health_check() -> bool:
    """Whether Django would have sent a statement of its own before this one (CONN_HEALTH_CHECKS)."""
    kept: Any = connections[connection.alias]
    is_due = kept.connection is not None and kept.health_check_enabled and not kept.health_check_done
    if not is_due or kept.in_atomic_block:
        return False
    kept.health_check_done = True
    return True
