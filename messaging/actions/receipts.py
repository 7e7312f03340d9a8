"""What the operators report. A receipt only moves a message forward, and a repeated one changes nothing (INB-1)."""

from datetime import timedelta
from typing import Any

import structlog
from django.db.models import Value
from django.db.models.functions import Coalesce

from core import clock
from core.prepared import Given, Update
from messaging import health
from messaging.gateways.base import Outcome, Receipt
from messaging.models import Message
from messaging.states import BOUNCE, DELIVER, LAPSE

_USED = Update(Message.objects.filter(pk=Given("id"), used_at=None), used_at=clock.now())
_MOVES = {Outcome.DELIVERED: DELIVER, Outcome.FAILED: BOUNCE, Outcome.EXPIRED: LAPSE}

log = structlog.get_logger(__name__)


def take(gateway: str, receipts: list[Receipt]) -> None:
    for receipt in receipts:
        message = _message_of(gateway, receipt)
        if message is None:
            health.note_unknown_receipt(gateway)
            log.warning("receipt_for_unknown_message", gateway=gateway)
        elif _move(message, gateway, receipt):
            _note(message, gateway, receipt)


def note_used(message_id: int) -> None:
    """Somebody typed the code the text carried; in the caller's transaction."""
    _USED.run(id=message_id)


def _message_of(gateway: str, receipt: Receipt) -> Message | None:
    # Operators use their references again in the course of time: the newest message is meant.
    messages = Message.objects.annotate(read_at=clock.now()).defer("sealed_body").order_by("-pk")
    if receipt.reference:
        return messages.filter(reference=receipt.reference).first()
    if receipt.gateway_reference:
        return messages.filter(gateway=gateway, gateway_reference=receipt.gateway_reference).first()
    return None


def _move(message: Message, gateway: str, receipt: Receipt) -> bool:
    """Bad news counts only from the gateway that has the message now: another one may have taken it over."""
    rows = Message.objects.filter(pk=message.pk)
    facts: dict[str, Any] = {"ended_at": clock.now(), "sealed_body": "", "problem": receipt.problem}
    if receipt.outcome == Outcome.DELIVERED:
        facts |= {"gateway": Value(gateway), "sent_at": Coalesce("sent_at", clock.now())}
    else:
        rows = rows.filter(gateway=gateway)
    return bool(rows.move(_MOVES[receipt.outcome], **facts))


def _note(message: Any, gateway: str, receipt: Receipt) -> None:
    log.info(f"message_{receipt.outcome}", message_id=message.pk, gateway=gateway, problem=receipt.problem)
    if receipt.outcome == Outcome.DELIVERED:
        health.note_receipt(gateway, message.read_at - message.sent_at if message.sent_at else timedelta(0))
