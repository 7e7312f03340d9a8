"""When branches receive people who have booked."""

from datetime import time

from accounts.models import USUAL_HOURS, WORKING_WEEK, Branch, OpeningHours


def open_through_the_week(branch: Branch, hours: tuple[time, time] = USUAL_HOURS) -> None:
    """The same hours on every working day, unless the branch has hours of its own."""
    if not branch.opening_hours.exists():
        opens_at, closes_at = hours
        OpeningHours.objects.bulk_create(
            OpeningHours(branch=branch, weekday=weekday, opens_at=opens_at, closes_at=closes_at)
            for weekday in WORKING_WEEK
        )
