from contextlib import suppress
from datetime import timedelta

import structlog
from django.utils.translation import gettext_lazy as _

from accounts.actions import mobiles, profile
from accounts.models import TryCounter, User
from core.states import MoveRefused
from core.throttle import Budget, OverBudget
from messaging.inbound import Keyword, Reply

_HOUR = timedelta(hours=1)
# More than people are likely to send. Beyond it they still work, for some are real, and operators look.
MANY_PAUSES = Budget("pauses-by-text", 20, _HOUR)
_ALARM = Budget("pauses-by-text-alarm", 1, _HOUR)

log = structlog.get_logger(__name__)


class Pause(Keyword):
    """A forged sender can make somebody visit an office. That costs less than a stolen phone that cannot be locked out."""

    name = "pause"
    words = {
        "ar": ("تجميد", "جمّد", "تجميد الحساب", "تجميد حسابي", "جمّد الحساب", "جمّد حسابي"),
        "en": ("pause", "freeze", "pause account", "pause my account", "freeze account", "freeze my account"),
    }
    summary = _(
        "Sent alone, it stops every sign-in to your account at once, and a change of its mobile number. The account opens"
        " again when you prove who you are: sign in to see the ways, or bring your identity document to an office."
    )
    protects = True

    def answer(self, account: User, said: list[str]) -> Reply:
        try:
            profile.pause(account)
        except MoveRefused:  # it is paused already, but a change of mobile that was asked for since then is stopped
            mobiles.withdraw(account)
            return profile.PAUSED
        _count()
        return profile.PAUSED


def _count() -> None:
    try:
        TryCounter.objects.spend(MANY_PAUSES.of("all"))
    except OverBudget:
        with suppress(OverBudget):
            TryCounter.objects.spend(_ALARM.of("all"))
            log.critical("many_pauses_by_text", an_hour=MANY_PAUSES.limit)
