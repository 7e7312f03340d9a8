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
    words = {"ar": ("لغة", "لغتي", "عربي", "عربية", "إنجليزي", "إنجليزية"), "en": ("language", "arabic", "english")}
    summary = _("Changes the language of your messages and pages: Arabic or English.")

    def answer(self, account: User, said: list[str]) -> Reply:
        """Without the name of a language, the other one. The name alone is enough, and the language that is on stays."""
        named = next((_BY_NAME[word] for word in said if word in _BY_NAME), None)
        account.language = named or ("en" if account.language == "ar" else "ar")
        profile.choose_language(account, account.language)
        return Reply("answer_language")
