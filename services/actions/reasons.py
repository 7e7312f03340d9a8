"""Ready-made reasons, which supervisors keep."""

from django.db import transaction

from accounts.models import User
from audit.actions import record
from audit.events import Event
from services.models import ReadyReason


@transaction.atomic
def save(reason: ReadyReason, *, actor: User) -> None:
    reason.save()
    record(Event.READY_REASON_SAVED, actor=actor, ready_reason=reason.pk)


@transaction.atomic
def delete(reason: ReadyReason, *, actor: User) -> None:
    """What was sent with its text stays as it was sent."""
    record(Event.READY_REASON_DELETED, actor=actor, ready_reason=reason.pk)
    reason.delete()
