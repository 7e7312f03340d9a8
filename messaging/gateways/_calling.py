"""One HTTP call to an operator, which ends within SEND_SECONDS."""

from core.calling import Answer, CallFailed, HttpCall, exchange
from messaging.gateways.base import SEND_SECONDS, TemporaryFailure

__all__ = ["Answer", "HttpCall", "answer_to"]


def answer_to(call: HttpCall) -> Answer:
    """Raises TemporaryFailure, which holds nothing of the call."""
    try:
        return exchange(call, seconds=SEND_SECONDS)
    except CallFailed as failed:
        raise TemporaryFailure(failed.problem, may_have_arrived=failed.may_have_arrived) from None
