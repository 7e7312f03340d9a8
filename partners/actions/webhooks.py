"""Telling partners, without being asked, what became of their activations. Works like the outbox of messages: the row is the
truth, written with the act; the task is a nudge; the relay finds what was overlooked."""

from datetime import datetime
from uuid import uuid4

from django.db import models, transaction

from core import clock
from core.queue import nudge_on_commit
from core.trail import record
from partners.models import Partner, Webhook, WebhookQuerySet
from partners.states import REPLAY, WebhookState
from partners.words import WebhookEvent

_QUEUE = "notices"
# As many again with the next click: a transaction stays short.
REPLAYED_AT_ONCE = 500


class WebhooksOff(Exception):
    """The partner takes no webhooks."""


def tell(partner: Partner, event: WebhookEvent, reference: str) -> None:
    """In the transaction of the act. Nothing is written for a partner that takes no webhooks, and nothing twice."""
    if not partner.webhook_is_on:
        return
    webhook, is_new = Webhook.objects.get_or_create(partner=partner, event=event, reference=reference)
    if is_new:
        nudge_on_commit("partners.deliver_webhook", webhook.pk, queue=_QUEUE)


def try_out(partner: Partner) -> Webhook:
    """One that the partner asked for, to try its own side. Raises WebhooksOff."""
    if not partner.webhook_is_on:
        raise WebhooksOff
    with transaction.atomic():
        webhook = Webhook.objects.create(
            partner=partner, event=WebhookEvent.TRIAL, reference=f"trial-{uuid4().hex[:20]}"
        )
        nudge_on_commit("partners.deliver_webhook", webhook.pk, queue=_QUEUE)
    return webhook


def replay(webhook: Webhook, *, actor: models.Model) -> bool:
    """Sends one that ended once more, with the same event id; whether there was anything to send."""
    return bool(_replayed(Webhook.objects.filter(pk=webhook.pk), webhook.partner, actor))


def replay_failed(partner: Partner, *, since: datetime, actor: models.Model) -> int:
    """Sends again what was given up and happened after `since`, at most REPLAYED_AT_ONCE; returns how many."""
    failed = Webhook.objects.filter(partner=partner, state=WebhookState.FAILED, occurred_at__gte=since)
    return _replayed(failed, partner, actor)


@transaction.atomic
def _replayed(webhooks: WebhookQuerySet, partner: Partner, actor: models.Model) -> int:
    """With as many tries as a new one."""
    ids = list(webhooks.order_by("pk").values_list("pk", flat=True)[:REPLAYED_AT_ONCE])
    again = Webhook.objects.filter(pk__in=ids).move(REPLAY, tries=0, next_try_at=clock.now(), ended_at=None, problem="")
    if again:
        for pk in ids:
            nudge_on_commit("partners.deliver_webhook", pk, queue=_QUEUE)
        record("webhooks_replayed", actor=actor, partner=partner.pk, webhooks=again)
    return again
