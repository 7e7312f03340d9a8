from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from messaging.inbound import Keyword, Reply


class Status(Keyword):
    name = "status"
    words = {"ar": ("حالة", "حالتي", "حساب", "حسابي"), "en": ("status", "account")}
    summary = _("Says that your account is activated, and when somebody last signed in to it.")

    def answer(self, account: User, said: list[str]) -> Reply:
        last = account.last_login and timezone.localtime(account.last_login)
        return Reply("answer_status", {"last_sign_in": f"{last:%Y/%m/%d %H:%M}" if last else ""})
