"""How fast and how surely texts arrive: counted by hour and gateway, so that a page about a month reads hundreds of rows.

Durations are counted into steps (seconds), which can be added up over hours; a percentile is read off the steps.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, DateTimeField, ExpressionWrapper, F, Q, Sum, Value

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
    "sent", "delivered", "delivered_in_time", "lost", "codes_sent", "codes_used", "price_halalas", "to_gateway", "to_handset",
)  # fmt: skip


def roll_up() -> int:
    """Counts the hours that are not final, and those of the last day that nobody counted; returns how many."""
    this_hour = clock.read().replace(minute=0, second=0, microsecond=0)
    hours = [this_hour - HOUR * back for back in range(_LOOKED_BACK_HOURS)]
    counted = set(HourlyFigures.objects.filter(hour__in=hours[_OPEN_HOURS:], sent__gt=0).values_list("hour", flat=True))
    due = [hour for hour in hours if hour not in counted]
    for hour in due:
        _count(hour)
    return len(due)


def note_error(gateway: str) -> None:
    """A try failed."""
    hour = clock.read().replace(minute=0, second=0, microsecond=0)
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


def _count(hour: datetime) -> None:
    written = Message.objects.filter(created_at__gte=hour, created_at__lt=hour + HOUR).exclude(gateway="")
    rows: Any = written.values("gateway").annotate(**_totals(), **_within("sent_at", "g"), **_within("ended_at", "h"))
    figures = [HourlyFigures(gateway=row["gateway"], hour=hour, **_facts(row)) for row in rows.order_by()]
    HourlyFigures.objects.bulk_create(
        figures, update_conflicts=True, unique_fields=["gateway", "hour"], update_fields=_COUNTED
    )


def _totals() -> dict[str, Any]:
    sent, code = Q(sent_at__isnull=False), Q(queue=Queue.OTP)
    return {
        "sent": Count("pk", filter=sent),
        "delivered": Count("pk", filter=Q(state=State.DELIVERED)),
        "delivered_in_time": Count("pk", filter=Q(state=State.DELIVERED) & _took("ended_at", IN_TIME_SECONDS)),
        "lost": Count("pk", filter=Q(state__in=(State.FAILED, State.EXPIRED))),
        "codes_sent": Count("pk", filter=sent & code),
        "codes_used": Count("pk", filter=Q(used_at__isnull=False)),
        "price": Sum("price_halalas", filter=sent, default=0),
    }


def _within(moment: str, prefix: str) -> dict[str, Any]:
    """Of those that got so far, how many within each step."""
    got_there = Q(sent_at__isnull=False) if moment == "sent_at" else Q(state=State.DELIVERED)
    steps = {f"{prefix}{n}": Count("pk", filter=got_there & _took(moment, step)) for n, step in enumerate(STEPS)}
    return steps | {f"{prefix}{len(STEPS)}": Count("pk", filter=got_there)}


def _took(moment: str, seconds: float) -> Q:
    at_most = ExpressionWrapper(F("created_at") + Value(timedelta(seconds=seconds)), output_field=DateTimeField())
    return Q(**{f"{moment}__lte": at_most})


def _facts(row: dict[str, Any]) -> dict[str, Any]:
    known = {name: row[name] for name in ("sent", "delivered", "delivered_in_time", "lost", "codes_sent", "codes_used")}
    lists = {"to_gateway": _between(row, "g"), "to_handset": _between(row, "h")}
    return known | lists | {"price_halalas": row["price"]}


def _between(row: dict[str, Any], prefix: str) -> list[int]:
    """From “within each step” to “between this step and the one before”."""
    within = [row[f"{prefix}{n}"] for n in range(len(STEPS) + 1)]
    return [count - before for count, before in zip(within, [0, *within], strict=False)]
