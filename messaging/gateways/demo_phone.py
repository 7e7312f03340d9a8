from core.sealed import digest, is_digest
from messaging.gateways._demo import DemoGateway
from messaging.gateways.base import Callback, Forged, InboundText, Unreadable

_PURPOSE = "demo-text"


class DemoPhone(DemoGateway):
    """Puts the text on the phone page of the demonstration, where anybody can read it, and write one."""

    name = "demo_phone"

    def inbound(self, call: Callback) -> InboundText:
        said = call.form()
        try:
            text = InboundText(said["from"], said["text"], said["id"])
        except KeyError:
            raise Unreadable from None
        if not is_digest(said.get("token", ""), _PURPOSE, *_parts(text)):
            raise Forged
        return text


def form_of(text: InboundText) -> dict[str, str]:
    """What the demonstration's operator posts for a text from a phone."""
    sender, said, reference = _parts(text)
    return {"from": sender, "text": said, "id": reference, "token": digest(_PURPOSE, *_parts(text))}


def _parts(text: InboundText) -> tuple[str, str, str]:
    return text.sender, text.text, text.gateway_reference
