from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _


class ActivationConfig(AppConfig):
    name = "activation"
    verbose_name = _("Activation")

    def ready(self) -> None:
        from activation.checks import check_channels

        checks.register(check_channels)
