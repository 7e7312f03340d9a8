from typing import Any

from django.utils.translation import gettext_lazy as _

from messaging.inbound import Keyword, Reply, words_to_send


class Help(Keyword):
    name = "help"
    words = {"ar": ("مساعدة", "ساعدني", "خدمات"), "en": ("help", "info", "services")}
    # Whoever wants no more messages is told what there is: to these words alone nothing is done.
    also_heard = ("قف", "وقف", "أوقف", "إيقاف", "stop", "unsubscribe")
    summary = _("Lists the words you can send.")

    def answer(self, account: Any, said: list[str]) -> Reply:
        language = account.language
        words = words_to_send(language, besides=self.name)
        return Reply("answer_help", {"words": words, "protecting": words_to_send(language, protecting=True)})
