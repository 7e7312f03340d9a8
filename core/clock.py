"""The database's clock. Codes, locks and sessions live by it, so a web node whose clock is off changes nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import DateTimeField, Expression
from django.db.models.functions import Now


def now() -> Now:
    return Now()


class Ahead(Expression):
    """Written as `Now` writes it: SQLite compares moments as text, where Django's own sums have three digits more."""

    output_field = DateTimeField()

    def __init__(self, distance: timedelta) -> None:
        super().__init__()
        self.distance = distance

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return sql_ahead("%s"), [self.distance.total_seconds()]


def ahead(distance: timedelta) -> Ahead:
    """The moment `distance` from now, for use in a query; a negative distance lies in the past."""
    return Ahead(distance)


def sql_ahead(placeholder: str = "0") -> str:
    """SQL for the moment that lies `placeholder` seconds from now (a number, or %s)."""
    if connection.vendor == "postgresql":
        return f"(STATEMENT_TIMESTAMP() + {placeholder} * INTERVAL '1 second')"
    return f"STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'NOW', {placeholder} || ' seconds')"


def read() -> datetime:
    """The database's time as an aware datetime (one small query)."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {sql_ahead('%s')}", [0])
        return aware(cursor.fetchone()[0])


def aware(moment: datetime | str) -> datetime:
    """A timestamp as raw SQL returns it: an aware datetime on PostgreSQL, UTC without a zone on SQLite."""
    read = moment if isinstance(moment, datetime) else datetime.fromisoformat(moment)
    return read if read.tzinfo else read.replace(tzinfo=UTC)
