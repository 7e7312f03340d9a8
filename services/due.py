"""Working days: Sunday to Thursday (domain §6), but for those that are closed for everybody."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from django.utils import timezone, translation

from accounts.models import WORKING_WEEK, ClosedDay, Weekday
from core.hijri import in_both_calendars

ANSWER_WITHIN_WORKING_DAYS = 7


def answer_due_on(asked_on: date) -> date:
    """Of what is submitted on this day. A day that is closed afterwards does not move it: the applicant was told the date."""
    return working_days_after(asked_on, ANSWER_WITHIN_WORKING_DAYS, closed_days(asked_on))


def in_both_languages(day: date) -> dict[str, str]:
    """In both calendars, for what is told of it."""
    return {language: _in_words(day, language) for language in ("ar", "en")}


def closed_days(since: date = date.min) -> frozenset[date]:
    """Closed for everybody; a branch that closes alone keeps nobody waiting."""
    return frozenset(ClosedDay.objects.filter(branch=None, day__gte=since).values_list("day", flat=True))


def midnight(day: date) -> datetime:
    """When it begins in the Kingdom."""
    return timezone.make_aware(datetime.combine(day, time.min))


def working_days_after(start: date, days: int, closed: Collection[date] = ()) -> date:
    day = start
    while days:
        day += timedelta(days=1)
        days -= _is_worked(day, closed)
    return day


def working_days_between(start: date, end: date, closed: Collection[date] = ()) -> int:
    """From the day after the start to the end: what is answered on the day it was asked took none."""
    weeks, rest = divmod(max(0, (end - start).days), len(Weekday))
    in_the_rest = sum(_is_worked(end - timedelta(days=n)) for n in range(rest))
    closed_meanwhile = sum(start < day <= end and _is_worked(day) for day in closed)
    return weeks * len(WORKING_WEEK) + in_the_rest - closed_meanwhile


def _in_words(day: date, language: str) -> str:
    with translation.override(language):
        return in_both_calendars(day)


def _is_worked(day: date, closed: Collection[date] = ()) -> bool:
    return Weekday.of(day) in WORKING_WEEK and day not in closed
