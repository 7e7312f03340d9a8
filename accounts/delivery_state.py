"""Where the text with the code is, said to the person who waits for it: how far it came, why it did not, what to do."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from accounts.models import OneTimeCode, Purpose
from messaging.models import Message
from messaging.states import State

# Then the page says that something takes long, and what to do (security.md, faults).
_PATIENCE = timedelta(seconds=60)
_QUEUED, _AT_THE_OPERATOR, _DELIVERED = 1, 2, 3
# The number is right and the phone is on: whoever waits can do nothing about these but ask again.
_FAULTS_OF_OPERATORS = frozenset(
    [
        "busy",
        "operator_error",
        "unreachable",
        "unreadable_answer",
        "not_authorised",
        "no_funds",
        "gateway_error",
        "too_late",
    ]
)


_MAY_STILL_COME = ("no_answer", "answer_lost", "line_down")


@dataclass(frozen=True)
class DeliveryState:
    """`tone` is info, success, warning or danger; `reached` counts the steps done, of `steps`."""

    tone: str
    text: str
    reached: int = 0
    # The message cannot come any more, and its code is of no use.
    is_lost: bool = False

    @property
    def steps(self) -> list[str]:
        return [_("Queued"), _("At the operator"), _("Delivered to")]


def of(code: OneTimeCode | None) -> DeliveryState | None:
    """None when nothing is on its way. `code` carries `read_at`, the database's time at its reading."""
    if code is None or code.message is None:
        return None
    message = code.message
    match message.state:
        case State.DELIVERED:
            return DeliveryState("success", _("The message is on the phone. Type its code below."), _DELIVERED)
        case State.SENT:
            return DeliveryState(*_at_the_operator(message, code.read_at), _AT_THE_OPERATOR)
        case State.FAILED | State.EXPIRED:
            reached = _AT_THE_OPERATOR if message.sent_at else _QUEUED
            is_lost = message.problem not in _MAY_STILL_COME
            return DeliveryState("danger", why_lost(message, code.purpose), reached, is_lost)
        case _under_way:
            return DeliveryState(*_under_way_for(code.read_at - message.created_at), _QUEUED)


def why_lost(message: Message, purpose: str) -> str:
    """Why a message did not arrive, and what to do. The number can be changed while it is not the account's."""
    can_change = purpose in (Purpose.REGISTRATION, Purpose.NEW_MOBILE)
    if message.problem in _FAULTS_OF_OPERATORS:
        return _("The operator could not take the message. Your number is not the cause. Ask for a new code.")
    if message.problem in ("unknown_number", "invalid_number", "not_a_mobile"):
        return _wrong_number(can_change)
    if message.problem == "phone_off":
        return _("The phone was switched off or without signal. Switch it on, then ask for a new code.")
    if message.problem in ("blocked", "opted_out"):
        return _blocked(can_change)
    if message.problem in _MAY_STILL_COME:
        return _(
            "The operator did not confirm that it took the message. If no code comes in a minute, ask for a new one."
        )
    if can_change:
        return _("The message could not be delivered. Check the number and ask for a new code.")
    return _("The message could not be delivered. Check that your mobile gets messages, then ask for a new code.")


def _wrong_number(can_change: bool) -> str:
    if can_change:
        return _("The operator does not know this mobile number. Change the number, or correct it and send again.")
    return _("The operator does not know the mobile number of your account. Check that its SIM works, then send again.")


def _blocked(can_change: bool) -> str:
    if can_change:
        return _("This mobile does not accept our messages. Allow them at your operator, or change the number.")
    return _("This mobile does not accept our messages. Allow them at your operator, then ask for a new code.")


def _at_the_operator(message: Message, read_at: datetime) -> tuple[str, str]:
    if message.sent_at and read_at - message.sent_at > _PATIENCE:
        return "warning", _(
            "The phone has not confirmed the message yet. If it has come, type its code. If not, check that the phone has a "
            "signal, then ask for a new code."
        )
    return "info", _("The message is at the operator and arrives within a minute.")


def _under_way_for(waited: timedelta) -> tuple[str, str]:
    if waited > _PATIENCE:
        return "warning", _(
            "Sending takes longer than usual. You need not do anything; the code is sent as soon as possible. You can also "
            "ask for a new one."
        )
    return "info", _("The message is being sent.")
