"""Whose turn it is: the preferred gateway until it fails, and again when it has recovered."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from pytest_django import Settings

from core import clock
from messaging import health
from messaging.delivery import PAUSES_SECONDS, deliver
from messaging.gateways.base import SEND_SECONDS, Gateway, TemporaryFailure
from messaging.gateways.http import Http
from messaging.models import CLAIM_LIFE, GatewayHealth, Message, Queue
from messaging.relay import POLL_SECONDS
from messaging.states import State
from tests.messaging.conftest import MOBILE, SMS_HTTP
from tests.operators import Answer, Operator
from tests.parallel import at_the_same_moment
from tests.waiting import PATIENCE_SECONDS

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


@pytest.fixture
def _moments_are_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    """What ends by itself does not end before the test, however slow the machine."""
    for name in ("PAUSE", "WINDOW"):
        monkeypatch.setattr(health, name, timedelta(hours=1))


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


@pytest.mark.usefixtures("_moments_are_hours")
def test_three_errors_in_a_row_pause_it() -> None:
    _fail(3)
    assert _share_of_first() == 0


def test_a_pause_takes_half_a_minute_and_errors_add_up_for_a_minute() -> None:
    _fail(1)
    row = GatewayHealth.objects.get()
    assert row.last_error_at and row.window_ends_at - row.last_error_at == timedelta(minutes=1)
    _fail(2)
    row = GatewayHealth.objects.get()
    assert row.open_until and row.open_until - row.weighed_at == timedelta(seconds=30)


@pytest.mark.usefixtures("_moments_are_hours")
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
    assert GatewayHealth.objects.get().weight == 80
    assert 60 < _share_of_first() < 95


def test_a_quick_receipt_forgives_slow_ones() -> None:
    for seconds in (25, 25, 25, 25, 2, 25):
        health.note_receipt("first", timedelta(seconds=seconds))
    assert GatewayHealth.objects.get().weight == 100


@pytest.mark.usefixtures("_moments_are_hours")
def test_when_all_are_paused_the_messages_still_go_somewhere() -> None:
    _fail(3, "first")
    _fail(3, "second")
    assert _share_of_first() > 0


@pytest.mark.django_db(transaction=True)
def test_errors_seen_by_many_senders_at_once_cost_once() -> None:
    """Three senders: with one more the errors would make another three in a row."""
    _fail(2)
    at_the_same_moment([lambda: health.note_error("first", "no_answer")] * 3)
    assert GatewayHealth.objects.get().weight == 50


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
    assert (message.state, message.problem, message.sealed_body) == (State.FAILED, "answer_lost", "")


def _forget_sender(message: Message) -> None:
    Message.objects.filter(pk=message.pk).update(
        state=State.SENDING, gateway="first", tries=1, claimed_at=clock.ahead(timedelta(seconds=-9))
    )


def test_a_gateway_whose_receipts_stay_away_loses_some_of_its_share(write: Write) -> None:
    def sent(state: State, seconds_ago: int) -> None:
        at = clock.ahead(-timedelta(seconds=seconds_ago))
        facts = {"sealed_body": "", "sent_at": at, "created_at": at, "gateway": "second"}
        ended = {"ended_at": clock.now()} if state == State.DELIVERED else {}
        Message.objects.filter(pk=write().pk).update(state=state, **facts, **ended)

    health.note_success("second")
    GatewayHealth.objects.update(weighed_at=clock.ahead(-timedelta(minutes=5)))
    for _text in range(6):
        sent(State.SENT, seconds_ago=60)
    health.note_missing_receipts()
    assert GatewayHealth.objects.get().weight == 100  # it never reports
    sent(State.DELIVERED, seconds_ago=600)
    health.note_missing_receipts()
    health.note_missing_receipts()
    assert GatewayHealth.objects.get().weight == 80


def test_an_operator_that_hangs_is_left_for_the_next(
    write: Write, operator: Operator, settings: Settings, wait_for_answers: Callable[[float], None]
) -> None:
    wait_for_answers(0.05)
    settings.SMS_GATEWAYS = ["messaging.gateways.http.Http", f"{__name__}.Second"]
    operator.will(Answer(hangs=True))
    message = write()
    deliver(message.pk)
    message.refresh_from_db()
    assert (message.state, message.problem) == (State.QUEUED, "no_answer")
    assert message.due_at <= clock.read()
    deliver(message.pk)
    message.refresh_from_db()
    assert (message.state, message.gateway) == (State.SENT, "second")


def test_a_hanging_operator_or_a_dead_sender_costs_a_code_less_than_ten_seconds() -> None:
    seconds_to_look = max(POLL_SECONDS.values())
    assert seconds_to_look + SEND_SECONDS + PAUSES_SECONDS[Queue.OTP][0] + seconds_to_look < 10
    assert SEND_SECONDS < CLAIM_LIFE.total_seconds() < 10 - seconds_to_look


def test_a_success_is_written_once_a_second_at_most(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Callable[..., object]
) -> None:
    monkeypatch.setattr(health, "_READ_EVERY_SECONDS", PATIENCE_SECONDS)
    health.note_success("second")
    # However long this test takes, the success was just now.
    GatewayHealth.objects.update(last_success_at=clock.ahead(timedelta(hours=1)))
    health.read()
    with django_assert_num_queries(0):
        for _message in range(20):
            health.note_success("second")


@pytest.mark.parametrize(
    "begins", [b"HTTP/1.1 200 OK\r\nX-Drip: ", b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n"]
)
def test_an_answer_that_drips_in_is_left_in_time(
    begins: bytes, settings: Settings, wait_for_answers: Callable[[float], None]
) -> None:
    """Each byte would begin the time to read anew, in the head of an answer as in its body."""
    wait_for_answers(0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.SMS_HTTP = SMS_HTTP | {"url": f"http://127.0.0.1:{server.getsockname()[1]}/"}
        dripping = threading.Thread(target=_drip, args=(server, begins), daemon=True)
        dripping.start()
        with pytest.raises(TemporaryFailure, match="no_answer") as failure:
            Http().send(to=MOBILE, text="x", reference="r")
        assert failure.value.may_have_arrived
        dripping.join(PATIENCE_SECONDS)
        assert not dripping.is_alive()


def _drip(server: socket.socket, begins: bytes) -> None:
    """Until whoever called hangs up."""
    caller, _address = server.accept()
    with caller, suppress(OSError):
        caller.sendall(begins)
        caller.settimeout(0.02)
        while True:
            caller.sendall(b"x")
            with suppress(TimeoutError):
                if not caller.recv(4096):
                    return
