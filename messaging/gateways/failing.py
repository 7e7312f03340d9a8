"""Operators at their worst, each in its own way: for demonstrations, drills and tests. None works outside of demo mode."""

import time

from messaging.gateways._demo import DemoGateway, report
from messaging.gateways.base import SEND_SECONDS, Outcome, PermanentRefusal, Receipt, TemporaryFailure


class Hang(DemoGateway):
    """Takes the call and never answers."""

    name = "hang"
    seconds: float = SEND_SECONDS

    def send(self, *, to: str, text: str, reference: str) -> str:
        time.sleep(self.seconds)
        raise TemporaryFailure("no_answer", may_have_arrived=True)


class Refuse(DemoGateway):
    name = "refuse"

    def send(self, *, to: str, text: str, reference: str) -> str:
        raise PermanentRefusal("refused")


class Slow(DemoGateway):
    """Answers in the last moment."""

    name = "slow"
    seconds: float = SEND_SECONDS - 1

    def send(self, *, to: str, text: str, reference: str) -> str:
        time.sleep(self.seconds)
        return super().send(to=to, text=text, reference=reference)


class LoseAnswer(DemoGateway):
    """The text arrives, but the operator's answer does not."""

    name = "lose_answer"

    def send(self, *, to: str, text: str, reference: str) -> str:
        super().send(to=to, text=text, reference=reference)
        raise TemporaryFailure("answer_lost", may_have_arrived=True)


class DuplicateReceipts(DemoGateway):
    """Reports the same twice, and then the contrary."""

    name = "duplicate_receipts"

    def send(self, *, to: str, text: str, reference: str) -> str:
        sent = super().send(to=to, text=text, reference=reference)
        contrary = Receipt(Outcome.FAILED, reference=reference, problem="not_delivered")
        report(self.reports_as, Receipt(Outcome.DELIVERED, reference=reference), contrary)
        return sent


class PhoneOff(DemoGateway):
    """The operator takes the text; the phone is switched off."""

    name = "phone_off"

    def send(self, *, to: str, text: str, reference: str) -> str:
        report(self.reports_as, Receipt(Outcome.FAILED, reference=reference, problem="phone_off"))
        return f"demo-{reference}"
