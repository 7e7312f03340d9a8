"""What gateways hear on lines of their own."""

from typing import Any

from messaging.actions import inbound as receiving
from messaging.actions import receipts as reports
from messaging.gateways.base import InboundText, Receipt


def take_receipts(*, gateway: str, receipts: list[Receipt], **_rest: Any) -> None:
    reports.take(gateway, receipts)


def take_text(*, gateway: str, text: InboundText, **_rest: Any) -> None:
    receiving.receive(gateway, text)
