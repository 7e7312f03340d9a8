from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from activation.channels.base import Channel, Need, Outage, Text
from activation.models import new_visit_code
from activation.states import CasePurpose
from partners.models import Device
from partners.words import Purpose
from registry.models import Person

_TYPE_NUMBER = _("Type your number: national ID, iqama or border number.")
# With the services as they are called on the screen.
_BEGIN = {
    CasePurpose.ACTIVATION: _("Choose your language on the screen, then “Activate account”."),
    CasePurpose.LIFT_OF_PAUSE: _("Choose your language on the screen, then “Open a paused account”."),
    CasePurpose.NEW_MOBILE: _("Choose your language on the screen, then “Change the mobile number”."),
}
_MOBILES = {CasePurpose.NEW_MOBILE: _("Type your new mobile number.")}
_OWN_MOBILE = _("Type your mobile number, the one of your account; or choose “I have a visit code”, and type that.")
_FINISH = (
    _("Type the code that arrives on your mobile by text message, and confirm."),
    _("Done: the screen says so, and a text message confirms it."),
)


class Kiosk(Channel):
    """The person stands at a kiosk, which compares or takes two fingerprints; the proof arrives by the operator's signed
    calls."""

    name = "kiosk"
    title = _("Self-service kiosk")
    summary = _(
        "At a kiosk, with both index fingers and a code sent to your mobile. It can take a first fingerprint, too."
    )
    time_needed = _("About five minutes at the kiosk")
    advice = _("It needs no appointment, no bank and no app: your fingers and your mobile are enough.")
    needs = frozenset({Need.LEAVING_HOME})
    page = "activation_kiosk"

    def beginning(self) -> dict[str, Any]:
        return {"visit_code": new_visit_code()}

    def steps(self, person: Person, purpose: str) -> Sequence[Text]:
        mobile = _MOBILES.get(CasePurpose(purpose), _OWN_MOBILE)
        return _BEGIN[CasePurpose(purpose)], _TYPE_NUMBER, *_fingers(person), mobile, *_FINISH

    def outage(self) -> Outage | None:
        is_served = Device.objects.serving(Device.Kind.KIOSK, Purpose.ACTIVATION).exists()
        return None if is_served else Outage(_("No kiosk is in service at present."))


def _fingers(person: Person) -> Sequence[Text]:
    right = _("Put your right index finger on the reader until the screen confirms it.")
    if person.fingerprint_on_file:
        return right, _("Do the same with your left index finger.")
    return right, _(
        "Do the same with your left index finger. Both are taken for the first time, as none is on file yet."
    )
