from typing import Any

from django.utils.translation import gettext_lazy as _

from activation.channels.base import Channel
from activation.models import new_visit_code


class Atm(Channel):
    """The person puts a bank card into a machine of an ATM network; the proof arrives by the network's signed calls."""

    name = "atm"
    title = _("ATM")
    summary = _(
        "With your bank card at an ATM and a code sent to your mobile. A border number also needs a fingerprint."
    )
    time_needed = _("About five minutes at the ATM")
    page = "activation_atm"

    def beginning(self) -> dict[str, Any]:
        return {"visit_code": new_visit_code()}
