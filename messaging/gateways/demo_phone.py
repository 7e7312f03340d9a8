from django.conf import settings
from django.core.checks import CheckMessage, Error

from messaging.gateways.base import Gateway
from messaging.models import DemoText


class DemoPhone(Gateway):
    """Puts the text on the phone page of the demonstration, where anybody can read it."""

    name = "demo_phone"

    def send(self, *, to: str, text: str, reference: str) -> str:
        DemoText.objects.bulk_create([DemoText(to=to, text=text, reference=reference)], ignore_conflicts=True)
        return f"demo-{reference}"

    def check_config(self) -> list[CheckMessage]:
        if settings.DEMO_MODE:
            return []
        return [
            Error(
                "The gateway “demo_phone” shows codes to anybody. Remove it from SMS_GATEWAYS.",
                id="messaging.E002",
            )
        ]
