"""What operators report: authenticated, done once, and only ever forward (INB-1)."""

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from core import clock
from messaging import health
from messaging.actions import receipts
from messaging.delivery import deliver
from messaging.gateways.base import Callback, Forged, Gateway, Outcome, Receipt
from messaging.models import GatewayHealth, Message
from messaging.states import State
from tests.operators import Answer, Operator
from tests.parallel import at_the_same_moment

pytestmark = pytest.mark.django_db

Write = Callable[..., Message]


class Reporting(Gateway):
    """Reports by a form with its secret, the reference and the outcome."""

    name = "reporting"

    def send(self, *, to: str, text: str, reference: str) -> str:
        return f"op-{reference}"

    def receipts(self, call: Callback) -> list[Receipt]:
        form = call.form()
        if form.get("secret") != "trial":
            raise Forged
        return [Receipt(Outcome(form["outcome"]), gateway_reference=form["id"])]


@pytest.fixture
def reporting(settings: Settings) -> None:
    settings.SMS_GATEWAYS = [f"{__name__}.Reporting"]


def _state(message: Message) -> str:
    message.refresh_from_db()
    return message.state


def _report(message: Message, outcome: str, secret: str = "trial") -> int:
    form = urlencode({"secret": secret, "outcome": outcome, "id": f"op-{message.reference}"})
    return (
        Client()
        .post(reverse("gateway_receipts", args=["reporting"]), form, "application/x-www-form-urlencoded")
        .status_code
    )


@pytest.fixture
def sent(write: Write, operator: Operator) -> Message:
    message = write()
    deliver(message.pk)
    return message


def _receipt(message: Message, outcome: Outcome) -> Receipt:
    return Receipt(outcome, reference=message.reference, problem="phone_off" if outcome != "delivered" else "")


@pytest.mark.parametrize("order", list(permutations(Outcome)))
def test_the_first_receipt_counts_and_the_others_change_nothing(sent: Message, order: tuple[Outcome, ...]) -> None:
    receipts.take("http", [_receipt(sent, order[0])])
    assert _state(sent) == order[0].value
    ended_at = sent.ended_at
    receipts.take("http", [_receipt(sent, outcome) for outcome in (*order, order[0])])
    assert _state(sent) == order[0].value
    assert sent.ended_at == ended_at


@pytest.mark.django_db(transaction=True)
def test_of_eight_receipts_at_once_one_is_noted(sent: Message) -> None:
    Message.objects.filter(pk=sent.pk).update(sent_at=clock.ahead(-timedelta(seconds=60)))
    at_the_same_moment([lambda: receipts.take("http", [_receipt(sent, Outcome.DELIVERED)])] * 8)
    assert _state(sent) == State.DELIVERED
    assert GatewayHealth.objects.get().slow_receipts_in_a_row == 1


def test_a_receipt_that_overtakes_the_answer_ends_the_tries(write: Write, operator: Operator) -> None:
    """The operator took the text, its answer got lost, and the handset has it."""
    operator.will(Answer(is_lost=True))
    message = write()
    deliver(message.pk)
    receipts.take("http", [_receipt(message, Outcome.DELIVERED)])
    assert _state(message) == State.DELIVERED
    assert message.sent_at and message.sealed_body == ""
    deliver(message.pk)
    assert len(operator.calls) == 1


def test_bad_news_of_an_earlier_try_does_not_stop_the_next(write: Write, operator: Operator) -> None:
    operator.will(Answer(is_lost=True))
    message = write()
    deliver(message.pk)
    receipts.take("http", [_receipt(message, Outcome.FAILED)])
    deliver(message.pk)
    assert _state(message) == State.SENT


def test_bad_news_of_a_gateway_that_lost_the_message_to_another_is_none(sent: Message) -> None:
    Message.objects.filter(pk=sent.pk).update(gateway="second", not_again="http")
    receipts.take("http", [_receipt(sent, Outcome.FAILED), _receipt(sent, Outcome.EXPIRED)])
    assert _state(sent) == State.SENT
    receipts.take("second", [_receipt(sent, Outcome.DELIVERED)])
    assert _state(sent) == State.DELIVERED


def test_bad_news_that_overtakes_the_hand_over_counts(write: Write, operator: Operator) -> None:
    message = write()
    Message.objects.filter(pk=message.pk).update(state=State.SENDING, gateway="http", tries=1, claimed_at=clock.now())
    receipts.take("http", [_receipt(message, Outcome.FAILED)])
    assert (_state(message), message.problem, message.sealed_body) == (State.FAILED, "phone_off", "")


def test_a_reference_that_an_operator_uses_again_means_the_newest_message(sent: Message, write: Write) -> None:
    delivered = [Receipt(Outcome.DELIVERED, gateway_reference="op-1")]
    receipts.take("http", delivered)
    newest = write()
    deliver(newest.pk)
    receipts.take("http", delivered)
    assert (_state(sent), _state(newest)) == (State.DELIVERED, State.DELIVERED)


def test_a_receipt_for_an_unknown_message_is_counted(operator: Operator) -> None:
    for receipt in (Receipt(Outcome.DELIVERED, reference="x"), Receipt(Outcome.FAILED, gateway_reference="y")):
        receipts.take("http", [receipt])
    assert health.read()["http"].unknown_receipts == 2


def test_the_operators_reference_is_good_for_its_own_gateway_only(sent: Message) -> None:
    receipts.take("other", [Receipt(Outcome.DELIVERED, gateway_reference=sent.gateway_reference or "op-1")])
    assert _state(sent) == State.SENT


@pytest.mark.usefixtures("reporting")
def test_an_operator_reports_over_http(write: Write) -> None:
    message = write()
    deliver(message.pk)
    assert _report(message, "delivered") == 200
    assert _report(message, "failed") == 200
    assert _state(message) == State.DELIVERED


@pytest.mark.usefixtures("reporting")
def test_a_forged_report_is_refused_and_counted(write: Write) -> None:
    message = write()
    deliver(message.pk)
    assert _report(message, "delivered", secret="guess") == 403
    assert _state(message) == State.SENT
    assert health.read()["reporting"].forged_calls == 1


@pytest.mark.usefixtures("reporting")
def test_a_flood_of_forged_reports_costs_few_writes(
    write: Write, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(health, "_READ_EVERY_SECONDS", 3600)
    message = write()
    _report(message, "delivered", secret="guess")
    with django_assert_num_queries(0):
        for _ in range(200):
            _report(message, "delivered", secret="guess")


@pytest.mark.usefixtures("reporting")
@pytest.mark.parametrize("body", [b"\xff\xfe", b"x" * 70_000])
def test_a_report_nobody_can_read_is_refused(body: bytes) -> None:
    response = Client().post("/gateways/reporting/receipts", body, "application/x-www-form-urlencoded")
    assert response.status_code == 400


def test_a_gateway_that_takes_no_reports_and_one_that_is_not_listed(operator: Operator) -> None:
    assert Client().post("/gateways/http/receipts").status_code == 400
    assert Client().post("/gateways/reporting/receipts").status_code == 404
    assert Client().delete("/gateways/http/receipts").status_code == 405


def test_a_typed_code_is_the_strongest_receipt(sent: Message) -> None:
    receipts.note_used(sent.pk)
    sent.refresh_from_db()
    assert sent.used_at
