"""REL-2: no page waits for the broker, whatever state it is in."""

import math
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import celery
import pytest
from django.conf import settings as portal
from django.db import connection, transaction
from pytest_django import Settings

from core import queue
from core.queue import CHANNEL, Nudge, nudge_on_commit
from tests.waiting import PATIENCE_SECONDS, wait_until

broker_client: Any = celery.current_app

pytestmark = pytest.mark.django_db(transaction=True)


class FrozenBroker:
    """Takes connections and never says a word, as a Redis that was stopped by a signal."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.url = f"redis://127.0.0.1:{self._server.getsockname()[1]}/0"
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def connections(self) -> int:
        return len(self._open)

    def close(self) -> None:
        self._server.close()
        for opened in self._open:
            opened.close()

    def _accept(self) -> None:
        while True:
            try:
                self._open.append(self._server.accept()[0])
            except OSError:
                return


@pytest.fixture(autouse=True)
def _own_publisher(settings: Settings) -> Iterator[None]:
    usual = broker_client.conf.broker_url
    _forget_broker()
    yield
    _point_at(usual)


def _forget_broker() -> None:
    queue._publisher()._paused_until = math.inf  # its thread drops what still waits
    broker_client._after_fork()  # forgets the connections to the broker before
    queue._publisher.cache_clear()


def _point_at(url: str) -> None:
    broker_client.conf.broker_url = url
    _forget_broker()


@pytest.fixture
def frozen(settings: Settings) -> Iterator[FrozenBroker]:
    broker = FrozenBroker()
    settings.REDIS_URL = broker.url
    _point_at(broker.url)
    yield broker
    broker.close()


@pytest.fixture
def memory_broker(settings: Settings) -> Iterator[None]:
    settings.REDIS_URL = "memory://"
    _point_at("memory://")
    _waiting_tasks()
    yield
    _waiting_tasks()


def _waiting_tasks(name: str = "otp") -> list[tuple[str, list[int]]]:
    """What stands in the broker's queue, taken out of it."""
    tasks = []
    with broker_client.connection_for_read() as opened, opened.SimpleQueue(name) as waiting:
        while waiting.qsize():
            message = waiting.get(block=False)
            tasks.append((message.headers["task"], message.payload[0]))
            message.ack()
    return tasks


def _nudge(row_id: int, queue: str = "otp") -> None:
    with transaction.atomic():
        nudge_on_commit("messaging.deliver", row_id, queue=queue)


def _nudge_in_vain(row_id: int = 7) -> None:
    """For a broker that does not answer: on a queue that no other test reads, should it be published late."""
    _nudge(row_id, queue="lost")


def _published() -> list[tuple[str, list[int]]]:
    return wait_until(_waiting_tasks)


def test_a_nudge_is_a_task_with_an_id_on_its_queue(memory_broker: None) -> None:
    _nudge(41)
    assert _published() == [("messaging.deliver", [41])]


def test_a_transaction_that_rolls_back_nudges_nobody(memory_broker: None) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        nudge_on_commit("messaging.deliver", 41, queue="otp")
        raise RuntimeError
    _nudge(42)
    assert _published() == [("messaging.deliver", [42])]


def test_nothing_is_published_before_the_commit(memory_broker: None) -> None:
    with transaction.atomic():
        nudge_on_commit("messaging.deliver", 41, queue="otp")
        assert queue._publisher()._thread is None
    assert _published()


def test_a_page_is_done_before_a_frozen_broker_has_failed(frozen: FrozenBroker) -> None:
    _nudge_in_vain()
    publisher = queue._publisher()
    assert publisher._paused_until == 0
    wait_until(lambda: frozen.connections)
    for row_id in range(3):
        _nudge_in_vain(row_id)
    assert publisher._paused_until == 0
    wait_until(lambda: publisher._paused_until)


