"""What `make chaos` looks for after each fault is found when it is there."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from accounts.models import OneTimeCode, Pledge, User
from audit.models import Entry
from chaos.invariants import INVARIANTS, broken, forgotten
from core import clock
from messaging.actions.sending import send
from messaging.models import Message
from registry.models import Document, Person
from services.models import ServiceRequest
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


def _keep_a_text() -> None:
    _without("messaging_message", "a_message_has_a_body_until_it_is_sent_or_ended")
    Message.objects.update(state="failed", ended_at=clock.now(), sealed_body="kept")


def _guess_on() -> None:
    _without("accounts_onetimecode", "a_code_is_tried_five_times_at_most")
    OneTimeCode.objects.update(tries=6)


def _replace_a_used_code() -> None:
    OneTimeCode.objects.update(consumed_at=clock.now(), voided_at=clock.now())


def _activate_twice() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX a_person_has_one_activated_account")
    user = User.objects.get()
    User.objects.update(state="activated", activated_at=clock.now())
    user.pk, user.username, user.mobile = None, "samer2027", "+966512345622"
    user.state, user.activated_at = "activated", user.mobile_proven_at
    user.save()


def _decide_in_silence() -> None:
    """Nothing but the request itself says that it is approved."""
    facts = {"kind": "passport", "number": "N1", "expires_on": "2032-06-30"}
    lost = Document.objects.create(holder=Person.objects.get(), **facts)
    applicant, officer = User.objects.get(), User.objects.get()
    officer.pk, officer.username, officer.mobile = None, "samer2027", "+966512345622"
    officer.save()
    ServiceRequest.objects.create(
        applicant=applicant, officer=officer, service="report-lost-documents", department="civil-affairs",
        answers={"document": lost.pk}, state="approved", submitted_at=clock.now(), due_on="2026-12-01", ended_at=clock.now(),
    )  # fmt: skip


def _without(table: str, constraint: str) -> None:
    """PostgreSQL itself would refuse it."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")


EXAMPLES = [
    (_let_a_message_wait, "no due message is unended"),
    (_keep_a_text, "no text outlives its sending"),
    (_stop_between_proof_and_registration, "no account is half"),
    (_lose_the_pledge, "no account is half"),
    (_lose_the_trail, "every registration has its audit events"),
    (_stop_between_proof_and_registration, "no registration is finished in the trail alone"),
    (_guess_on, "no code was guessed too often"),
    (_replace_a_used_code, "no used code was replaced"),
    (_activate_twice, "one activation per person"),
    (_decide_in_silence, "every request that was sent, and every decision, has its audit event"),
    (_decide_in_silence, "every decision is told"),
    (_decide_in_silence, "what is lost was approved, and what was approved is lost"),
]


@pytest.mark.parametrize(("hurt", "name"), EXAMPLES)
def test_a_broken_state_is_found(hurt: Callable[[], None], name: str, registered: User) -> None:
    hurt()
    assert broken(connection).get(name)


def test_no_invariant_is_without_an_example() -> None:
    assert {name for _hurt, name in EXAMPLES} == INVARIANTS.keys()


def test_what_somebody_was_told_and_nobody_remembers_is_found(registered: User) -> None:
    done = ("registration_finished", registered.username)
    assert forgotten(connection, [done]) == 0
    assert forgotten(connection, [done, ("signed_in", registered.username), ("registration_finished", "somebody")]) == 2
