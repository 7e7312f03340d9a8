from django.contrib.admin.apps import AdminConfig


class PortalAdminConfig(AdminConfig):
    """The stock admin on a site that asks every officer for TOTP."""

    default_site = "accounts.admin_site.OfficerSite"
