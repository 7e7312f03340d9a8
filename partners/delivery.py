"""From the row to the partner. Whoever claims a webhook delivers it: a Celery task, or a relay."""

import json
import time
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F

from core import clock, signatures
from core.calling import CallFailed, HttpCall, exchange
from core.prepared import Given
from core.states import Move
from partners import destinations, portal_keys
from partners.models import Partner, Webhook, WebhookQuerySet
from partners.states import CLAIM, DELIVER, GIVE_UP, PUT_BACK, RECLAIM

# The first pause doubles with each try: 14 tries in 23 hours.
FIRST_PAUSE, TRIES = timedelta(seconds=10), 14
CALL_SECONDS = 5

_CLAIMED: dict[str, Any] = {"claimed_at": clock.now(), "tries": F("tries") + 1}
_CLAIM = Webhook.objects.filter(pk=Given("pk")).due().prepared(CLAIM, **_CLAIMED)
_RECLAIM = Webhook.objects.filter(pk=Given("pk")).abandoned().prepared(RECLAIM, **_CLAIMED)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Outcome:
    """`status` None: there was no answer."""

    problem: str = ""
    status: int | None = None
    latency_ms: int | None = None

    @property
    def is_good(self) -> bool:
        return not self.problem


def deliver(webhook_id: int) -> None:
    """One try. Does nothing when the webhook is not due or somebody else has it; outside of any transaction."""
    # Durable: refused inside of somebody's transaction, which would stay open while the network is waited for.
    with transaction.atomic(durable=True):
        pass
    if webhook := _CLAIM.take(pk=webhook_id) or _RECLAIM.take(pk=webhook_id):
        _keep(webhook, _tried(webhook, webhook.partner))


def waiting(*, limit: int, grace: timedelta, besides: set[int]) -> list[int]:
    """Ids of webhooks that should be delivered now: overlooked by their nudge, due again, or left by a dead sender."""
    others = Webhook.objects.exclude(pk__in=besides)
    left = list(others.abandoned().order_by("claimed_at").values_list("pk", flat=True)[:limit])
    return [*left, *others.overlooked(grace).order_by("next_try_at").values_list("pk", flat=True)[: limit - len(left)]]


def body_of(webhook: Webhook) -> bytes:
    told = {
        "id": str(webhook.event_id),
        "event": webhook.event,
        "reference": webhook.reference,
        "occurred_at": webhook.occurred_at.astimezone(UTC).isoformat(timespec="seconds"),
    }
    return json.dumps(told).encode()


def _tried(webhook: Webhook, partner: Partner) -> _Outcome:
    if not partner.webhook_is_on:
        return _Outcome("switched_off")
    call = HttpCall("POST", partner.webhook_url, body_of(webhook), {"Content-Type": "application/json"})
    key = portal_keys.signing()
    call.headers |= signatures.sign(call, keyid=key.keyid, private_key=key.pem)
    began = time.perf_counter()
    try:
        answer = exchange(call, seconds=CALL_SECONDS, guard=destinations.may_be_called)
    except CallFailed as failed:
        return _Outcome(failed.problem, None, _ms_since(began))
    problem = "" if 200 <= answer.status < 300 else "refused"
    return _Outcome(problem, answer.status, _ms_since(began))


def _keep(webhook: Webhook, outcome: _Outcome) -> None:
    facts: dict[str, Any] = {
        "last_status": outcome.status,
        "latency_ms": outcome.latency_ms,
        "problem": outcome.problem,
    }
    if outcome.is_good:
        move, facts = DELIVER, facts | {"ended_at": clock.now()}
    elif webhook.tries >= TRIES or outcome.problem == "switched_off":
        move, facts = GIVE_UP, facts | {"ended_at": clock.now()}
    else:
        move, facts = PUT_BACK, facts | {"next_try_at": clock.ahead(_pause(webhook.tries))}
    _log(webhook, move, outcome, is_ours=bool(_mine(webhook).move(move, claimed_at=None, **facts)))


def _pause(tries: int) -> timedelta:
    return FIRST_PAUSE * 2 ** (tries - 1)


def _mine(webhook: Webhook) -> WebhookQuerySet:
    """The row, unless another sender took this one for dead: every claim counts `tries` up."""
    return Webhook.objects.filter(pk=webhook.pk, tries=webhook.tries)


def _log(webhook: Webhook, move: Move, outcome: _Outcome, *, is_ours: bool) -> None:
    facts = {"webhook_id": webhook.pk, "partner_id": webhook.partner_id, "tries": webhook.tries}
    if not is_ours:
        log.warning("webhook_overtaken", move=move.name, **facts)
    elif outcome.is_good:
        log.info("webhook_delivered", **facts)
    else:
        log.warning(f"webhook_{move.target}", problem=outcome.problem, status=outcome.status, **facts)


def _ms_since(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)
