from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from messaging.inbound import Keyword, Reply
from registry.lookup import person_of


class Iqama(Keyword):
    """The expiry of whatever identity the person has: national ID, iqama or border number."""

    name = "iqama"
    words = {"ar": ("هوية", "هويتي", "إقامة", "إقامتي"), "en": ("iqama", "id", "identity")}
    summary = _("Says until when your identity is valid, and how many days are left.")

    def answer(self, account: User, said: list[str]) -> Reply:
        expires_on = person_of(account.id_number).id_expires_on
        days_left = (expires_on - timezone.localdate()).days if expires_on else None
        return Reply(
            "answer_iqama",
            {"expires_on": f"{expires_on:%Y/%m/%d}" if expires_on else "", "days_left": days_left},
        )
