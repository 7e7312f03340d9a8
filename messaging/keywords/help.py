from typing import Any

from django.utils.translation import gettext_lazy as _

from messaging.inbound import Keyword, Reply, words_to_send


class Help(Keyword):
    name = "help"
    words = {"ar": ("مساعدة", "ساعدني", "خدمات"), "en": ("help", "info", "services")}
    summary = _("Lists the words you can send.")

    def answer(self, account: Any, said: list[str]) -> Reply:
        return Reply("answer_help", {"words": words_to_send(account.language, besides=self.name)})
