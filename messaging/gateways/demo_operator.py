from collections.abc import Mapping
from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from messaging.gateways import failing
from messaging.gateways._demo import DemoGateway


class DemoOperator(DemoGateway):
    """Brings texts to the demonstration phone; towards the magic numbers it fails as they say."""

    name = "demo_operator"
    # By the mobile number: how the operator behaves, and what is to be seen.
    magic: ClassVar[Mapping[str, tuple[DemoGateway, Promise]]] = {
        "+966510000001": (
            failing.Hang(name),
            _("The operator never answers: after four seconds the next one takes the text."),
        ),
        "+966510000002": (failing.Refuse(name), _("The operator refuses: the next one takes the text at once.")),
        "+966510000003": (failing.Slow(name), _("The operator takes three seconds to answer.")),
        "+966510000004": (
            failing.LoseAnswer(name),
            _("The text arrives, the operator's answer gets lost; it arrives only once."),
        ),
        "+966510000005": (failing.DuplicateReceipts(name), _("The receipt comes twice, and then a contrary one.")),
        "+966510000006": (failing.PhoneOff(name), _("The phone is switched off: the page says so, and what to do.")),
    }

    def send(self, *, to: str, text: str, reference: str) -> str:
        if to in self.magic:
            return self.magic[to][0].send(to=to, text=text, reference=reference)
        return super().send(to=to, text=text, reference=reference)
