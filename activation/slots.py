"""Which times of a branch can be booked, in the Kingdom's time. Hours, places and closed days are data (accounts.models)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from accounts.models import Branch, ClosedDay, OpeningHours, Weekday
from activation.models import Visit

LENGTH = timedelta(minutes=15)
# How far ahead of now a bookable time begins, at least and at most.
SOONEST = timedelta(hours=2)
FURTHEST = timedelta(days=14)

Hours = tuple[time, time]


@dataclass(frozen=True)
class Slot:
    branch: Branch
    starts_at: datetime
    free: int


@dataclass(frozen=True)
class Day:
    """A day on which the branch is usually open. `closed_because` is the reason of a closed day, else empty."""

    date: date
    slots: tuple[Slot, ...]
    closed_because: str = ""

    @property
    def free(self) -> int:
        return sum(slot.free for slot in self.slots)


def times_of(hours: Hours, day: date) -> Iterator[datetime]:
    """When visits can begin on that day; the last one ends when the branch closes, at the latest."""
    opens_at, closes_at = (at(day, moment) for moment in hours)
    while opens_at + LENGTH <= closes_at:
        yield opens_at
        opens_at += LENGTH


def at(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, timezone.get_default_timezone())


def day_of(starts_at: datetime) -> date:
    return timezone.localtime(starts_at, timezone.get_default_timezone()).date()


def bounds_of(day: date) -> tuple[datetime, datetime]:
    """The moments at which the day begins and ends."""
    return at(day, time()), at(day + timedelta(days=1), time())


def days_of(branches: Sequence[Branch], *, now: datetime, until: datetime) -> dict[int, list[Day]]:
    """The bookable days of each branch, by its key, as three queries tell however many branches there are."""
    earliest, latest = now + SOONEST, min(now + FURTHEST, until)
    timetable = _Timetable.read(branches, earliest, latest)
    dates = [day_of(earliest) + timedelta(days=n) for n in range((day_of(latest) - day_of(earliest)).days + 1)]
    return {
        branch.pk: [
            day for day in (timetable.day(branch, date) for date in dates) if day and (day.slots or day.closed_because)
        ]
        for branch in branches
    }


def free_slots(days: Iterable[Day]) -> list[Slot]:
    return [slot for day in days for slot in day.slots if slot.free]


def nearest(days: Iterable[Day], wished: datetime, count: int = 3) -> list[Slot]:
    """The free ones that lie nearest to the wished time, the earliest first."""
    by_distance = sorted(free_slots(days), key=lambda slot: abs(slot.starts_at - wished))
    return sorted(by_distance[:count], key=lambda slot: slot.starts_at)


def find(days: Iterable[Day], starts_at: datetime) -> Slot | None:
    return next((slot for day in days for slot in day.slots if slot.starts_at == starts_at), None)


@dataclass(frozen=True)
class _Timetable:
    """What the database knows of some branches' times between two moments."""

    earliest: datetime
    latest: datetime
    hours: dict[tuple[int, int], Hours]
    closed: dict[tuple[int | None, date], str]
    taken: Counter[tuple[int, datetime]]

    @classmethod
    def read(cls, branches: Sequence[Branch], earliest: datetime, latest: datetime) -> "_Timetable":
        hours = OpeningHours.objects.filter(branch__in=branches)
        closed = ClosedDay.objects.filter(day__range=(day_of(earliest), day_of(latest)))
        taken = Visit.objects.standing().filter(branch__in=branches, starts_at__range=(earliest, latest))
        return cls(
            earliest,
            latest,
            {(one.branch_id, one.weekday): (one.opens_at, one.closes_at) for one in hours},
            {(one.branch_id, one.day): one.reason for one in closed},
            Counter(taken.values_list("branch_id", "starts_at")),
        )

    def day(self, branch: Branch, date: date) -> Day | None:
        """None on a weekday on which the branch is always closed."""
        hours = self.hours.get((branch.pk, Weekday.of(date)))
        if hours is None or not branch.places_at_once:
            return None
        if reason := self.closed.get((None, date)) or self.closed.get((branch.pk, date)):
            return Day(date, (), reason)
        starts = (start for start in times_of(hours, date) if self.earliest <= start <= self.latest)
        return Day(date, tuple(Slot(branch, start, self._free(branch, start)) for start in starts))

    def _free(self, branch: Branch, start: datetime) -> int:
        return max(0, branch.places_at_once - self.taken[branch.pk, start])
