from typing import Any

from django.utils.translation import gettext_lazy as _

from messaging.inbound import Keyword, Reply


class Help(Keyword):
    name = "help"
    words = {"ar": ("مساعدة", "ساعدني", "خدمات"), "en": ("help", "info", "services")}
    summary = _("Lists the words you can send.")

    def answer(self, account: Any, rest: str) -> Reply:
        return Reply("answer_help")
