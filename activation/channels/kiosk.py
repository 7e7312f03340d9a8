from typing import Any

from django.utils.translation import gettext_lazy as _

from activation.channels.base import Channel
from activation.models import new_visit_code


class Kiosk(Channel):
    """The person stands at a kiosk, which compares or takes two fingerprints; the proof arrives by the operator's signed
    calls."""

    name = "kiosk"
    title = _("Self-service kiosk")
    summary = _(
        "At a kiosk with your fingerprints and a code sent to your mobile. It can take a first fingerprint, too."
    )
    time_needed = _("About five minutes at the kiosk")
    page = "activation_kiosk"

    def beginning(self) -> dict[str, Any]:
        return {"visit_code": new_visit_code()}
