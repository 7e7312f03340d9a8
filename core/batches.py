"""Housekeeping that never holds many rows at once, however long nobody cleaned up."""

from django.db import models

_AT_ONCE = 1000


def delete(rows: models.QuerySet[models.Model]) -> int:
    """Deletes them oldest key first, each batch on its own; returns how many there were."""
    deleted = 0
    while batch := list(rows.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE]):
        rows.model._default_manager.filter(pk__in=batch).delete()
        deleted += len(batch)
    return deleted
