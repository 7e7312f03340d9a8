"""The operators that fail on purpose, and the numbers that choose them in the demonstration."""

import threading
from collections.abc import Callable, Iterator
from threading import Timer

import pytest
from django.utils.module_loading import import_string
from pytest_django import Settings

from messaging.delivery import deliver
from messaging.gateways import failing
from messaging.gateways.base import PermanentRefusal, TemporaryFailure
from messaging.gateways.demo_operator import DemoOperator
from messaging.models import DemoText, Message
from messaging.states import State
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

Write = Callable[..., Message]
FAKES = [f"messaging.gateways.failing.{name}" for name in ("Hang", "Refuse", "Slow", "LoseAnswer", "DuplicateReceipts")]
TEXT = {"to": "+966512345621", "text": "x", "reference": "01hzx7kq3v9m2n4p6r8s0t2w4y"}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for fake in (failing.Hang, failing.Slow):
        monkeypatch.setattr(fake, "seconds", 0.05)
    monkeypatch.setattr("messaging.gateways._demo.REPORTS_AFTER_SECONDS", 0.05)
    yield
    for reporting in filter(lambda thread: isinstance(thread, Timer), threading.enumerate()):
        reporting.join(5)


@pytest.fixture
def demonstration(settings: Settings) -> None:
    settings.SMS_GATEWAYS = [
        "messaging.gateways.demo_operator.DemoOperator",
        "messaging.gateways.demo_phone.DemoPhone",
    ]


@pytest.mark.parametrize("path", FAKES)
def test_a_fake_hands_over_or_fails_as_a_gateway_may(path: str) -> None:
    try:
        assert len(import_string(path)().send(**TEXT)) <= 80
    except (TemporaryFailure, PermanentRefusal) as failure:
        assert failure.problem in ("no_answer", "refused", "answer_lost")


@pytest.mark.parametrize("path", [*FAKES, "messaging.gateways.demo_operator.DemoOperator"])
def test_a_fake_in_production_fails_the_system_check(path: str, settings: Settings) -> None:
    assert import_string(path)().check_config() == []
    settings.DEMO_MODE = False
    assert [message.id for message in import_string(path)().check_config()] == ["messaging.E002"]


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_towards_a_magic_number_the_text_still_arrives_once(number: int, demonstration: None, write: Write) -> None:
    message = write(to=f"+96651000000{number}")
    while Message.objects.filter(pk=message.pk, state=State.QUEUED).exists():
        deliver(message.pk)
    assert DemoText.objects.filter(reference=message.reference).count() == 1
    message.refresh_from_db()
    assert message.state in (State.SENT, State.DELIVERED)
    assert (message.gateway == "demo_phone") == (number in (1, 2, 4))


def test_an_ordinary_number_reports_the_arrival(demonstration: None, write: Write) -> None:
    message = write()
    deliver(message.pk)
    wait_until(lambda: Message.objects.filter(pk=message.pk, state=State.DELIVERED).exists())


def test_a_phone_that_is_off_is_reported(demonstration: None, write: Write) -> None:
    message = write(to="+966510000006")
    deliver(message.pk)
    wait_until(lambda: Message.objects.filter(pk=message.pk, state=State.FAILED, problem="phone_off").exists())


def test_contrary_receipts_leave_it_delivered(demonstration: None, write: Write) -> None:
    message = write(to="+966510000005")
    deliver(message.pk)
    wait_until(lambda: Message.objects.filter(pk=message.pk, state=State.DELIVERED).exists())
    assert not Message.objects.filter(state=State.FAILED).exists()


def test_every_magic_number_has_a_story() -> None:
    assert len(DemoOperator.magic) == 6 and all(str(says) for _gateway, says in DemoOperator.magic.values())
