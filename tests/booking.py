"""What people do who book a visit to an officer."""

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import override

from accounts.models import Branch
from activation import slots
from activation.actions import bookings
from activation.actions.bookings import Wish
from activation.models import Attempt, Visit
from core import clock


def free_times(attempt: Attempt, branch: Branch, *, days_ahead: int = 0) -> list[datetime]:
    """Without one that would be too near a moment later, and without the one that is booked: over a weekend the first time that
    is seven days ahead is also the first that is nine."""
    days = bookings.days_for(attempt, [branch], clock.read())[branch.pk]
    begins = clock.read() + max(timedelta(days=days_ahead), slots.SOONEST + slots.LENGTH)
    booked = bookings.booked(attempt)
    taken = {booked.starts_at} if booked else set()
    return [
        slot.starts_at for slot in slots.free_slots(days) if slot.starts_at > begins and slot.starts_at not in taken
    ]


def book(attempt: Attempt, branch: Branch, starts_at: datetime | None = None) -> Visit:
    """The given time, or the first one that is more than a week ahead; moves the visit that is booked."""
    earlier = bookings.booked(attempt)
    wished = starts_at or free_times(attempt, branch, days_ahead=7)[0]
    return bookings.book(attempt, Wish(branch, wished, earlier.pk if earlier else None))


def address_of(branch: Branch, starts_at: datetime, page: str = "confirm", language: str = "en") -> str:
    """The page of that day (`time`), or of that day and time (`confirm`)."""
    local = starts_at.astimezone(slots.at(starts_at.date(), starts_at.time()).tzinfo)
    arguments = [branch.pk, local, local] if page == "confirm" else [branch.pk, local]
    with override(language):
        return reverse(f"activation_visit_{page}", args=arguments)
