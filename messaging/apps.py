from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _


class MessagingConfig(AppConfig):
    name = "messaging"
    verbose_name = _("Messages")

    def ready(self) -> None:
        from messaging.checks import check_gateways
        from messaging.gateways.base import receipts_came
        from messaging.receivers import take_receipts

        checks.register(check_gateways)
        receipts_came.connect(take_receipts)
