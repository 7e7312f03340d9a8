"""Relay and worker, started as they are in production, killed, stopped, and cut off from what they need."""

import os
import signal
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import redis
from celery.schedules import crontab
from django.conf import settings
from django.db import connection
from pytest_django import Settings

from audit import actions as audit
from audit.events import Event
from audit.models import Entry
from core import clock
from messaging.models import DemoText, Message
from messaging.relay import _LEAVE_SECONDS, Relay, _seconds_until_next
from messaging.states import State
from tests.messaging.conftest import CODE, HTTP_GATEWAY, MOBILE
from tests.operators import Answer, Operator
from tests.processes import running_relay, running_worker
from tests.waiting import PATIENCE_SECONDS, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

Write = Callable[..., Message]


def _reach(operator: Operator) -> dict[str, str]:
    return {"SMS_GATEWAYS": HTTP_GATEWAY, "SMS_HTTP_URL": operator.url}


def _all_sent() -> bool:
    return not Message.objects.exclude(state=State.SENT).exists()


def test_a_relay_alone_delivers_and_stops_when_told(write: Write, tmp_path: Path) -> None:
    log = tmp_path / "relay.log"
    overlooked = write()
    with running_relay(log) as relay:
        wait_until(_all_sent)
        written = [write(), write(queue="notices")]
        wait_until(_all_sent)
        relay.send_signal(signal.SIGTERM)
        assert relay.wait(PATIENCE_SECONDS) == 0
    delivered = set(DemoText.objects.values_list("reference", flat=True))
    assert delivered == {message.reference for message in (overlooked, *written)}
    assert "relay_stopped" in log.read_text()
    assert CODE not in log.read_text() and MOBILE not in log.read_text()


def test_a_killed_relays_message_is_sent_again_with_the_same_reference(
    write: Write, operator: Operator, tmp_path: Path
) -> None:
    operator.will(Answer(hangs=True))
    with running_relay(tmp_path / "one.log", **_reach(operator)) as relay:
        message = write()
        wait_until(lambda: operator.calls)
        relay.kill()
    with running_relay(tmp_path / "two.log", **_reach(operator)):
        wait_until(_all_sent)
    assert operator.references == [message.reference] * 2
    assert len(operator.texts) == 1


def test_ctrl_c_ends_a_relay_whose_gateway_hangs(write: Write, tmp_path: Path) -> None:
    with running_relay(tmp_path / "relay.log", SMS_GATEWAYS="tests.messaging.hanging.Forever") as relay:
        write()
        wait_until(lambda: Message.objects.filter(state=State.SENDING).exists())
        relay.send_signal(signal.SIGINT)
        assert relay.wait(PATIENCE_SECONDS) == 0
    assert _LEAVE_SECONDS < 1


def test_a_message_whose_gateway_hangs_does_not_hold_up_the_next(
    write: Write,
    operator: Operator,
    relay_in_a_thread: Callable[[], Relay],
    wait_for_answers: Callable[[float], None],
) -> None:
    wait_for_answers(PATIENCE_SECONDS)
    operator.will(Answer(hangs=True))
    relay = relay_in_a_thread()
    hanging = write()
    wait_until(lambda: operator.calls)
    quick = write()
    wait_until(lambda: Message.objects.filter(pk=quick.pk, state=State.SENT).exists())
    assert Message.objects.get(pk=hanging.pk).state == State.SENDING
    operator.released.set()
    wait_until(lambda: not any(senders.busy() for senders in relay._senders))


def test_three_relays_side_by_side_deliver_each_message_once(
    write: Write, operator: Operator, relay_in_a_thread: Callable[[], Relay]
) -> None:
    for _relay in range(3):
        relay_in_a_thread()
    messages = [write() for _ in range(20)]
    wait_until(_all_sent)
    assert sorted(operator.references) == sorted(message.reference for message in messages)


def test_outlived_messages_are_ended_by_the_relay(
    write: Write, operator: Operator, settings: Settings, relay_in_a_thread: Callable[[], Relay]
) -> None:
    settings.SMS_GATEWAYS = ["tests.messaging.test_delivery.Busy"]
    message = write()
    relay_in_a_thread()
    wait_until(lambda: Message.objects.filter(pk=message.pk, tries__gt=0).exists())
    Message.objects.update(lives_until=clock.now())
    wait_until(lambda: Message.objects.filter(pk=message.pk, state__in=(State.EXPIRED, State.FAILED)).exists())


@pytest.mark.postgres
def test_a_relay_outlives_its_connections(
    write: Write, operator: Operator, relay_in_a_thread: Callable[[], Relay]
) -> None:
    relay_in_a_thread()
    write()
    wait_until(_all_sent)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert cursor.fetchone()[0] >= 2
    write()
    wait_until(_all_sent)


def test_without_a_broker_the_relay_does_what_beat_would(
    settings: Settings, relay_in_a_thread: Callable[[], Relay], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("messaging.relay._FIRST_CHORES_AFTER_SECONDS", 0)
    audit.record(Event.SIGNED_IN, request="r1")
    relay_in_a_thread()
    wait_until(lambda: Entry.objects.exclude(seal=None).exists())


def test_a_chore_is_due_after_its_time_or_at_its_hour() -> None:
    assert _seconds_until_next(timedelta(hours=1)) == 3600
    now = datetime.now(tz=ZoneInfo(settings.CELERY_TIMEZONE))
    nightly = crontab(hour=(now.hour + 2) % 24, minute=now.minute)
    assert 3600 < _seconds_until_next(nightly) <= 7200


@pytest.mark.redis
def test_a_worker_delivers_what_was_committed(
    write: Write, operator: Operator, broker: Callable[[str], None], redis_url: str, tmp_path: Path
) -> None:
    broker(redis_url)
    log = tmp_path / "worker.log"
    with running_worker(log, redis_url, **_reach(operator)):
        messages = [write(), write(queue="notices")]
        wait_until(_all_sent)
    assert sorted(operator.references) == sorted(message.reference for message in messages)
    assert CODE not in log.read_text() and MOBILE not in log.read_text()


@pytest.mark.redis
def test_a_code_overtakes_the_notices_that_wait(
    write: Write, operator: Operator, broker: Callable[[str], None], redis_url: str, tmp_path: Path
) -> None:
    """Before it come those that the worker's eight threads have in hand, and one fetched for each: 16."""
    broker(redis_url)
    operator.will(*[Answer(hangs=True)] * 8)
    with running_worker(tmp_path / "worker.log", redis_url, **_reach(operator)):
        for _notice in range(60):
            write(queue="notices")
        wait_until(lambda: len(operator.calls) >= 8)
        code = write()
        with redis.Redis.from_url(redis_url) as queues:
            wait_until(lambda: queues.llen("otp"))
        earlier = len(operator.calls)
        operator.released.set()
        wait_until(lambda: code.reference in operator.references)
    assert operator.references.index(code.reference) - earlier <= 16


@pytest.mark.redis
def test_a_killed_workers_message_is_delivered_by_the_relay(
    write: Write, operator: Operator, broker: Callable[[str], None], redis_url: str, tmp_path: Path
) -> None:
    broker(redis_url)
    operator.will(Answer(hangs=True))
    with running_relay(tmp_path / "relay.log", REDIS_URL=redis_url, **_reach(operator)):
        with running_worker(tmp_path / "worker.log", redis_url, **_reach(operator)) as worker:
            message = write()
            wait_until(lambda: operator.calls)
            os.kill(worker.pid, signal.SIGKILL)
        wait_until(_all_sent)
    assert operator.references == [message.reference] * 2
    assert len(operator.texts) == 1
