"""Holidays: days that are closed for everybody, one after the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import get_language

from accounts.models import ClosedDay, User
from audit.actions import record
from audit.events import Event


@dataclass(frozen=True)
class Holiday:
    """Both days are of it."""

    first: date
    last: date
    name_ar: str
    name_en: str

    @property
    def name(self) -> str:
        return self.name_ar if get_language() == "ar" else self.name_en

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


class ClosedAlready(Exception):
    """`day` is the first of the holiday that is closed for everybody already."""

    def __init__(self, day: date) -> None:
        super().__init__(day)
        self.day = day


def holidays(*, since: date) -> Iterator[Holiday]:
    """Those that have not ended by then, in their order: days of one name that follow each other."""
    found: Holiday | None = None
    for day in ClosedDay.objects.filter(branch=None, day__gte=since).order_by("day"):
        one = Holiday(day.day, day.day, day.reason_ar, day.reason_en)
        if found and _goes_on(found, one):
            found = Holiday(found.first, one.last, found.name_ar, found.name_en)
            continue
        if found:
            yield found
        found = one
    if found:
        yield found


def close(holiday: Holiday, supervisor: User) -> None:
    """All of its days, or none. Raises ClosedAlready."""
    days = [holiday.first + timedelta(days=n) for n in range(holiday.days)]
    closed = [ClosedDay(day=day, reason_ar=holiday.name_ar, reason_en=holiday.name_en) for day in days]
    _refuse_closed(holiday)
    try:
        with transaction.atomic():
            ClosedDay.objects.bulk_create(closed)
            record(Event.DAY_CLOSED, actor=supervisor, day=f"{holiday.first}", last=f"{holiday.last}", branch=0)
    except IntegrityError:
        raise ClosedAlready(holiday.first) from None


def open_again(first: date, last: date, supervisor: User) -> int:
    """Returns how many days were closed for everybody, and are not any more."""
    with transaction.atomic():
        opened, _rows = ClosedDay.objects.filter(branch=None, day__range=(first, last)).delete()
        if opened:
            record(Event.DAY_REOPENED, actor=supervisor, day=f"{first}", last=f"{last}", branch=0)
    return opened


def _refuse_closed(holiday: Holiday) -> None:
    closed = ClosedDay.objects.filter(branch=None, day__range=(holiday.first, holiday.last))
    first = closed.order_by("day").values_list("day", flat=True).first()
    if first:
        raise ClosedAlready(first)


def _goes_on(found: Holiday, one: Holiday) -> bool:
    is_next = one.first - found.last == timedelta(days=1)
    return is_next and (found.name_ar, found.name_en) == (one.name_ar, one.name_en)
