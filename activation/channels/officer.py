from typing import Any

from django.utils.translation import gettext_lazy as _

from activation.channels.base import Channel, Need
from activation.models import new_visit_code


class Officer(Channel):
    """The resident comes with a visit code and the document; the proof arrives through the officers' admin."""

    name = "officer"
    title = _("Passports or Civil Affairs officer")
    summary = _("Visit a branch with your identity document. The officer checks it, and your fingerprint, in person.")
    time_needed = _("One visit of about ten minutes")
    advice = _("An officer needs nothing but your identity document, and can put right what the register has wrong.")
    needs = frozenset({Need.LEAVING_HOME})
    page = "activation_officer"
    texts_visit_code = True

    def beginning(self) -> dict[str, Any]:
        return {"visit_code": new_visit_code()}
