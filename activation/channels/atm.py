from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from activation.channels.base import Channel, Need, Outage, Text
from activation.models import new_visit_code
from activation.states import CasePurpose
from partners.models import Device
from partners.words import Purpose
from registry.models import Kind, Person

_BORDER_NUMBERS = (Kind.VISITOR, Kind.GCC)
_CARD = _("Put your card in and type its PIN.")
# With the services as they are called on the screen; another mobile is not proven there (policy.toml).
_CHOOSE = {
    CasePurpose.ACTIVATION: _("Choose “E-services”, then “Account activation”."),
    CasePurpose.LIFT_OF_PAUSE: _("Choose “E-services”, then “Open a paused account”."),
}
_GO_ON = (
    _("Type your number: national ID, iqama or border number; or choose “I have a visit code”, and type that."),
    _("Type the code that arrives on your mobile by text message, and confirm."),
)
_FINGERPRINT = _("Choose the right or the left hand, and put its index finger on the reader.")
_DONE = _("Done: the screen says so, and a text message confirms it.")


class Atm(Channel):
    """The person puts a bank card into a machine of an ATM network; the proof arrives by the network's signed calls."""

    name = "atm"
    title = pgettext_lazy("way to activate", "ATM")
    summary = _(
        "With your bank card at an ATM and a code sent to your mobile. A border number also needs a fingerprint."
    )
    time_needed = _("About five minutes at the ATM")
    advice = _("Your bank card and your mobile are enough: no appointment, no app.")
    needs = frozenset({Need.BANK_ACCOUNT, Need.LEAVING_HOME})
    page = "activation_atm"

    def beginning(self) -> dict[str, Any]:
        return {"visit_code": new_visit_code()}

    def steps(self, person: Person, purpose: str) -> Sequence[Text]:
        choose = _CHOOSE.get(CasePurpose(purpose), _CHOOSE[CasePurpose.ACTIVATION])
        finger = [_FINGERPRINT] if person.kind in _BORDER_NUMBERS else []
        return (_CARD, choose, *_GO_ON, *finger, _DONE)

    def outage(self) -> Outage | None:
        is_served = Device.objects.serving(Device.Kind.ATM, Purpose.ACTIVATION).exists()
        return None if is_served else Outage(_("No ATM is in service for this at present."))
