"""How fast requests are answered: counted by day, service and officer every few minutes (a chore), so that no page counts
requests. Durations are counted into places, one a working day, which can be added up over days and services."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import clock
from services import due
from services.models import OfficerDay, ServiceDay, ServicePace, ServiceRequest
from services.states import DECIDED, RequestState

# Places of `took`: 0 to this many working days, and one more for all that took longer.
TOOK_AT_MOST = 30
# Places of `open_ages`: at most this many working days old, and one more for the older ones.
AGES = (2, 5, 7, 14)
# An applicant is told of this many of the newest decisions, and of nothing when they are fewer than the second.
PACE_OF_NEWEST, PACE_OF_AT_LEAST = 200, 20
_LOOKED_BACK = timedelta(days=90)
_PACE_LOOKED_BACK = timedelta(days=180)
_BEGAN = TruncDate(Coalesce("reopened_at", "submitted_at"))
_Key = tuple[Any, ...]


@dataclass(frozen=True)
class Expected:
    """When an answer is to be expected, in working days; None while the portal has too few decisions of its own."""

    usual: int | None = None
    slow: int | None = None

    @property
    def sentence(self) -> str:
        if self.usual is None or self.slow is None:
            return _("An officer answers within seven working days, Sunday to Thursday.")
        said = {"usual": in_words(self.usual), "slow": in_words(self.slow)}
        return _("Usually answered within %(usual)s; nine in ten within %(slow)s.") % said


def expected(service: str) -> Expected:
    pace = ServicePace.objects.filter(service=service).first()
    return Expected(pace.usual, pace.slow) if pace else Expected()


def in_words(days: int) -> str:
    """What was answered on the day it was asked was answered within one day."""
    if days > TOOK_AT_MOST:
        days_at_most = ngettext("%(n)d working day", "%(n)d working days", TOOK_AT_MOST) % {"n": TOOK_AT_MOST}
        return _("more than %s") % days_at_most
    return ngettext("%(n)d working day", "%(n)d working days", max(1, days)) % {"n": max(1, days)}


def percentile(counts: Sequence[int], share: float) -> int | None:
    """Working days within which `share` of them were decided; TOOK_AT_MOST + 1 when they took longer, None when there were
    none."""
    wanted, seen = share * sum(counts), 0
    for days, count in enumerate(counts):
        seen += count
        if seen and seen >= wanted:
            return days
    return None


def added(counts: Iterable[Sequence[int]]) -> list[int]:
    return [sum(column) for column in zip(*filter(None, counts), strict=True)]


def roll_up() -> None:
    """Counts today, what was not counted yet, and the day before it once more; a quarter of a year when nothing is counted."""
    now, today = clock.read(), timezone.localdate()
    since = _first_day_to_count(today)
    with transaction.atomic():
        _write_services(since, today, now)
        _write_officers(since, today)
        _write_paces(today)


def _first_day_to_count(today: date) -> date:
    newest = ServiceDay.objects.order_by("-day").values_list("day", flat=True).first()
    return max(newest - timedelta(days=1), today - _LOOKED_BACK) if newest else today - _LOOKED_BACK


def _write_services(since: date, today: date, now: datetime) -> None:
    # What was counted before and is not there any more (reopened on the same day) is written as nothing.
    known = ServiceDay.objects.filter(day__gte=since).values_list("day", "service")
    closed = due.closed_days()
    counted = (known, _submitted(since), _decided(since, closed), _open(today, closed))
    facts = _merged(counted)
    rows = [ServiceDay(day=key[0], service=key[1], counted_at=now, **facts[key]) for key in sorted(facts)]
    ServiceDay.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["day", "service"],
        update_fields=["counted_at", "submitted", "decided", "in_time", "overdue", "took", "open_ages"],
    )


def _merged(counted: Iterable[Iterable[Any]]) -> dict[_Key, dict[str, Any]]:
    """Keys, and keys with facts, as facts by key."""
    facts: dict[_Key, dict[str, Any]] = defaultdict(dict)
    for one in counted:
        for row in one:
            key, known = row if isinstance(row[-1], dict) else (row, {})
            facts[key] |= known
    return facts


def _submitted(since: date) -> Iterator[tuple[_Key, dict[str, Any]]]:
    rows = ServiceRequest.objects.filter(submitted_at__gte=due.midnight(since)).order_by()
    for row in rows.values("service", day=TruncDate("submitted_at")).annotate(n=Count("pk")):
        yield (row["day"], row["service"]), {"submitted": row["n"]}


def _decided(since: date, closed: frozenset[date]) -> Iterator[tuple[_Key, dict[str, Any]]]:
    rows = ServiceRequest.objects.filter(state__in=DECIDED, ended_at__gte=due.midnight(since)).order_by()
    days: dict[_Key, dict[str, Any]] = {}
    for row in rows.values("service", "due_on", day=TruncDate("ended_at"), began=_BEGAN).annotate(n=Count("pk")):
        facts = days.setdefault((row["day"], row["service"]), _nothing_decided())
        facts["decided"] += row["n"]
        facts["in_time"] += row["n"] if row["due_on"] and row["day"] <= row["due_on"] else 0
        took = due.working_days_between(row["began"], row["day"], closed)
        facts["took"][min(took, TOOK_AT_MOST + 1)] += row["n"]
    yield from days.items()


def _nothing_decided() -> dict[str, Any]:
    return {"decided": 0, "in_time": 0, "took": [0] * (TOOK_AT_MOST + 2)}


def _open(today: date, closed: frozenset[date]) -> Iterator[tuple[_Key, dict[str, Any]]]:
    services: dict[_Key, dict[str, Any]] = {}
    rows = ServiceRequest.objects.open().order_by().values("service", began=_BEGAN)
    for row in rows.annotate(n=Count("pk"), overdue=Count("pk", filter=Q(due_on__lt=today))):
        facts = services.setdefault((today, row["service"]), {"overdue": 0, "open_ages": [0] * (len(AGES) + 1)})
        facts["overdue"] += row["overdue"]
        facts["open_ages"][_place_of_age(due.working_days_between(row["began"], today, closed))] += row["n"]
    yield from services.items()


def _place_of_age(days: int) -> int:
    return next((place for place, age in enumerate(AGES) if days <= age), len(AGES))


def _write_officers(since: date, today: date) -> None:
    known = OfficerDay.objects.filter(day__gte=since).values_list("day", "officer", "department")
    facts = _merged((known, _decided_by_officers(since), _with_officers(today)))
    rows = [OfficerDay(day=key[0], officer_id=key[1], department=key[2], **facts[key]) for key in sorted(facts)]
    OfficerDay.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["day", "officer", "department"],
        update_fields=["decided", "open", "overdue"],
    )


def _decided_by_officers(since: date) -> Iterator[tuple[_Key, dict[str, Any]]]:
    rows = ServiceRequest.objects.filter(state__in=DECIDED, ended_at__gte=due.midnight(since)).order_by()
    for row in rows.values("officer", "department", day=TruncDate("ended_at")).annotate(n=Count("pk")):
        yield (row["day"], row["officer"], row["department"]), {"decided": row["n"]}


def _with_officers(today: date) -> Iterator[tuple[_Key, dict[str, Any]]]:
    under_way = ServiceRequest.objects.filter(state__in=(RequestState.IN_REVIEW, RequestState.RETURNED)).order_by()
    rows = under_way.values("officer", "department")
    for row in rows.annotate(n=Count("pk"), overdue=Count("pk", filter=Q(due_on__lt=today))):
        yield (today, row["officer"], row["department"]), {"open": row["n"], "overdue": row["overdue"]}


def _write_paces(today: date) -> None:
    paces = [ServicePace(service=service, **facts) for service, facts in _paces(today)]
    ServicePace.objects.exclude(service__in=[pace.service for pace in paces]).delete()
    ServicePace.objects.bulk_create(
        paces, update_conflicts=True, unique_fields=["service"], update_fields=["usual", "slow", "decided"]
    )


def _paces(today: date) -> Iterator[tuple[str, dict[str, Any]]]:
    newest: dict[str, list[list[int]]] = defaultdict(list)
    decided: dict[str, int] = defaultdict(int)
    days = ServiceDay.objects.filter(day__gte=today - _PACE_LOOKED_BACK, decided__gt=0).order_by("-day", "service")
    for service, count, took in days.values_list("service", "decided", "took"):
        if decided[service] < PACE_OF_NEWEST:
            newest[service].append(took)
            decided[service] += count
    for service in sorted(newest):
        if decided[service] >= PACE_OF_AT_LEAST:
            counts = added(newest[service])
            yield service, {"usual": percentile(counts, 0.5), "slow": percentile(counts, 0.9), "decided": sum(counts)}
