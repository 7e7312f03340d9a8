"""The operators that fail on purpose, and the numbers that choose them in the demonstration."""

from collections.abc import Callable

import pytest
from django.utils.module_loading import import_string
from pytest_django import Settings

from messaging.checks import SHIPPED
from messaging.delivery import deliver
from messaging.gateways import failing
from messaging.gateways.demo_operator import DemoOperator
from messaging.models import DemoText, Message
from messaging.states import State
from tests.reports import let_reports_come

pytestmark = pytest.mark.django_db(transaction=True)

Write = Callable[..., Message]
FAKES = [path for path in SHIPPED if ".failing." in path]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for fake in (failing.Hang, failing.Slow):
        monkeypatch.setattr(fake, "seconds", 0)


@pytest.fixture
def demonstration(settings: Settings) -> None:
    settings.SMS_GATEWAYS = [
        "messaging.gateways.demo_operator.DemoOperator",
        "messaging.gateways.demo_phone.DemoPhone",
    ]


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
    assert message.state == State.SENT
    assert (message.gateway == "demo_phone") == (number in (1, 2, 4))
    let_reports_come()
    message.refresh_from_db()
    # The operator whose answer got lost had brought it.
    assert (message.state, message.gateway == "demo_phone") == (State.DELIVERED, number in (1, 2))


def _reported(message: Message) -> tuple[str, str]:
    """What stands in the outbox when the operator has reported."""
    deliver(message.pk)
    let_reports_come()
    message.refresh_from_db()
    return message.state, message.problem


def test_an_ordinary_number_reports_the_arrival(demonstration: None, write: Write) -> None:
    assert _reported(write()) == (State.DELIVERED, "")


def test_a_phone_that_is_off_is_reported(demonstration: None, write: Write) -> None:
    assert _reported(write(to="+966510000006")) == (State.FAILED, "phone_off")


def test_contrary_receipts_leave_it_delivered(demonstration: None, write: Write) -> None:
    assert _reported(write(to="+966510000005")) == (State.DELIVERED, "")


def test_every_magic_number_has_a_story() -> None:
    assert len(DemoOperator.magic) == 6 and all(str(says) for _gateway, says in DemoOperator.magic.values())
