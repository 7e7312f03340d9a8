"""Working days: Sunday to Thursday (domain §6)."""

from datetime import date, timedelta

ANSWER_WITHIN_WORKING_DAYS = 7
_WEEKEND = (4, 5)  # Friday and Saturday, as date.weekday() counts.


def working_days_after(start: date, days: int) -> date:
    day = start
    while days:
        day += timedelta(days=1)
        days -= day.weekday() not in _WEEKEND
    return day
