from django import template

from accounts.models import User
from activation.actions import bookings, cases
from activation.models import Attempt, Visit

register = template.Library()


@register.inclusion_tag("activation/_refusal.html")
def activation_refusal(user: User) -> dict[str, Attempt | None]:
    """For pages below this floor, which name the tag only. It says nothing once the person has begun anew."""
    return {"attempt": _newest(user)}


@register.simple_tag
def activation_under_way(user: User) -> Attempt | None:
    """The attempt that goes on; None when one has to be begun."""
    newest = _newest(user)
    return newest if newest and newest.is_usable else None


@register.simple_tag
def visit_booked(attempt: Attempt) -> Visit | None:
    """The visit that is still to come."""
    return bookings.booked(attempt) if attempt.channel == "officer" else None


def _newest(user: User) -> Attempt | None:
    return cases.attempts_of(user).select_related("case").newest_first().first()
