"""Where an attempt was made, in words: for pages, the inbox and text messages."""

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from activation.models import Attempt, PartnerAttempt
from core import plugins
from partners.words import Mode

MODES: dict[str, Promise] = {
    Mode.APP: pgettext_lazy("at a bank", "App"),
    Mode.WEBSITE: pgettext_lazy("at a bank", "Website"),
    Mode.PHONE: pgettext_lazy("at a bank", "Phone banking"),
    Mode.ATM: pgettext_lazy("at a bank", "ATM"),
}


def channel_of(attempt: Attempt) -> str:
    """Its title; the name of one that is not listed any more."""
    channel = plugins.load(settings.ACTIVATION_CHANNELS).get(attempt.channel)
    return str(channel.title) if channel else attempt.channel


def place_of(attempt: Attempt) -> str:
    """The partner with the machine, or with how it was reached; the officer's branch, once there was one; else the channel."""
    if at_partner := getattr(attempt, "at_partner", None):
        return f"{at_partner.partner.name} · {_spot_of(at_partner)}"
    check = getattr(attempt, "officer_check", None)
    return f"{channel_of(attempt)} · {check.branch.name}" if check and check.branch else channel_of(attempt)


def whose(attempt: Attempt) -> str:
    """The partner, or the officer's branch; "" for nobody's."""
    if at_partner := getattr(attempt, "at_partner", None):
        return str(at_partner.partner.name)
    check = getattr(attempt, "officer_check", None)
    return check.branch.name if check and check.branch else ""


def _spot_of(at_partner: PartnerAttempt) -> str:
    stood_at = at_partner.device.place if at_partner.device else ""
    return stood_at or str(MODES.get(at_partner.mode) or at_partner.get_mode_display())
