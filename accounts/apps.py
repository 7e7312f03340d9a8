from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        from accounts import checks  # noqa: F401  (registers them)
        from accounts.receivers import make_roles

        # The admin is the last app with models: by its turn the permissions of all are there.
        post_migrate.connect(make_roles, sender=apps.get_app_config("admin"))
