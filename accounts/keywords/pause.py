from django.utils.translation import gettext_lazy as _

from accounts.actions import profile
from accounts.models import User
from messaging.inbound import Keyword, Reply


class Pause(Keyword):
    """A forged sender can make somebody visit an office. That costs less than a stolen phone that cannot be locked out."""

    name = "pause"
    words = {"ar": ("إيقاف", "أوقف", "تجميد", "وقف"), "en": ("pause", "stop", "freeze")}
    summary = _("Stops every sign-in to your account, until you show your identity document at an office.")
    protects = True

    def answer(self, account: User, said: list[str]) -> Reply:
        profile.pause(account)
        return Reply("answer_paused")
