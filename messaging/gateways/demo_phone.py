from messaging.gateways._demo import DemoGateway
from messaging.gateways.base import InboundText, text_came
from messaging.models import new_reference


class DemoPhone(DemoGateway):
    """Puts the text on the phone page of the demonstration, where anybody can read it, and write one."""

    name = "demo_phone"

    def hear(self, sender: str, text: str) -> None:
        """What somebody writes on the phone page."""
        written = InboundText(sender=sender, text=text, gateway_reference=f"demo-{new_reference()}")
        text_came.send(DemoPhone, gateway=self.name, text=written)
