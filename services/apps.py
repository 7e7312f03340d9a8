from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _


class ServicesConfig(AppConfig):
    name = "services"
    verbose_name = _("Services")

    def ready(self) -> None:
        from services.checks import check_attachments

        checks.register(check_attachments, deploy=True)
