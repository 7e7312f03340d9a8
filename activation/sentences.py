"""What a page says when an activation step did not do."""

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from activation.actions.cases import ActivationRefused
from activation.models import Attempt
from core import plugins
from partners.words import Mode

_SENTENCES: dict[str, Promise] = {
    "own_case": _("This is your own case. Another officer has to decide it."),
    "decided": _("This case was decided a moment ago. Search for it again to see how it stands."),
    "not_living": _("The register does not show this person as living in the Kingdom. Refuse, with that reason."),
    "fingerprint_missing": _("No fingerprint is on file for this person. Take it now and choose “taken now”."),
    "fingerprint_on_file": _("A fingerprint is on file for this person. Compare it and choose “matches”."),
    "same_officer": _("You made the check yourself. A second officer has to decide."),
    "expired": _("This visit code has expired. The resident can ask for a new one on the activation page."),
    "already_activated": _("This person already has an activated account."),
    "channel_closed": _("This way is not open to you at present. Choose one of the ways shown here."),
}

_WHY_CLOSED: dict[str, Promise] = {
    "kind_not_admitted": _("It cannot prove people with your kind of identity number."),
    "purpose_not_admitted": _("It cannot be used for this purpose."),
    "fingerprint_missing": _("It needs a fingerprint on file, and none of yours is there yet."),
}
_EXPIRED: dict[str, Promise] = {
    "officer": _("Your visit code has expired. Choose the officer once more to get a new one."),
    "bank": _("The time to activate at a bank has passed. Choose the bank once more to begin anew."),
}
_EXPIRED_ELSEWHERE = _("The time of your last attempt has passed. Choose the same way once more, or another one.")
MODES: dict[str, Promise] = {
    Mode.APP: pgettext_lazy("at a bank", "App"),
    Mode.WEBSITE: pgettext_lazy("at a bank", "Website"),
    Mode.PHONE: pgettext_lazy("at a bank", "Phone banking"),
    Mode.ATM: pgettext_lazy("at a bank", "ATM"),
}
_LOOK = _("Check the ID number and the mobile number shown, and accept.")
_AGREE = _("Type it in there and choose “Agree”.")
_FIRST_STEPS: dict[str, tuple[Promise, ...]] = {
    Mode.APP: (
        _("Open your bank's app and sign in to it."),
        _("Choose “Portal services”, then “Activate account”."),
        _LOOK,
    ),
    Mode.WEBSITE: (
        _("Open your bank's website, by typing its address yourself, and sign in to it."),
        _("Choose “Portal services”, then “Activate account”."),
        _LOOK,
    ),
    Mode.PHONE: (
        _("Call the number on the back of your bank card, and identify yourself as usual."),
        _("Choose portal services from the spoken menu, then the activation of an account."),
        _("Listen to the ID number and the mobile number, and accept with the key that is named."),
    ),
    Mode.ATM: (
        _("Put your card into one of your bank's ATMs and type your PIN."),
        _("Choose “E-services”, then “Activate account”."),
        _LOOK,
    ),
}


def steps_at_bank(mode: str) -> tuple[Promise, ...]:
    """What to do there before the code is sent; a `mode` of MODES."""
    return _FIRST_STEPS[mode]


def agreeing_at_bank(mode: str) -> str:
    """What to do there with the code."""
    return str(_("Press the keys of its digits, then the key for “Agree”.") if mode == Mode.PHONE else _AGREE)


def why_closed(code: str) -> str:
    return str(_WHY_CLOSED[code])


def of_expiry(channel_name: str) -> str:
    return str(_EXPIRED.get(channel_name, _EXPIRED_ELSEWHERE))


def place_of(attempt: Attempt) -> str:
    """Where the person tried: the channel, or the partner and how it was reached."""
    at_partner = getattr(attempt, "at_partner", None)
    if at_partner:
        return f"{at_partner.partner.name} · {MODES.get(at_partner.mode, at_partner.get_mode_display())}"
    channel = plugins.load(settings.ACTIVATION_CHANNELS).get(attempt.channel)
    return str(channel.title) if channel else attempt.channel


def of_refusal(refused: ActivationRefused) -> str:
    return str(_SENTENCES[refused.code])
