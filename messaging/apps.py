from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _


class MessagingConfig(AppConfig):
    name = "messaging"
    verbose_name = _("Messages")

    def ready(self) -> None:
        from messaging.checks import check_gateways, check_keywords
        from messaging.gateways.base import receipts_came, text_came
        from messaging.receivers import take_receipts, take_text

        checks.register(check_gateways)
        checks.register(check_keywords)
        receipts_came.connect(take_receipts)
        text_came.connect(take_text)
