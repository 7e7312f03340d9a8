"""Pages by key: a page is asked for by the key of the last row before it, so the hundredth costs what the first does.
And counts that end early, for the same reason."""

from typing import Any, TypeVar

from django.db import models
from django.utils.formats import number_format

M = TypeVar("M", bound=models.Model)

COUNTED_UP_TO = 1000


def newest_first(rows: "models.QuerySet[M, Any]", *, size: int, before: int | None) -> tuple[list[M], int | None]:
    """At most `size` rows from the one before the key `before` on; and what to ask the next page by, None on the last one."""
    wanted = rows.order_by("-pk") if before is None else rows.order_by("-pk").filter(pk__lt=before)
    found = list(wanted[: size + 1])
    return found[:size], found[size - 1].pk if len(found) > size else None


def capped_count(rows: models.QuerySet[Any]) -> int:
    """At most one more than COUNTED_UP_TO: the database stops there."""
    return rows.order_by().values("pk")[: COUNTED_UP_TO + 1].count()


def count_text(count: int) -> str:
    """`1,000+` for a count that reached the cap."""
    known = number_format(min(count, COUNTED_UP_TO), force_grouping=True)
    return f"{known}+" if count > COUNTED_UP_TO else known
