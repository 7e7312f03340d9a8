"""Whose turn it is: the preferred gateway until it fails, and again when it has recovered."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from pytest_django import Settings

from core import clock
from messaging import health
from messaging.delivery import deliver
from messaging.gateways.base import Gateway, TemporaryFailure
from messaging.models import GatewayHealth, Message
from messaging.states import State
from tests.operators import Answer, Operator
from tests.parallel import at_the_same_moment

pytestmark = pytest.mark.django_db

Write = Callable[..., Message]


class First(Gateway):
    name = "first"

    def send(self, *, to: str, text: str, reference: str) -> str:
        raise TemporaryFailure("no_answer", may_have_arrived=True)


class Second(First):
    name = "second"

    def send(self, *, to: str, text: str, reference: str) -> str:
        return "op-2"


@pytest.fixture(autouse=True)
def _two_gateways(settings: Settings) -> None:
    settings.SMS_GATEWAYS = [f"{__name__}.First", f"{__name__}.Second"]


def _fail(times: int, name: str = "first") -> None:
    for _time in range(times):
        health.note_error(name, "no_answer")


def _share_of_first() -> int:
    """Of a hundred messages."""
    return sum(health.first_in_turn(number) == "first" for number in range(1000, 1100))


def _later(**by: float) -> None:
    """As if the time had passed since."""
    span = timedelta(**by)
    for row in GatewayHealth.objects.all():
        moments = {"weighed_at": row.weighed_at - span, "window_ends_at": row.window_ends_at - span}
        moments["open_until"] = row.open_until and row.open_until - span
        GatewayHealth.objects.filter(pk=row.pk).update(**moments)
    health.forget()


def test_the_preferred_gateway_gets_every_message() -> None:
    assert _share_of_first() == 100


def test_two_errors_are_forgiven_by_a_success() -> None:
    _fail(2)
    health.note_success("first")
    _fail(2)
    assert _share_of_first() == 100


def test_three_errors_in_a_row_pause_it() -> None:
    _fail(3)
    assert _share_of_first() == 0


def test_fifty_errors_in_a_minute_pause_it_though_some_messages_got_through() -> None:
    for _round in range(24):
        _fail(2)
        health.note_success("first")
        assert _share_of_first() == 100
    _fail(2)
    assert _share_of_first() == 0


def test_errors_of_an_earlier_minute_do_not_add_up() -> None:
    for _round in range(24):
        _fail(2)
        health.note_success("first")
    _later(minutes=2)
    _fail(2)
    assert _share_of_first() == 100


def test_after_the_pause_it_gets_half_and_earns_the_rest_back_slowly() -> None:
    _fail(3)
    _later(seconds=31)
    assert 30 < _share_of_first() < 70
    _later(minutes=2)
    assert 55 < _share_of_first() < 95
    _later(minutes=4)
    assert _share_of_first() == 100


def test_slow_receipts_take_some_of_its_share() -> None:
    for _receipt in range(5):
        health.note_receipt("first", timedelta(seconds=25))
    assert health.weight_of(health.read()["first"]) == 80
    assert 60 < _share_of_first() < 95


def test_a_quick_receipt_forgives_slow_ones() -> None:
    for seconds in (25, 25, 25, 25, 2, 25):
        health.note_receipt("first", timedelta(seconds=seconds))
    assert health.weight_of(health.read()["first"]) == 100


def test_when_all_are_paused_the_messages_still_go_somewhere() -> None:
    _fail(3, "first")
    _fail(3, "second")
    assert _share_of_first() > 0


@pytest.mark.django_db(transaction=True)
def test_errors_seen_by_many_senders_at_once_cost_once() -> None:
    _fail(2)
    at_the_same_moment([lambda: health.note_error("first", "no_answer")] * 8)
    assert health.weight_of(health.read()["first"]) in (50, 10)
    assert GatewayHealth.objects.get().weight >= health.LEAST_WEIGHT


def test_a_time_out_leads_to_the_next_gateway_at_once(write: Write) -> None:
    message = write()
    deliver(message.pk)
    message.refresh_from_db()
    assert (message.state, message.gateway, message.not_again) == (State.QUEUED, "second", "first")
    assert message.due_at <= clock.read()
    deliver(message.pk)
    message.refresh_from_db()
    assert (message.state, message.gateway) == (State.SENT, "second")


def test_a_text_that_a_gateway_may_have_is_not_given_to_it_again(write: Write, settings: Settings) -> None:
    settings.SMS_GATEWAYS = settings.SMS_GATEWAYS[:1]
    message = write()
    deliver(message.pk)
    message.refresh_from_db()
    assert (message.state, message.problem, message.tries) == (State.FAILED, "no_answer", 1)


def test_a_dead_senders_text_goes_to_another_gateway_when_the_first_could_not_tell_a_repeat(write: Write) -> None:
    message = write()
    _forget_sender(message)
    deliver(message.pk)
    message.refresh_from_db()
    assert (message.state, message.gateway, message.not_again) == (State.SENT, "second", "first")


def test_a_dead_senders_text_ends_where_no_gateway_is_left_that_could_not_have_it(
    write: Write, settings: Settings
) -> None:
    settings.SMS_GATEWAYS = settings.SMS_GATEWAYS[:1]
    message = write()
    _forget_sender(message)
    deliver(message.pk)
    message.refresh_from_db()
    assert (message.state, message.problem, message.sealed_body) == (State.FAILED, "no_answer", "")


def _forget_sender(message: Message) -> None:
    Message.objects.filter(pk=message.pk).update(
        state=State.SENDING, gateway="first", tries=1, claimed_at=clock.ahead(timedelta(seconds=-9))
    )


def test_an_operator_that_hangs_is_left_in_time(write: Write, operator: Operator, settings: Settings) -> None:
    settings.SMS_GATEWAYS = ["messaging.gateways.http.Http", f"{__name__}.Second"]
    operator.will(Answer(hangs=True))
    message = write()
    deliver(message.pk)
    deliver(message.pk)
    message.refresh_from_db()
    assert (message.state, message.gateway) == (State.SENT, "second")
    assert message.sent_at and message.sent_at - message.created_at < timedelta(seconds=10)


def test_a_success_is_written_once_a_second_at_most(
    write: Write, django_assert_num_queries: Callable[..., object]
) -> None:
    health.note_success("second")
    health.read()
    with django_assert_num_queries(0):
        for _message in range(20):
            health.note_success("second")
