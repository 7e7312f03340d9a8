"""What can stand beside the code at a sign-in: another proof that it is the holder of the account. A room above brings it and
is named in settings.SECOND_STEPS; it ends in `accounts.actions.sign_in.complete_by`."""

from typing import ClassVar

from django.conf import settings
from django.utils.functional import Promise

from accounts.models import User
from core import plugins


class SecondStep:
    name: ClassVar[str]
    # What the link on the code page says.
    title: ClassVar[str | Promise]
    # The URL name of its page.
    page: ClassVar[str]

    def is_open_to(self, user: User) -> bool:
        """Whether it works for this account now. Asked on the code page: at most one query."""
        raise NotImplementedError


def open_to(user: User) -> list[SecondStep]:
    return [step for step in plugins.load(settings.SECOND_STEPS).values() if step.is_open_to(user)]
