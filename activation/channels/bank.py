from typing import Any

from django.utils.translation import gettext_lazy as _

from activation.channels.base import Channel, Need, Outage
from activation.models import new_visit_code
from partners.models import Kind, Partner
from partners.words import Purpose


class Bank(Channel):
    """The person confirms a code in an approved bank's own channels; the proof arrives by the bank's signed calls."""

    name = "bank"
    title = _("Your bank")
    summary = _("In your bank's app or website, by phone banking or at its ATMs, with a code sent to your mobile.")
    time_needed = _("About five minutes, without leaving home")
    advice = _(
        "Your bank knows you and your mobile number: a code in its app is enough, and you can stay where you are."
    )
    needs = frozenset({Need.BANK_ACCOUNT})
    page = "activation_bank"

    def beginning(self) -> dict[str, Any]:
        return {"visit_code": new_visit_code()}

    def outage(self) -> Outage | None:
        is_served = Partner.objects.live().agreed_on(Purpose.ACTIVATION).filter(kind=Kind.BANK).exists()
        return None if is_served else Outage(_("No bank takes part at present."))
