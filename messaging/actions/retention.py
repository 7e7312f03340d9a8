"""What is kept, and for how long (security.md, keep): message metadata 90 days, counters a day after their window."""

from datetime import timedelta

import structlog
from django.db.models import QuerySet

from core import clock
from messaging.models import Message, ReceivedText, SendCounter

KEPT = timedelta(days=90)
_AT_ONCE = 1000

log = structlog.get_logger(__name__)


def purge() -> int:
    """Returns how many messages were removed."""
    SendCounter.objects.purge()
    messages = _remove(Message.objects.filter(created_at__lt=clock.ahead(-KEPT)).order_by("created_at"))
    texts = _remove(ReceivedText.objects.filter(received_at__lt=clock.ahead(-KEPT)).order_by("received_at"))
    log.info("messages_purged", messages=messages, received_texts=texts)
    return messages


def _remove(rows: "QuerySet[Message] | QuerySet[ReceivedText]") -> int:
    removed = 0
    while batch := list(rows.values_list("pk", flat=True)[:_AT_ONCE]):
        rows.model._default_manager.filter(pk__in=batch).delete()
        removed += len(batch)
    return removed
