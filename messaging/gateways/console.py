import sys

from django.conf import settings
from django.core.checks import CheckMessage, Error

from messaging.gateways.base import Gateway


class Console(Gateway):
    """Prints the text on standard output, number and all: the one exception from "no people in logs", for development."""

    name = "console"

    def send(self, *, to: str, text: str, reference: str) -> str:
        sys.stdout.write(f"--- SMS to {to} ({reference})\n{text}\n---\n")
        sys.stdout.flush()
        return ""

    def check_config(self) -> list[CheckMessage]:
        if settings.DEMO_MODE:
            return []
        return [
            Error(
                "The gateway “console” shows codes to whoever reads the log. Remove it from SMS_GATEWAYS.",
                id="messaging.E001",
            )
        ]
