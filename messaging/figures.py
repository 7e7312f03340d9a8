"""How fast and how surely texts arrive: counted by hour and gateway, so that a page about a month reads hundreds of rows.

Durations are counted into steps (seconds), which can be added up over hours; a percentile is read off the steps.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, DateTimeField, ExpressionWrapper, F, Max, Q, Sum, Value
from django.db.models.functions import TruncHour

from core import clock
from messaging.models import HourlyFigures, Message, Queue
from messaging.states import State

# Seconds; what took longer than the last step stands behind it.
STEPS = (0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300)
IN_TIME_SECONDS = 10
HOUR = timedelta(hours=1)
# A receipt can be this late and still count; older hours are final.
_OPEN_HOURS = 3
_LOOKED_BACK_HOURS = 24
_COUNTED = (
    "counted_at", "sent", "delivered_in_time", "lost", "codes_sent", "codes_used", "price_halalas", "gateway_call",
    "to_gateway", "to_handset",
)  # fmt: skip


def roll_up(*, at_most_every: timedelta = timedelta(0)) -> None:
    """Counts the hours that are not final, and those of the last day that nobody counted; nothing when somebody has done
    so less than `at_most_every` ago."""
    now = clock.read()
    since = _hour_of(now) - HOUR * (_LOOKED_BACK_HOURS - 1)
    counted_at = HourlyFigures.objects.filter(hour__gte=since).aggregate(last=Max("counted_at"))["last"]
    if counted_at and now - counted_at < at_most_every:
        return
    if counted_at:
        since = max(since, _hour_of(counted_at) - HOUR * (_OPEN_HOURS - 1))
    HourlyFigures.objects.bulk_create(
        [HourlyFigures(counted_at=now, **_facts(row)) for row in _counted(since)],
        update_conflicts=True,
        unique_fields=["gateway", "hour"],
        update_fields=_COUNTED,
    )


def note_error(gateway: str) -> None:
    """A try failed."""
    hour = _hour_of(clock.read())
    row = HourlyFigures.objects.filter(gateway=gateway, hour=hour)
    if not row.update(errors=F("errors") + 1):
        HourlyFigures.objects.bulk_create([HourlyFigures(gateway=gateway, hour=hour)], ignore_conflicts=True)
        row.update(errors=F("errors") + 1)


def percentile(counts: Iterable[Sequence[int]], share: float) -> float | None:
    """Seconds within which `share` of the counted messages came; the upper end of a step. None when there were none, and
    infinity beyond the last step."""
    added = [sum(column) for column in zip(*filter(None, counts), strict=True)]
    wanted, seen = share * sum(added), 0
    for step, count in zip((*STEPS, float("inf")), added, strict=False):
        seen += count
        if seen and seen >= wanted:
            return step
    return None


def _hour_of(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _counted(since: datetime) -> Any:
    """By hour and gateway, in the order in which everybody writes them."""
    written = Message.objects.filter(created_at__gte=since).exclude(gateway="")
    by_hour = written.values("gateway", hour=TruncHour("created_at", tzinfo=UTC)).order_by("hour", "gateway")
    return by_hour.annotate(**_totals(), **_durations())


def _totals() -> dict[str, Any]:
    sent, code = Q(sent_at__isnull=False), Q(queue=Queue.OTP)
    return {
        "sent": Count("pk", filter=sent),
        "delivered_in_time": Count("pk", filter=Q(state=State.DELIVERED) & _took(IN_TIME_SECONDS, "ended_at")),
        "lost": Count("pk", filter=Q(state__in=(State.FAILED, State.EXPIRED))),
        "codes_sent": Count("pk", filter=sent & code),
        "codes_used": Count("pk", filter=Q(used_at__isnull=False)),
        "price": Sum("price_halalas", filter=sent, default=0),
    }


def _durations() -> dict[str, Any]:
    sent, delivered = Q(sent_at__isnull=False), Q(state=State.DELIVERED)
    return {
        **_within("gateway_call", sent & Q(claimed_at__isnull=False), "sent_at", since="claimed_at"),
        **_within("to_gateway", sent, "sent_at"),
        **_within("to_handset", delivered, "ended_at"),
    }


def _within(name: str, got_there: Q, moment: str, *, since: str = "created_at") -> dict[str, Any]:
    """Of those that got so far, how many within each step."""
    steps = [got_there & _took(step, moment, since=since) for step in STEPS]
    return {f"{name}_{n}": Count("pk", filter=those) for n, those in enumerate([*steps, got_there])}


def _took(seconds: float, moment: str, *, since: str = "created_at") -> Q:
    at_most = ExpressionWrapper(F(since) + Value(timedelta(seconds=seconds)), output_field=DateTimeField())
    return Q(**{f"{moment}__lte": at_most})


def _facts(row: dict[str, Any]) -> dict[str, Any]:
    known = ("gateway", "hour", "sent", "delivered_in_time", "lost", "codes_sent", "codes_used")
    lists = {name: _between(row, name) for name in ("gateway_call", "to_gateway", "to_handset")}
    return {name: row[name] for name in known} | lists | {"price_halalas": row["price"]}


def _between(row: dict[str, Any], name: str) -> list[int]:
    """From “within each step” to “between this step and the one before”."""
    within = [row[f"{name}_{n}"] for n in range(len(STEPS) + 1)]
    return [count - before for count, before in zip(within, [0, *within], strict=False)]
