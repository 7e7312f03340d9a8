from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import Settings

from core import clock
from messaging.delivery import PAUSES_SECONDS, deliver, expire_outlived, waiting
from messaging.gateways.base import Gateway, PermanentRefusal, TemporaryFailure
from messaging.models import Message, Queue
from messaging.states import State
from tests.messaging.conftest import CODE, HTTP_GATEWAY, MOBILE
from tests.operators import Answer, Operator
from tests.parallel import at_the_same_moment

pytestmark = pytest.mark.django_db

Write = Callable[..., Message]
IN_AN_HOUR = clock.ahead(timedelta(hours=1))
DEMO_GATEWAY = "messaging.gateways.demo_phone.DemoPhone"


class Refusing(Gateway):
    name = "refusing"

    def send(self, *, to: str, text: str, reference: str) -> str:
        raise PermanentRefusal("unknown_number")


class Broken(Gateway):
    name = "broken"

    def send(self, *, to: str, text: str, reference: str) -> str:
        raise KeyError(to)


class Busy(Gateway):
    name = "busy"

    def send(self, *, to: str, text: str, reference: str) -> str:
        raise TemporaryFailure("busy")


class Slow(Gateway):
    """Answers after another sender has claimed the message."""

    name = "slow"

    def send(self, *, to: str, text: str, reference: str) -> str:
        Message.objects.filter(reference=reference).update(tries=2)
        raise PermanentRefusal("refused")


def _gateways(settings: Settings, *gateways: type[Gateway] | str) -> None:
    settings.SMS_GATEWAYS = [g if isinstance(g, str) else f"{g.__module__}.{g.__qualname__}" for g in gateways]


def _rests_for(message: Message, seconds: int) -> bool:
    """Whether a try, which fails, puts it off for so long."""
    before = clock.read()
    deliver(message.pk)
    after = clock.read()
    message.refresh_from_db()
    return before <= message.due_at - timedelta(seconds=seconds) <= after


def _make_due(message: Message) -> None:
    Message.objects.filter(pk=message.pk).update(due_at=clock.now())


def _forget_sender(message: Message) -> None:
    _claim(message, clock.ahead(-timedelta(seconds=9)))


def _claim(message: Message, claimed_at: clock.Ahead = IN_AN_HOUR) -> None:
    """By a sender that lives; for it to live as long as the test, on any machine, it has only begun in an hour."""
    Message.objects.filter(pk=message.pk).update(state=State.SENDING, claimed_at=claimed_at, tries=1, gateway="http")


def test_a_delivered_message_keeps_no_body(write: Write, operator: Operator) -> None:
    message = write()
    deliver(message.pk)
    message.refresh_from_db()
    assert (message.state, message.sealed_body, message.tries) == (State.SENT, "", 1)
    assert (message.gateway, message.gateway_reference, message.problem) == ("http", "op-1", "")
    assert message.sent_at and not message.ended_at
    assert operator.calls[0].body["to"] == MOBILE
    assert CODE in operator.texts[message.reference]


def test_the_database_refuses_an_ended_message_that_keeps_its_body(write: Write) -> None:
    message = write()
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.filter(pk=message.pk).update(state=State.SENT, gateway="http", ended_at=clock.now())


def test_the_database_refuses_a_second_message_with_the_same_reference(write: Write) -> None:
    message, other = write(), write()
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.filter(pk=other.pk).update(reference=message.reference)


def test_no_clear_code_is_in_the_row(write: Write) -> None:
    row = Message.objects.filter(pk=write().pk).values().get()
    assert CODE not in str(row)


def test_a_sent_message_is_not_sent_again(write: Write, operator: Operator) -> None:
    message = write()
    deliver(message.pk)
    deliver(message.pk)
    assert len(operator.calls) == 1


def test_a_message_that_is_gone_or_not_due_is_left_alone(write: Write, operator: Operator) -> None:
    message = write()
    Message.objects.filter(pk=message.pk).update(due_at=clock.ahead(timedelta(seconds=30)))
    deliver(message.pk)
    deliver(message.pk + 1000)
    assert operator.calls == []


@pytest.mark.django_db(transaction=True)
def test_of_eight_senders_one_delivers(write: Write, operator: Operator) -> None:
    message = write()
    results = at_the_same_moment([lambda: deliver(message.pk)] * 8)
    assert results == [None] * 8
    assert len(operator.calls) == 1
    message.refresh_from_db()
    assert (message.state, message.tries) == (State.SENT, 1)


