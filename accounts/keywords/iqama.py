from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.hijri import in_digits
from messaging.inbound import Keyword, Reply
from registry.lookup import person_of
from registry.models import EXPIRES_SOON


class Iqama(Keyword):
    """The expiry of whatever identity the person has: national ID, iqama or border number."""

    name = "iqama"
    words = {"ar": ("هوية", "هويتي", "إقامة", "إقامتي"), "en": ("iqama", "id", "identity")}
    summary = _("Says until when your identity is valid, and how many days are left when it ends soon.")

    def answer(self, account: User, said: list[str]) -> Reply:
        expires_on = person_of(account.id_number).id_expires_on
        if expires_on is None:
            return Reply("answer_iqama", {"expires_on": "", "days_left": None})
        left = expires_on - timezone.localdate()
        return Reply(
            "answer_iqama",
            {
                "expires_on": in_digits(expires_on, account.language),
                "days_left": left.days if left <= EXPIRES_SOON else None,
            },
        )