def test_after_a_failure_the_broker_is_left_alone_for_a_while(frozen: FrozenBroker) -> None:
    _nudge_in_vain()
    _nudge_in_vain()
    publisher = queue._publisher()
    wait_until(lambda: publisher._paused_until)
    wait_until(publisher._waiting.empty)
    tried = frozen.connections
    _nudge_in_vain()
    assert publisher._waiting.empty()
    assert frozen.connections == tried


def test_a_broker_that_came_back_is_used_again(frozen: FrozenBroker, settings: Settings) -> None:
    _nudge_in_vain(41)
    publisher = queue._publisher()
    wait_until(lambda: publisher._paused_until)
    broker_client.conf.broker_url = "memory://"
    broker_client._after_fork()
    publisher._paused_until = 0.0
    _nudge(42)
    assert _published() == [("messaging.deliver", [42])]


def test_a_broker_that_refuses_connections_does_no_harm(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    _point_at(settings.REDIS_URL)
    _nudge_in_vain(41)
    wait_until(lambda: "nudge_failed" in caplog.text)
    assert queue._publisher()._paused_until > 0


def test_more_nudges_than_can_wait_are_dropped_and_logged(
    frozen: FrozenBroker, caplog: pytest.LogCaptureFixture
) -> None:
    publisher = queue._publisher()
    publisher._ensure_running()
    for row_id in range(queue._WAITING_AT_MOST + 2):
        publisher.hand_over(Nudge("messaging.deliver", row_id, "lost"))
    assert "nudge_dropped" in caplog.text


def test_a_publisher_whose_thread_died_gets_another(memory_broker: None) -> None:
    _nudge(41)
    assert _published()
    publisher = queue._publisher()
    publisher._thread = threading.Thread(target=lambda: None)
    _nudge(42)
    assert _published() == [("messaging.deliver", [42])]


FORKING = """
import os, django
django.setup()
from django.conf import settings
settings.REDIS_URL = "memory://"
from core import queue
from core.queue import Nudge
parent = queue._publisher()
parent.hand_over(Nudge("messaging.deliver", 1, "otp"))
parent._start_lock.acquire()  # as if another thread held it at the moment of the fork
child = os.fork()
if child == 0:
    publisher = queue._publisher()
    publisher.hand_over(Nudge("messaging.deliver", 2, "otp"))
    os._exit(0 if publisher is not parent and publisher._thread.is_alive() else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.slow
def test_a_forked_web_worker_publishes_with_a_thread_of_its_own() -> None:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "absher_portal.settings"}
    command = [sys.executable, "-W", "ignore", "-c", FORKING]
    ended = subprocess.run(
        command,
        cwd=portal.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )
    assert ended.stdout.strip() == "0"


@pytest.mark.postgres
def test_without_a_broker_who_listens_is_notified_at_the_commit(settings: Settings) -> None:
    settings.REDIS_URL = ""
    listener = connection.copy()
    try:
        with listener.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANNEL}")
        with transaction.atomic():
            nudge_on_commit("messaging.deliver", 41, queue="otp")
            listener.connection.poll()
            assert not listener.connection.notifies
        wait_until(lambda: listener.connection.poll() or listener.connection.notifies)
        (notice,) = listener.connection.notifies
        assert (notice.channel, notice.payload) == (CHANNEL, "")
    finally:
        listener.close()


@pytest.mark.postgres
def test_who_listens_hears_nothing_of_a_rolled_back_transaction(settings: Settings) -> None:
    settings.REDIS_URL = ""
    listener = connection.copy()
    try:
        with listener.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANNEL}")
        with pytest.raises(RuntimeError), transaction.atomic():
            nudge_on_commit("messaging.deliver", 41, queue="otp")
            raise RuntimeError
        with transaction.atomic():
            nudge_on_commit("messaging.deliver", 42, queue="otp")
        wait_until(lambda: listener.connection.poll() or listener.connection.notifies)
        assert len(listener.connection.notifies) == 1
    finally:
        listener.close()
