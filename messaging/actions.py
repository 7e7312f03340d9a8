from datetime import timedelta
from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.template import Context, Engine
from django.template.base import VariableNode
from django.utils import translation

from core import clock
from core.queue import nudge_on_commit
from core.sealed import seal
from core.throttle import Budget, Charge
from messaging.models import Message, Queue, SendCounter

# security.md, Numbers: sends per phone, and a daily ceiling for all (money breaker).
ONE_A_MINUTE = Budget("sms-minute", 1, timedelta(seconds=60))
FIVE_AN_HOUR = Budget("sms-hour", 5, timedelta(hours=1))
TEN_A_DAY = Budget("sms-day", 10, timedelta(days=1))
# Ours: what happened to somebody's account is still worth knowing the next day, not the day after.
NOTICE_LIFE = timedelta(hours=24)
MESSAGES_KEPT = timedelta(days=90)
_PURGED_AT_ONCE = 1000


def spend_send_budgets(mobile: str, *more: Charge) -> None:
    """To be called before the transaction that sends a code somebody asked for. Raises OverBudget."""
    ceiling = Budget("sms-all", settings.SMS_DAILY_CEILING, timedelta(days=1))
    phone = [budget.of(mobile) for budget in (ONE_A_MINUTE, FIVE_AN_HOUR, TEN_A_DAY)]
    SendCounter.objects.spend(*phone, ceiling.of("all"), *more)


def seconds_until_next_send(mobile: str, *more: Charge) -> int:
    """For how long `spend_send_budgets` would refuse; 0 when it would not."""
    phone = [budget.of(mobile) for budget in (ONE_A_MINUTE, FIVE_AN_HOUR, TEN_A_DAY)]
    return SendCounter.objects.wait_seconds(*phone, *more)


def send(
    *,
    to: str,
    purpose: str,
    language: str,
    context: dict[str, Any] | None = None,
    queue: Queue = Queue.NOTICES,
    life: timedelta = NOTICE_LIFE,
) -> Message:
    """Writes the text `messaging/sms/<purpose>.<language>.txt` into the outbox, in the caller's transaction. `to` is E.164;
    after `life` the message is of no use any more and is not sent. Raises LookupError when the text needs something that
    `context` lacks."""
    message = Message(to=to, purpose=purpose, language=language, queue=queue, lives_until=clock.ahead(life))
    message.sealed_body = seal(_text(purpose, language, context or {}))
    with transaction.atomic(savepoint=False):
        message.save(force_insert=True)
        nudge_on_commit("messaging.deliver", message.pk, queue=queue)
    # Only the database knows it: the next access reads it from there.
    del message.__dict__["lives_until"]
    return message


def _text(purpose: str, language: str, context: dict[str, Any]) -> str:
    template = Engine.get_default().get_template(f"messaging/sms/{purpose}.{language}.txt")
    names = {"portal_name": settings.PORTAL_NAME[language], "host": settings.PUBLIC_HOST} | context
    variables = cast(list[VariableNode], template.nodelist.get_nodes_by_type(VariableNode))
    needed = {node.filter_expression.var.lookups[0] for node in variables}
    if missing := needed - names.keys():
        raise LookupError(f"The text {purpose} needs {', '.join(sorted(missing))}.")
    with translation.override(language):
        return template.render(Context(names, autoescape=False)).strip()


def purge() -> int:
    """Message metadata is kept 90 days, counters a day after their window (security.md, keep). Returns how many messages."""
    SendCounter.objects.purge()
    old = (
        Message.objects.filter(ended_at__lt=clock.ahead(-MESSAGES_KEPT))
        .order_by("ended_at")
        .values_list("pk", flat=True)
    )
    removed = 0
    while batch := list(old[:_PURGED_AT_ONCE]):
        Message.objects.filter(pk__in=batch).delete()
        removed += len(batch)
    return removed
