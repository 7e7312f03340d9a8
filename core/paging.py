"""Pages by key: a page is asked for by the key of the last row before it, so the hundredth costs what the first does."""

from typing import Any, TypeVar

from django.db import models

M = TypeVar("M", bound=models.Model)


def newest_first(rows: "models.QuerySet[M, Any]", *, size: int, before: int | None) -> tuple[list[M], int | None]:
    """At most `size` rows from the one before the key `before` on; and what to ask the next page by, None on the last one."""
    wanted = rows.order_by("-pk") if before is None else rows.order_by("-pk").filter(pk__lt=before)
    found = list(wanted[: size + 1])
    return found[:size], found[size - 1].pk if len(found) > size else None
