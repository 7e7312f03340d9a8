"""The officers' roles and what each may do, by the names of permissions. `manage.py migrate` makes them so."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """The value is the name of a group."""

    PASSPORTS = "Passports officer", _("Passports officer")
    CIVIL_AFFAIRS = "Civil Affairs officer", _("Civil Affairs officer")
    SUPERVISOR = "Supervisor", _("Supervisor")
    AUDITOR = "Auditor", _("Auditor")


DECIDES = "activation.decide_attempt"
DECIDES_REQUESTS = "services.decide_request"
SUPERVISES_REQUESTS = "services.supervise_request"
CLOSES_DAYS = "accounts.add_closedday"
ASSIGNS_REQUESTS = "services.assign_request"
RIGHTS: dict[Role, tuple[str, ...]] = {
    Role.PASSPORTS: (DECIDES, DECIDES_REQUESTS),
    Role.CIVIL_AFFAIRS: (DECIDES, DECIDES_REQUESTS),
    Role.SUPERVISOR: (
        DECIDES,
        DECIDES_REQUESTS,
        SUPERVISES_REQUESTS,
        ASSIGNS_REQUESTS,
        *(f"services.{act}_readyreason" for act in ("view", "add", "change", "delete")),
        "activation.view_channeloutage",
        "activation.add_channeloutage",
        "activation.change_channeloutage",
        "accounts.view_user",
        "accounts.view_branch",
        "accounts.change_branch",
        *(
            f"accounts.{act}_{what}"
            for what in ("openinghours", "closedday")
            for act in ("view", "add", "change", "delete")
        ),
        "messaging.view_message",
        "messaging.view_receivedtext",
        "messaging.view_gatewayhealth",
        "messaging.add_ceilinglift",
        "partners.view_partner",
        "partners.view_device",
        "partners.view_call",
        "partners.view_webhook",
        "partners.replay_webhook",
        "registry.view_person",
        "registry.view_dependencylink",
        "registry.view_document",
    ),
    Role.AUDITOR: ("audit.view_entry", "accounts.view_user"),
}


def title_of(group_name: str) -> str:
    """In the language of the page; a group that somebody made keeps its name."""
    return str(Role(group_name).label) if group_name in Role.values else group_name
