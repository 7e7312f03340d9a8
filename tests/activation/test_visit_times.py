"""Which times can be booked when: hours, closed days and places are data; all is the Kingdom's time, wherever a node stands."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.actions import branches
from accounts.models import Branch, ClosedDay, OpeningHours, User, Weekday
from activation import slots
from activation.actions import cases
from activation.models import Visit
from activation.slots import Day
from registry.models import Person
from tests.cast import luhn_number

pytestmark = pytest.mark.django_db

# A Wednesday; 10:07 in the Kingdom.
NOW = datetime(2026, 11, 25, 7, 7, tzinfo=UTC)
LATE = NOW + timedelta(days=60)


def _riyadh(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour - 3, minute, tzinfo=UTC)


def _days(branch: Branch, now: datetime = NOW, until: datetime = LATE) -> list[Day]:
    return slots.days_of([branch], now=now, until=until)[branch.pk]


def _of(branch: Branch, day: date, now: datetime = NOW) -> Day:
    return next(one for one in _days(branch, now) if one.date == day)


@pytest.mark.parametrize(
    ("hours", "first", "last", "count"),
    [
        ((time(8), time(14, 30)), "08:00", "14:15", 26),
        ((time(7, 30), time(14, 30)), "07:30", "14:15", 28),
        ((time(8, 10), time(9)), "08:10", "08:40", 3),
        ((time(8), time(8, 15)), "08:00", "08:00", 1),
        ((time(8), time(8, 14)), "", "", 0),
        ((time(23), time(23, 59)), "23:00", "23:30", 3),
    ],
)
def test_visits_begin_each_quarter_of_an_hour_and_end_before_the_branch_closes(
    hours: slots.Hours, first: str, last: str, count: int
) -> None:
    times = [f"{start:%H:%M}" for start in slots.times_of(hours, date(2026, 11, 26))]
    assert (len(times), times[:1], times[-1:]) == (count, [first] * bool(count), [last] * bool(count))


@pytest.mark.parametrize("zone", ["UTC", "Asia/Riyadh", "America/New_York", "Pacific/Auckland"])
def test_the_times_are_the_kingdoms_wherever_the_node_stands(zone: str, branch: Branch) -> None:
    with timezone.override(zone):
        thursday = _of(branch, date(2026, 11, 26))
    assert thursday.slots[0].starts_at == _riyadh(11, 26, 8)
    assert thursday.slots[-1].starts_at == _riyadh(11, 26, 14, 15)


@pytest.mark.parametrize(
    ("now", "first"),
    [
        (_riyadh(11, 25, 10, 7), _riyadh(11, 25, 12, 15)),
        (_riyadh(11, 25, 10, 0), _riyadh(11, 25, 12, 0)),
        (_riyadh(11, 25, 10, 1), _riyadh(11, 25, 12, 15)),
        (_riyadh(11, 25, 5, 0), _riyadh(11, 25, 8, 0)),
        (_riyadh(11, 25, 12, 15), _riyadh(11, 25, 14, 15)),
        (_riyadh(11, 25, 12, 16), _riyadh(11, 26, 8, 0)),
        (_riyadh(11, 25, 23, 30), _riyadh(11, 26, 8, 0)),
        # Thursday afternoon: Friday and Saturday are closed.
        (_riyadh(11, 26, 14, 0), _riyadh(11, 29, 8, 0)),
        # In Greenwich it is Wednesday still.
        (_riyadh(11, 26, 3, 0) - timedelta(hours=2, minutes=30), _riyadh(11, 26, 8, 0)),
    ],
)
def test_the_first_time_is_two_hours_ahead_at_least(now: datetime, first: datetime, branch: Branch) -> None:
    assert slots.free_slots(_days(branch, now))[0].starts_at == first


def test_the_last_time_is_fourteen_days_ahead_at_most_or_as_far_as_the_attempt_can_live(branch: Branch) -> None:
    assert slots.free_slots(_days(branch))[-1].starts_at == _riyadh(12, 9, 10, 0)
    soon = slots.free_slots(_days(branch, until=_riyadh(11, 30, 9, 20)))
    assert soon[-1].starts_at == _riyadh(11, 30, 9, 15)
    assert _days(branch, until=NOW) == []


def test_weekdays_without_hours_are_left_out(branch: Branch) -> None:
    weekdays = {day.date.isoweekday() % 7 for day in _days(branch)}
    assert weekdays == set(range(Weekday.THURSDAY + 1))
    OpeningHours.objects.create(branch=branch, weekday=Weekday.SATURDAY, opens_at=time(16), closes_at=time(17))
    saturday = _of(branch, date(2026, 11, 28))
    assert [f"{timezone.localtime(s.starts_at):%H:%M}" for s in saturday.slots] == ["16:00", "16:15", "16:30", "16:45"]


@pytest.mark.parametrize("whose", ["this branch", "all branches", "another branch"])
def test_a_closed_day_has_no_times_and_says_why(whose: str, branch: Branch) -> None:
    other = Branch.objects.create(name_ar="فرع آخر", name_en="Other branch")
    of = {"this branch": branch, "all branches": None, "another branch": other}[whose]
    ClosedDay.objects.create(day=date(2026, 11, 29), branch=of, reason_ar="صيانة", reason_en="Maintenance")
    with translation.override("ar"):
        sunday = _of(branch, date(2026, 11, 29))
    is_closed = whose != "another branch"
    assert (sunday.free == 0, sunday.closed_because) == (is_closed, "صيانة" if is_closed else "")


@pytest.mark.parametrize(("places", "taken", "free"), [(1, 0, 1), (1, 1, 0), (3, 1, 2), (2, 3, 0), (0, 0, None)])
def test_the_free_places_are_those_that_nobody_has_booked(
    places: int,
    taken: int,
    free: int | None,
    branch: Branch,
    make_person: Callable[..., Person],
    make_account: Callable[..., User],
) -> None:
    Branch.objects.update(places_at_once=places)
    for place in range(1, taken + 1):
        booker = make_person(luhn_number(f"20003000{place}"))
        account = make_account(f"booker{place}0", booker.id_number, f"+96651234560{place}")
        attempt = cases.begin(account, "officer")
        Visit.objects.create(attempt=attempt, branch=branch, starts_at=_riyadh(11, 29, 9), place=place)
    branch.refresh_from_db()
    found = slots.find(_days(branch), _riyadh(11, 29, 9))
    assert (found.free if found else None) == free


def test_the_nearest_free_times_may_lie_on_other_days(branch: Branch) -> None:
    days = _days(branch, until=_riyadh(11, 29, 8, 30))
    near = slots.nearest(days, _riyadh(11, 26, 14, 15))
    assert [slot.starts_at for slot in near] == [_riyadh(11, 26, 13, 45), _riyadh(11, 26, 14), _riyadh(11, 26, 14, 15)]
    assert [slot.starts_at for slot in slots.nearest(days, _riyadh(12, 24, 9))] == [
        _riyadh(11, 29, 8),
        _riyadh(11, 29, 8, 15),
        _riyadh(11, 29, 8, 30),
    ]


def test_ten_branches_cost_as_many_queries_as_one(branch: Branch) -> None:
    for n in range(9):
        other = Branch.objects.create(name_ar=f"فرع {n}", name_en=f"Branch {n}")
        branches.open_through_the_week(other)
    counts = []
    for some in ([branch], list(Branch.objects.all())):
        with CaptureQueriesContext(connection) as queries:
            slots.days_of(some, now=NOW, until=LATE)
        counts.append(len(queries))
    assert counts == [3, 3]


def _second(branch: Branch, table: str) -> Any:
    hours: dict[str, Any] = {"branch": branch, "opens_at": time(8), "closes_at": time(9)}
    day = {"day": date(2026, 11, 29), "reason_ar": "عطلة", "reason_en": "Holiday"}
    return {
        "the same weekday": lambda: OpeningHours.objects.create(weekday=0, **hours),
        "a weekday that is none": lambda: OpeningHours.objects.create(weekday=7, **hours),
        "closing before opening": lambda: OpeningHours.objects.create(weekday=6, **hours | {"closes_at": time(8)}),
        "the same day of one branch": lambda: [ClosedDay.objects.create(branch=branch, **day) for _twice in "ab"],
        "the same day of all": lambda: [ClosedDay.objects.create(branch=None, **day) for _twice in "ab"],
    }[table]


@pytest.mark.parametrize(
    "wrong",
    [
        "the same weekday",
        "a weekday that is none",
        "closing before opening",
        "the same day of one branch",
        "the same day of all",
    ],
)
def test_the_database_refuses_hours_and_days_that_contradict_each_other(wrong: str, branch: Branch) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        _second(branch, wrong)()


def test_a_branch_with_hours_of_its_own_keeps_them(branch: Branch) -> None:
    branch.opening_hours.exclude(weekday=Weekday.SUNDAY).delete()
    branches.open_through_the_week(branch)
    assert branch.opening_hours.count() == 1