@pytest.mark.django_db(transaction=True)
def test_of_eight_senders_one_takes_over_from_a_dead_one(write: Write, operator: Operator) -> None:
    message = write()
    _forget_sender(message)
    at_the_same_moment([lambda: deliver(message.pk)] * 8)
    assert operator.references == [message.reference]


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_the_gateway_is_waited_for(write: Write, operator: Operator) -> None:
    message = write()
    with pytest.raises(RuntimeError), transaction.atomic():
        deliver(message.pk)
    assert operator.calls == []


def test_a_dead_senders_message_goes_to_the_same_gateway_with_the_same_reference(
    write: Write, operator: Operator, settings: Settings
) -> None:
    _gateways(settings, DEMO_GATEWAY, HTTP_GATEWAY)
    message = write()
    _forget_sender(message)
    assert waiting(limit=5, grace=timedelta(0), besides=set()) == [message.pk]
    deliver(message.pk)
    assert operator.references == [message.reference]
    message.refresh_from_db()
    assert (message.state, message.tries) == (State.SENT, 2)


def test_a_living_senders_message_is_not_taken(write: Write, operator: Operator) -> None:
    message = write()
    _claim(message)
    assert waiting(limit=5, grace=timedelta(0), besides=set()) == []
    deliver(message.pk)
    assert operator.calls == []


def test_a_sender_that_was_overtaken_changes_nothing(write: Write, settings: Settings) -> None:
    _gateways(settings, Slow)
    message = write()
    deliver(message.pk)
    message.refresh_from_db()
    assert (message.state, message.problem) == (State.SENDING, "")


def test_an_answer_that_gets_lost_leads_to_a_repeat_the_operator_recognises(write: Write, operator: Operator) -> None:
    operator.will(Answer(is_lost=True))
    message = write()
    deliver(message.pk)
    deliver(message.pk)
    assert operator.references == [message.reference] * 2
    assert len(operator.texts) == 1
    message.refresh_from_db()
    assert message.state == State.SENT


@pytest.mark.parametrize("reference", ["\0", "\ud800", "x" * 200, ["deep"], 17])
def test_a_strange_reference_does_not_keep_the_message(reference: Any, write: Write, operator: Operator) -> None:
    operator.always(Answer(body={"id": reference}))
    message = write()
    deliver(message.pk)
    message.refresh_from_db()
    assert (message.state, len(operator.calls)) == (State.SENT, 1)
    assert message.gateway_reference.isprintable() and len(message.gateway_reference) <= 80


@pytest.mark.parametrize("content", [b"", b"OK", b"[" * 60_000])
def test_an_accepted_text_needs_no_reference_that_can_be_read(content: bytes, write: Write, operator: Operator) -> None:
    operator.always(Answer(body=content))
    message = write()
    deliver(message.pk)
    message.refresh_from_db()
    assert (message.state, message.gateway_reference, len(operator.calls)) == (State.SENT, "", 1)


def test_a_gateway_that_broke_with_a_text_it_could_not_tell_again_is_not_asked_again(
    write: Write, settings: Settings
) -> None:
    _gateways(settings, Broken)
    message = write()
    deliver(message.pk)
    message.refresh_from_db()
    assert (message.state, message.problem, message.tries) == (State.FAILED, "gateway_error", 1)


def test_the_pauses_between_tries_grow(write: Write, settings: Settings) -> None:
    _gateways(settings, Busy)
    message = write()
    for seconds in (0, 2, 5, 10, 20, 20, 20):
        assert _rests_for(message, seconds)
        _make_due(message)
    assert (message.state, message.problem) == (State.QUEUED, "busy")


