from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _


class ActivationConfig(AppConfig):
    name = "activation"
    verbose_name = _("Activation")

    def ready(self) -> None:
        from accounts.events import account_ended, activation_ended
        from activation.checks import check_channels
        from activation.receivers import close_what_is_under_way, tell_who_activated

        checks.register(check_channels)
        activation_ended.connect(tell_who_activated, dispatch_uid="activation.tell_who_activated")
        account_ended.connect(close_what_is_under_way, dispatch_uid="activation.close_what_is_under_way")
