from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
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


def spend_send_budgets(mobile: str, *more: Charge) -> None:
    """To be called before the transaction that sends a code somebody asked for. Raises OverBudget."""
    ceiling = Budget("sms-all", settings.SMS_DAILY_CEILING, timedelta(days=1))
    phone = [budget.of(mobile) for budget in (ONE_A_MINUTE, FIVE_AN_HOUR, TEN_A_DAY)]
    SendCounter.objects.spend(*phone, ceiling.of("all"), *more)


def seconds_until_next_send(mobile: str) -> int:
    return SendCounter.objects.wait_seconds(*(b.of(mobile) for b in (ONE_A_MINUTE, FIVE_AN_HOUR, TEN_A_DAY)))


def send(
    *,
    to: str,
    purpose: str,
    language: str,
    context: dict[str, Any] | None = None,
    queue: Queue = Queue.NOTICES,
    life: timedelta | None = None,
) -> Message:
    """Writes the text `messaging/sms/<purpose>.<language>.txt` into the outbox, in the caller's transaction. `to` is E.164;
    after `life` the message is of no use any more and is not sent."""
    message = Message(to=to, purpose=purpose, language=language, queue=queue)
    message.sealed_body = seal(_text(purpose, language, context or {}))
    if life is not None:
        message.lives_until = clock.ahead(life)
    with transaction.atomic():
        message.save(force_insert=True)
        nudge_on_commit("messaging.deliver", message.pk, queue=queue)
    return message


def _text(purpose: str, language: str, context: dict[str, Any]) -> str:
    names = {"portal_name": settings.PORTAL_NAME[language], "host": settings.PUBLIC_HOST}
    with translation.override(language):
        return render_to_string(f"messaging/sms/{purpose}.{language}.txt", names | context).strip()


def purge() -> int:
    """Message metadata is kept 90 days, counters a day after their window (security.md, keep)."""
    SendCounter.objects.purge()
    return Message.objects.filter(ended_at__lt=clock.ahead(timedelta(days=-90))).delete()[0]
