from typing import Any

from django.utils.translation import gettext_lazy as _

from activation.channels.base import Channel
from activation.models import new_visit_code


class Bank(Channel):
    """The person confirms a code in an approved bank's own channels; the proof arrives by the bank's signed calls."""

    name = "bank"
    title = _("Your bank")
    summary = _("In your bank's app or website, by phone banking or at its ATMs, with a code sent to your mobile.")
    time_needed = _("About five minutes, without leaving home")
    page = "activation_bank"

    def beginning(self) -> dict[str, Any]:
        return {"visit_code": new_visit_code()}
