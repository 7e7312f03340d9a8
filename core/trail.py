"""The audit trail, for rooms on its own floor, which know it by name only."""

from django.db import models
from django.utils.module_loading import import_string


def record(
    event: str,
    *,
    actor: models.Model | None = None,
    subject: models.Model | None = None,
    **details: str | int | bool,
) -> None:
    """An entry of audit.events.Event, in the transaction of the act."""
    import_string("audit.actions.record")(event, actor=actor, subject=subject, **details)
