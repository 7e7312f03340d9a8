"""What is kept, and for how long: nonces while they could come again, answers a week, the call log and webhooks 90 days."""

from datetime import timedelta

import structlog

from core import batches, clock
from partners.models import Call, CallCounter, IdempotentCall, UsedNonce, Webhook

# A nonce can come again while `created` is within 60 seconds of now, before or after.
NONCES_KEPT = timedelta(minutes=5)
ANSWERS_KEPT = timedelta(days=7)
CALLS_KEPT = timedelta(days=90)

log = structlog.get_logger(__name__)


def purge_nonces() -> int:
    """Returns how many were removed."""
    return batches.delete(UsedNonce.objects.filter(used_at__lt=clock.ahead(-NONCES_KEPT)))


def purge() -> int:
    """Returns how many calls were removed from the log."""
    CallCounter.objects.purge()
    answers = batches.delete(IdempotentCall.objects.filter(created_at__lt=clock.ahead(-ANSWERS_KEPT)))
    calls = batches.delete(Call.objects.filter(at__lt=clock.ahead(-CALLS_KEPT)))
    webhooks = batches.delete(Webhook.objects.filter(occurred_at__lt=clock.ahead(-CALLS_KEPT)))
    log.info("partner_calls_purged", calls=calls, answers=answers, webhooks=webhooks)
    return calls
