"""A move is one conditional UPDATE: of two racers one wins."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from core import clock
from core.states import Move, MoveRefused
from messaging.actions.sending import send
from messaging.models import Message, Queue
from messaging.states import State
from tests.parallel import at_the_same_moment

pytestmark = pytest.mark.django_db

CLAIM = Move("claim", (State.QUEUED,), State.SENDING)
SENDER = {"tries": 1, "gateway": "demo_phone", "claimed_at": clock.now()}


@pytest.fixture
def message(db: None) -> Message:
    return send(
        to="+966512345621", purpose="login_code", language="en", context={"code": "471302", "reference": "KM"},
        queue=Queue.OTP, life=timedelta(minutes=5),
    )  # fmt: skip


def _claim(message: Message) -> Callable[[], int]:
    return lambda: Message.objects.filter(pk=message.pk).move(CLAIM, **SENDER)


def test_a_move_writes_the_state_and_its_facts(message: Message) -> None:
    Message.objects.move_one(CLAIM, message.pk, **SENDER)
    message.refresh_from_db()
    assert (message.state, message.tries, message.gateway) == (State.SENDING, 1, "demo_phone")


def test_a_move_from_another_state_is_refused_and_changes_nothing(message: Message) -> None:
    _claim(message)()
    with pytest.raises(MoveRefused, match="claim"):
        Message.objects.move_one(CLAIM, message.pk, tries=9)
    message.refresh_from_db()
    assert message.tries == 1


def test_a_row_that_is_gone_cannot_move(message: Message) -> None:
    with pytest.raises(MoveRefused):
        Message.objects.move_one(CLAIM, message.pk + 1000)


@pytest.mark.django_db(transaction=True)
def test_of_eight_racers_one_wins(message: Message) -> None:
    assert sorted(map(str, at_the_same_moment([_claim(message)] * 8))) == ["0"] * 7 + ["1"]
