"""How many texts may go out: to one phone, to a block of numbers, and to all together (security.md, Numbers)."""

from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Model, Sum

from core.throttle import Budget, Charge, OverBudget
from core.trail import record
from messaging.models import CeilingLift, SendCounter

ONE_A_MINUTE = Budget("sms-minute", 1, timedelta(seconds=60))
FIVE_AN_HOUR = Budget("sms-hour", 5, timedelta(hours=1))
TEN_A_DAY = Budget("sms-day", 10, timedelta(days=1))
_SAME_LIFT = Budget("sms-lift", 1, timedelta(minutes=1))
_DAY = timedelta(days=1)
# One in so many texts of a day may be an answer: whoever forges many senders is not to use up what codes need.
_ANSWERS_SHARE = 10
# The numbers of a block differ in their last four digits: who owns a block and wants to be paid for texts uses many.
_OF_A_BLOCK = slice(0, -4)

log = structlog.get_logger(__name__)


class Ceiling(NamedTuple):
    """The money breaker of the day that began with its first message, and ends at `ends_at` (None: not begun)."""

    spent: int
    limit: int
    lifted: int
    ends_at: datetime | None

    @property
    def is_reached(self) -> bool:
        return self.spent >= self.limit + self.lifted


def spend_to_send(mobile: str, *more: Charge) -> None:
    """To be called before the transaction that sends a code somebody asked for: its commit is the one that is waited for.
    Raises OverBudget."""
    _spend([*_per_phone(mobile), _per_block("sms-block", mobile), *more], waits_for_disk=False)


def spend_to_answer(mobile: str, budget: Budget) -> None:
    """For the answer to a text from a phone, whose number may be forged: it takes nothing from the codes of that phone, and
    little from the codes of all. In the transaction that sends it: whatever undoes that one has sent nothing. Raises
    OverBudget."""
    answers = Budget("sms-answers-all", max(1, settings.SMS_DAILY_CEILING // _ANSWERS_SHARE), _DAY)
    _spend([budget.of(mobile), _per_block("sms-answers-block", mobile), answers.of("all")])


def spend_to_confirm(mobile: str, budget: Budget) -> None:
    """For what the holder of the mobile has to know, however many answers others have used up. In the transaction that
    sends it. Raises OverBudget."""
    _spend([budget.of(mobile)])


def refusal(mobile: str, *more: Charge) -> OverBudget | None:
    """What `spend_to_send` would raise now; None when it would not."""
    charges = [*_per_phone(mobile), _per_block("sms-block", mobile), *more]
    over = SendCounter.objects.refusal(*charges, _of_all().of("all"))
    if over and over.budget.name == _of_all().name:
        return SendCounter.objects.refusal(*charges, _of_all(_lifted(_day())).of("all"))
    return over


def daily_ceiling() -> Ceiling:
    day = _day()
    spent, ends_at = (day.spent, day.window_ends_at) if day else (0, None)
    return Ceiling(spent, settings.SMS_DAILY_CEILING, _lifted(day), ends_at)


def lift_daily_ceiling(*, supervisor: Model, more: int, reason: str) -> None:
    """Raises OverBudget for what the same supervisor has done less than a minute ago: a double click lifts once."""
    with transaction.atomic():
        # In the transaction: a lift that fails may be tried again at once.
        SendCounter.objects.spend(_SAME_LIFT.of(f"{supervisor.pk} {more} {reason}"))
        CeilingLift.objects.create(lifted_by_id=supervisor.pk, more=more, reason=reason)
        record("sms_ceiling_lifted", actor=supervisor, more=more, reason=reason)


def _spend(charges: list[Charge], *, waits_for_disk: bool = True) -> None:
    """Lifts are looked for only when the ceiling is reached, which is seldom."""
    try:
        SendCounter.objects.spend(*charges, _of_all().of("all"), waits_for_disk=waits_for_disk)
    except OverBudget as over:
        if over.budget.name != _of_all().name:
            raise
        _spend_above_ceiling(charges)


def _spend_above_ceiling(charges: list[Charge]) -> None:
    lifted = _lifted(_day())
    try:
        SendCounter.objects.spend(*charges, _of_all(lifted).of("all"))
    except OverBudget as over:
        if over.budget.name == _of_all().name:
            log.critical("sms_ceiling_reached", ceiling=settings.SMS_DAILY_CEILING, lifted=lifted)
        raise


def _day() -> SendCounter | None:
    return SendCounter.objects.running(_of_all().of("all"))


def _lifted(day: SendCounter | None) -> int:
    """In the day that is running: the next one begins with its own ceiling."""
    if day is None:
        return 0
    # The database keeps moments to the millisecond at least.
    began_at = day.window_ends_at - _DAY - timedelta(milliseconds=1)
    lifts = CeilingLift.objects.filter(lifted_at__gt=began_at)
    return lifts.aggregate(sum=Sum("more"))["sum"] or 0


def _of_all(lifted: int = 0) -> Budget:
    return Budget("sms-all", settings.SMS_DAILY_CEILING + lifted, _DAY)


def _per_phone(mobile: str) -> list[Charge]:
    return [budget.of(mobile) for budget in (ONE_A_MINUTE, FIVE_AN_HOUR, TEN_A_DAY)]


def _per_block(name: str, mobile: str) -> Charge:
    """Answers have a budget of their own: whoever forges senders of a block is not to stop the codes of that block."""
    return Budget(name, settings.SMS_BLOCK_HOURLY_CEILING, timedelta(hours=1)).of(mobile[_OF_A_BLOCK])
