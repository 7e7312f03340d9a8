"""What is kept, and for how long (security.md, keep): message metadata 90 days, counters a day after their window."""

from datetime import timedelta

import structlog

from core import batches, clock
from messaging.models import HourlyFigures, Message, ReceivedText, SendCounter

KEPT = timedelta(days=90)
# Ours: enough to compare a month with the same one of the year before.
FIGURES_KEPT = timedelta(days=400)

log = structlog.get_logger(__name__)


def purge() -> int:
    """Returns how many messages were removed."""
    SendCounter.objects.purge()
    messages = batches.delete(Message.objects.filter(created_at__lt=clock.ahead(-KEPT)))
    texts = batches.delete(ReceivedText.objects.filter(received_at__lt=clock.ahead(-KEPT)))
    batches.delete(HourlyFigures.objects.filter(hour__lt=clock.ahead(-FIGURES_KEPT)))
    log.info("messages_purged", messages=messages, received_texts=texts)
    return messages
