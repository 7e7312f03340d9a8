"""What a page says when an activation step did not do."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from activation.actions.cases import ActivationRefused

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


def of_refusal(refused: ActivationRefused) -> str:
    return str(_SENTENCES[refused.code])
