"""What `make chaos` looks for after each fault is found when it is there."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from accounts.models import Pledge, User
from audit.models import Entry
from chaos.invariants import INVARIANTS, broken
from core import clock
from messaging.actions.sending import send
from messaging.models import Message
from tests.cast import Phone
from tests.steps import register

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]


@pytest.fixture
def registered(browser: Client, person: object, phone: Phone) -> User:
    register(browser, phone)
    return User.objects.get()


def test_a_good_state_breaks_nothing(registered: User) -> None:
    assert broken(connection) == {}


def _let_a_message_wait() -> None:
    send(to="+966512345621", purpose="claim_expired", language="en")
    Message.objects.update(due_at=clock.ahead(-timedelta(seconds=30)))


def _stop_between_proof_and_registration() -> None:
    User.objects.update(state="pending", mobile_proven_at=clock.ahead(-timedelta(seconds=30)))


def _lose_the_pledge() -> None:
    Pledge.objects.all().delete()


def _lose_the_trail() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(f"UPDATE {Entry._meta.db_table} SET event = 'code_sent'")
        cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.mark.parametrize(
    ("hurt", "name"),
    [
        (_let_a_message_wait, "no due message is unended"),
        (_stop_between_proof_and_registration, "no account is half"),
        (_stop_between_proof_and_registration, "no act is in the trail that did not happen"),
        (_lose_the_pledge, "no account is half"),
        (_lose_the_trail, "every act has its audit event"),
    ],
)
def test_a_broken_state_is_found(hurt: Callable[[], None], name: str, registered: User) -> None:
    hurt()
    assert name in INVARIANTS and broken(connection).get(name)
