"""Housekeeping that never holds many rows at once, however long nobody cleaned up."""

from collections.abc import Iterator
from typing import TypeVar

from django.db import models

_Row = TypeVar("_Row", bound=models.Model)
_AT_ONCE = 1000


def each(due: "models.QuerySet[_Row]") -> Iterator[_Row]:
    """Those that are due, oldest key first, to whoever sees to it that the one they are given is not due any more."""
    while batch := list(due.order_by("pk")[:_AT_ONCE]):
        yield from batch


def delete(rows: models.QuerySet[models.Model]) -> int:
    """Deletes them oldest key first, each batch on its own; returns how many there were."""
    deleted = 0
    while batch := list(rows.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE]):
        rows.model._default_manager.filter(pk__in=batch).delete()
        deleted += len(batch)
    return deleted
