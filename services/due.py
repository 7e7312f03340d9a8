"""Working days: Sunday to Thursday (domain §6)."""

from datetime import date, timedelta

from accounts.models import WORKING_WEEK, Weekday

ANSWER_WITHIN_WORKING_DAYS = 7


def working_days_after(start: date, days: int) -> date:
    day = start
    while days:
        day += timedelta(days=1)
        days -= Weekday.of(day) in WORKING_WEEK
    return day
