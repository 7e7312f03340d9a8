from django.utils.translation import gettext_lazy as _

from accounts.actions import profile
from accounts.models import User
from core.text import fold_letters
from messaging.inbound import Keyword, Reply

_NAMES = {
    "ar": ("عربي", "عربية", "العربية", "arabic", "ar"),
    "en": ("إنجليزي", "إنجليزية", "الإنجليزية", "english", "en"),
}
_BY_NAME = {fold_letters(name): language for language, names in _NAMES.items() for name in names}


class Language(Keyword):
    name = "language"
    words = {"ar": ("لغة", "لغتي", "عربي", "العربية"), "en": ("language", "english")}
    summary = _("Changes the language of your messages and pages: Arabic or English.")

    def answer(self, account: User, rest: str) -> Reply:
        """Without the name of a language, the other one."""
        account.language = _BY_NAME.get(rest) or ("en" if account.language == "ar" else "ar")
        profile.choose_language(account, account.language)
        return Reply("answer_language")
