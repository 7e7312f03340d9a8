import json
import socket
import threading
from base64 import b64decode
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.db import connection, transaction

from core import clock
from messaging.actions import ceilings, retention
from messaging.models import Message, SendCounter
from messaging.relay import Relay
from messaging.states import State
from tests.messaging.conftest import CODE, MOBILE
from tests.operators import Operator, frozen_server
from tests.waiting import PATIENCE_SECONDS, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

Write = Callable[..., Message]
Use = Callable[[str], None]


class Undone(Exception):
    pass


def test_nothing_is_sent_for_a_transaction_that_rolls_back(write: Write) -> None:
    with pytest.raises(Undone), transaction.atomic():
        write()
        raise Undone
    assert not Message.objects.exists()


def test_the_message_knows_how_long_it_is_of_use(write: Write) -> None:
    written = Message.objects.get(pk=write(life=timedelta(minutes=5)).pk)
    assert written.lives_until - written.created_at == timedelta(minutes=5)


def test_a_message_costs_one_statement_and_its_nudge(write: Write, django_assert_num_queries: Any) -> None:
    statements = 2 if connection.vendor == "postgresql" else 1
    with transaction.atomic(), django_assert_num_queries(statements):
        write()


@pytest.mark.redis
def test_a_task_holds_an_id_and_nothing_of_people(write: Write, broker: Use, redis_url: str) -> None:
    broker(redis_url)
    message = write()
    with redis.Redis.from_url(redis_url) as server:
        wait_until(lambda: server.llen("otp"))
        everything = b" ".join(server.dump(key) or b"" for key in server.scan_iter())
        task = json.loads(server.lindex("otp", 0))
    assert json.loads(b64decode(task["body"]))[0] == [message.pk]
    assert task["headers"]["task"] == "messaging.deliver"
    assert CODE.encode() not in everything and MOBILE.encode() not in everything


@pytest.mark.redis
def test_a_rolled_back_message_nudges_nobody(write: Write, broker: Use, redis_url: str) -> None:
    broker(redis_url)
    with pytest.raises(Undone), transaction.atomic():
        write()
        raise Undone
    kept = write(queue="notices")
    with redis.Redis.from_url(redis_url) as server:
        wait_until(lambda: server.llen("notices"))
        assert server.llen("otp") == 0
    assert [kept] == list(Message.objects.all())


class Barrier:
    """Whoever opens a connection waits at it until it is `lifted`. `came` were these threads, in time or in vain."""

    def __init__(self) -> None:
        self.lifted = threading.Event()
        self.came: list[threading.Thread] = []
        self.waited_in_vain = False

    def wait(self) -> None:
        self.came.append(threading.current_thread())
        self.waited_in_vain |= not self.lifted.wait(PATIENCE_SECONDS)


@pytest.fixture
def barrier(monkeypatch: pytest.MonkeyPatch) -> Barrier:
    barrier, connect = Barrier(), socket.socket.connect

    def wait_and_connect(self: socket.socket, address: Any) -> None:
        barrier.wait()
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", wait_and_connect)
    return barrier


@pytest.mark.parametrize("fault", ["frozen", "down"])
def test_a_page_does_not_wait_for_the_broker_and_the_relay_delivers(
    fault: str,
    write: Write,
    broker: Use,
    operator: Operator,
    relay_in_a_thread: Callable[[], Relay],
    barrier: Barrier,
) -> None:
    with frozen_server() as port:
        broker(f"redis://127.0.0.1:{port if fault == 'frozen' else 1}/0")
        messages = [write() for _ in range(5)]
        wait_until(lambda: barrier.came)
        assert threading.current_thread() not in barrier.came
        barrier.lifted.set()
        relay_in_a_thread()
        wait_until(lambda: Message.objects.filter(state=State.SENT).count() == 5)
    assert not barrier.waited_in_vain
    assert operator.texts.keys() == {message.reference for message in messages}


def test_the_metadata_of_a_message_is_kept_ninety_days(write: Write) -> None:
    old, young, waiting = write(), write(), write()
    Message.objects.filter(pk=old.pk).update(created_at=clock.ahead(-timedelta(days=90, hours=1)))
    Message.objects.filter(pk=young.pk).update(created_at=clock.ahead(-timedelta(days=89)))
    assert retention.purge() == 1
    assert set(Message.objects.all()) == {young, waiting}


def test_an_idle_send_counter_is_forgotten() -> None:
    ceilings.spend_to_send(MOBILE)
    retention.purge()
    assert SendCounter.objects.exists()
    SendCounter.objects.update(window_ends_at=clock.ahead(-timedelta(days=1, seconds=1)))
    retention.purge()
    assert not SendCounter.objects.exists()
