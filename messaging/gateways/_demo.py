"""What the gateways of the demonstration share: a phone that anybody can read, and receipts that come a moment later."""

from threading import Timer

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db import connection

from messaging.gateways.base import Gateway, Outcome, Receipt, receipts_came
from messaging.models import DemoText

REPORTS_AFTER_SECONDS = 1.0
REPORTING = "demo-report"


class DemoGateway(Gateway):
    """The text arrives, which is reported. One that stands in for another reports in that one's name."""

    def __init__(self, reports_as: str = "") -> None:
        self.reports_as = reports_as or self.name

    @property
    def knows_repeats(self) -> bool:
        """A phone receives a reference once, whichever of these gateways brings it."""
        return True

    def send(self, *, to: str, text: str, reference: str) -> str:
        DemoText.objects.bulk_create([DemoText(to=to, text=text, reference=reference)], ignore_conflicts=True)
        report(self.reports_as, Receipt(Outcome.DELIVERED, reference=reference))
        return f"demo-{reference}"

    def check_config(self) -> list[CheckMessage]:
        if settings.DEMO_MODE:
            return []
        problem = f"The gateway “{self.name}” is for demonstrations: it shows codes to anybody, or fails on purpose."
        return [Error(problem, hint="Remove it from SMS_GATEWAYS.", id="messaging.E002")]


def report(gateway: str, *receipts: Receipt) -> None:
    """As an operator does: later, on a line of its own."""

    def call_back() -> None:
        try:
            receipts_came.send(DemoGateway, gateway=gateway, receipts=list(receipts))
        finally:
            connection.close()

    timer = Timer(REPORTS_AFTER_SECONDS, call_back)
    timer.name, timer.daemon = REPORTING, True
    timer.start()
