"""A gateway hands one text to an operator, and reads what the operator calls back to say.

One file, one class, listed in settings.SMS_GATEWAYS in the order of preference.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar
from urllib.parse import parse_qsl

from django.core.checks import CheckMessage
from django.dispatch import Signal

# Then it is the next gateway's turn. Below messaging.models.CLAIM_LIFE.
SEND_SECONDS = 4

# For a gateway that hears from its operator on a line of its own. Both carry `gateway` (its name);
# the first `receipts` (list[Receipt]), the second `text` (InboundText).
receipts_came = Signal()
text_came = Signal()


class TemporaryFailure(Exception):
    """It may work later. `problem` is a slug. `may_have_arrived` says that the operator may have the text already: the
    answer got lost, or did not come in time."""

    def __init__(self, problem: str, *, may_have_arrived: bool = False) -> None:
        super().__init__(problem)
        self.problem = problem
        self.may_have_arrived = may_have_arrived


class PermanentRefusal(Exception):
    """This operator will never take this message. `problem` is a slug."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class Forged(Exception):
    """A call that does not come from the operator."""


class Unreadable(Exception):
    """A call that says nothing this gateway understands."""


class Outcome(StrEnum):
    """What a receipt can say. Whatever lies between hand-over and the end is no news."""

    DELIVERED = "delivered"
    FAILED = "failed"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Receipt:
    """`reference` is ours; where an operator does not give it back, `gateway_reference` is the operator's. `problem` is a
    slug."""

    outcome: Outcome
    reference: str = ""
    gateway_reference: str = ""
    problem: str = ""


@dataclass(frozen=True)
class InboundText:
    """`sender` is as the operator writes it; `gateway_reference` is the operator's, the same in each repetition."""

    sender: str
    text: str
    gateway_reference: str


@dataclass(frozen=True)
class Callback:
    """An HTTP call of an operator. `url` is the public one, `headers` have lower-case names."""

    method: str
    url: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def form(self) -> dict[str, str]:
        """Raises Unreadable."""
        try:
            return dict(parse_qsl(self.body.decode(), keep_blank_values=True))
        except ValueError:
            raise Unreadable from None


class Gateway(ABC):
    """One instance serves all threads of a process. Settings are read at each call, never kept."""

    name: ClassVar[str]

    @property
    def knows_repeats(self) -> bool:
        """Whether the operator tells a repeat by its reference. One that does not is never given again a text that it
        may have."""
        return False

    @property
    def receipts_url(self) -> str:
        """The address to be entered at the operator's; "" when it is told with each message, or nothing is reported."""
        return ""

    @abstractmethod
    def send(self, *, to: str, text: str, reference: str) -> str:
        """Returns the operator's own reference, or "". `to` is E.164. Answers within SEND_SECONDS, or raises
        TemporaryFailure or PermanentRefusal. Logs neither `to` nor `text`, and no exception of it holds them."""

    def listen(self) -> None:
        """Called once when a process that sends has started: a gateway that hears from its operator on a line of its own
        opens it, and keeps it open from then on. Returns at once."""
        return

    def receipts(self, call: Callback) -> list[Receipt]:
        """What the call reports; nothing for news of no interest. Raises Forged, Unreadable."""
        raise Unreadable

    def inbound(self, call: Callback) -> InboundText:
        """The text a person sent. Raises Forged, Unreadable."""
        raise Unreadable

    def check_config(self) -> list[CheckMessage]:
        """What is missing or dangerous in the settings."""
        return []