def test_it_fails_when_the_next_try_would_come_too_late(
    write: Write, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    _gateways(settings, Busy)
    monkeypatch.setitem(PAUSES_SECONDS, Queue.OTP, (0, 301))
    message = write(life=timedelta(minutes=5))
    Message.objects.filter(pk=message.pk).update(tries=1)
    deliver(message.pk)
    message.refresh_from_db()
    assert (message.state, message.problem, message.sealed_body) == (State.FAILED, "busy", "")


def test_a_refusal_passes_it_on_to_the_next_gateway_at_once(
    write: Write, operator: Operator, settings: Settings
) -> None:
    _gateways(settings, Refusing, HTTP_GATEWAY)
    message = write()
    assert _rests_for(message, 0)
    assert (message.gateway, message.not_again, message.problem) == ("http", "refusing", "unknown_number")
    deliver(message.pk)
    assert operator.references == [message.reference]


def test_it_fails_when_every_gateway_refuses(write: Write, operator: Operator, settings: Settings) -> None:
    _gateways(settings, Refusing, HTTP_GATEWAY)
    operator.always(Answer(400))
    message = write()
    deliver(message.pk)
    deliver(message.pk)
    message.refresh_from_db()
    assert (message.state, message.not_again, message.problem) == (State.FAILED, "refusing http", "refused")


def test_a_gateway_that_refused_is_not_asked_again(write: Write, settings: Settings) -> None:
    _gateways(settings, Refusing, Busy)
    message = write()
    for _try in range(4):
        deliver(message.pk)
        _make_due(message)
    message.refresh_from_db()
    assert (message.gateway, message.not_again, message.tries) == ("busy", "refusing", 4)


def test_a_failure_gives_the_next_gateway_its_turn(write: Write, operator: Operator, settings: Settings) -> None:
    _gateways(settings, Busy, HTTP_GATEWAY)
    message = write()
    deliver(message.pk)
    deliver(message.pk)
    assert operator.references == [message.reference]


def test_a_fault_in_a_gateway_keeps_the_message_and_logs_no_people(
    write: Write, operator: Operator, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    _gateways(settings, Broken, HTTP_GATEWAY)
    message = write()
    deliver(message.pk)
    _make_due(message)
    deliver(message.pk)
    message.refresh_from_db()
    assert message.state == State.SENT
    logged = " ".join(str(record.__dict__) for record in caplog.records)
    assert "gateway_raised" in logged
    assert MOBILE not in logged and CODE not in logged


def test_a_gateway_that_is_no_longer_listed_loses_its_messages_to_the_first(write: Write, operator: Operator) -> None:
    message = write()
    Message.objects.filter(pk=message.pk).update(gateway="gone")
    deliver(message.pk)
    assert operator.references == [message.reference]


def test_a_body_nobody_can_unseal_ends_the_message(write: Write, operator: Operator, settings: Settings) -> None:
    message = write()
    settings.SEALING_KEYS = ["another key"]
    deliver(message.pk)
    message.refresh_from_db()
    assert (message.state, message.problem, operator.calls) == (State.FAILED, "unreadable", [])


def test_a_changed_key_still_reads_what_the_old_one_sealed(
    write: Write, operator: Operator, settings: Settings
) -> None:
    message = write()
    settings.SEALING_KEYS = ["new key", *settings.SEALING_KEYS]
    deliver(message.pk)
    assert CODE in operator.texts[message.reference]


def test_an_outlived_message_is_not_sent_but_ended(write: Write, operator: Operator) -> None:
    message = write(life=timedelta(seconds=-1))
    deliver(message.pk)
    assert expire_outlived() == 1
    message.refresh_from_db()
    assert (message.state, message.problem, message.sealed_body) == (State.EXPIRED, "too_late", "")
    assert operator.calls == []


def test_an_outlived_message_of_a_living_sender_is_left_to_it(write: Write) -> None:
    living, dead = write(life=timedelta(seconds=-1)), write(life=timedelta(seconds=-1))
    _claim(living)
    _forget_sender(dead)
    assert expire_outlived() == 1
    living.refresh_from_db()
    assert living.state == State.SENDING


def test_codes_go_before_notices(write: Write) -> None:
    notice, code = write(queue="notices"), write()
    assert waiting(limit=5, grace=timedelta(0), besides=set()) == [code.pk, notice.pk]
    assert waiting(limit=5, grace=timedelta(0), besides={code.pk}) == [notice.pk]


def test_a_code_left_by_a_dead_sender_goes_before_notices(write: Write) -> None:
    notices = [write(queue=Queue.NOTICES).pk for _notice in range(5)]
    code = write()
    _forget_sender(code)
    assert waiting(limit=3, grace=timedelta(0), besides=set()) == [code.pk, *notices[:2]]


def test_a_fresh_message_is_left_to_its_task_for_a_while(write: Write) -> None:
    fresh, again = write(), write()
    Message.objects.filter(pk=again.pk).update(tries=1)
    assert waiting(limit=5, grace=timedelta(hours=1), besides=set()) == [again.pk]
    Message.objects.filter(pk=fresh.pk).update(due_at=clock.ahead(-timedelta(hours=1)))
    assert set(waiting(limit=5, grace=timedelta(hours=1), besides=set())) == {fresh.pk, again.pk}


def test_finding_what_waits_uses_the_small_indexes(write: Write) -> None:
    """However many messages the outbox has seen, the relay reads only those under way."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    plan = Message.objects.overlooked(timedelta(0)).explain()
    assert "message_due" in plan
    assert "message_claimed" in Message.objects.abandoned().explain()
