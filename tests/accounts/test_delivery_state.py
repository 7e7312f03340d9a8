"""What the code page says of the text on its way."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.actions.codes import WRONG_PER_PHONE
from accounts.models import TryCounter, User
from core import clock
from messaging.models import Message
from messaging.sentences import PROBLEMS
from tests.cast import PASSWORD, Phone
from tests.steps import fill_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(browser: Client, phone: Phone, person: Any) -> Callable[..., str]:
    """The code page of a registration whose message is as the facts say."""
    fill_in(browser)

    def page(**facts: Any) -> str:
        Message.objects.update(**facts)
        return browser.get(reverse("registration_code")).content.decode()

    return page


LOST = {"state": "failed", "sealed_body": "", "ended_at": clock.now()}
SENT = {"state": "sent", "gateway": "http", "sealed_body": ""}


def test_it_is_queued_at_first(page: Callable[..., str]) -> None:
    assert "The message is being sent." in page()


def test_it_is_at_the_operator(page: Callable[..., str]) -> None:
    assert "arrives within a minute" in page(sent_at=clock.now(), **SENT)


def test_it_is_delivered_to_the_masked_mobile(page: Callable[..., str], phone: Phone) -> None:
    said = page(**SENT | {"state": "delivered"}, sent_at=clock.now(), ended_at=clock.now())
    assert "The message is on the phone." in said
    assert phone.mobile not in said and "05••••••" in said


def test_after_a_minute_without_hand_over_it_says_so(page: Callable[..., str]) -> None:
    assert "Sending takes longer than usual" not in page(created_at=clock.ahead(timedelta(minutes=10)))
    assert "Sending takes longer than usual" in page(created_at=clock.ahead(-timedelta(seconds=61)))


def test_after_a_minute_without_a_receipt_it_says_what_to_check(page: Callable[..., str]) -> None:
    assert "has not confirmed the message yet. If it has come, type its code." in page(
        sent_at=clock.ahead(-timedelta(seconds=61)), **SENT
    )


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        ("unknown_number", "does not know this mobile"),
        ("phone_off", "switched off or without signal"),
        ("blocked", "does not accept our messages"),
        ("no_answer", "did not confirm"),
        ("refused", "Check the number"),
        ("line_down", "did not confirm"),
    ],
)
def test_a_lost_message_has_its_reason_and_what_to_do(page: Callable[..., str], problem: str, sentence: str) -> None:
    said = page(problem=problem, **LOST)
    assert sentence in said
    assert "Send again" in said and "Change the mobile number" in said


@pytest.mark.parametrize(
    "problem", ["busy", "no_funds", "not_authorised", "too_late", "operator_error", "unreachable", "unreadable_answer"]
)
def test_a_fault_of_the_operator_is_not_put_down_to_the_number(page: Callable[..., str], problem: str) -> None:
    said = page(problem=problem, **LOST)
    assert "Your number is not the cause. Ask for a new code." in said and "Check the number" not in said


@pytest.mark.parametrize("problem", PROBLEMS)
def test_who_signs_in_is_not_told_to_change_the_number(
    problem: str, browser: Client, phone: Phone, activated: User
) -> None:
    browser.post(reverse("login"), {"login_name": activated.username, "password": PASSWORD})
    Message.objects.update(problem=problem, **LOST)
    said = browser.get(reverse("login_code")).content.decode()
    assert "notice-danger" in said
    assert not re.search("change the (mobile )?number|correct it|check the number", said, re.IGNORECASE)


def test_the_poll_gets_the_piece_alone(page: Callable[..., str], browser: Client) -> None:
    page()
    piece = browser.get(reverse("code_state", args=["registration"])).content.decode()
    assert "The message is being sent." in piece and "<html" not in piece


def test_without_a_script_a_link_refreshes_the_page(page: Callable[..., str]) -> None:
    assert "<noscript>" in page()


def test_a_lock_says_until_when_and_what_stays(page: Callable[..., str], browser: Client) -> None:
    assert "Codes work again in" not in page()
    user = User.objects.get()
    for _wrong in range(10):
        TryCounter.objects.spend(WRONG_PER_PHONE.of(user.mobile))
    TryCounter.objects.fail(WRONG_PER_PHONE.of(user.mobile))
    said = page()
    assert "Codes work again in" in said and 'data-countdown="7' in said
    assert "fill in the registration again then" in said and 'name="code"' not in said
