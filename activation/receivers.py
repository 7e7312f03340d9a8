"""What partners are told of accounts that they activated."""

from typing import Any

from accounts.models import User
from activation.actions import at_partners


def tell_who_activated(*, user: User, **_rest: Any) -> None:
    at_partners.tell_of_the_end(user)
