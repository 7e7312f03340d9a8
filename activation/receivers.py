"""What becomes of activations when an account ends, or is activated no longer."""

from typing import Any

from accounts.models import User
from activation.actions import at_partners, cases


def tell_who_activated(*, user: User, **_rest: Any) -> None:
    at_partners.tell_of_the_end(user)


def close_what_is_under_way(*, user: User, **_rest: Any) -> None:
    """The person has died: nobody is waited for, and nobody reminded of a visit."""
    cases.close_all(user, actor=None)
