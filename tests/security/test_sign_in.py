"""Guesses at passwords: LOG-1 and LOG-2, and the image code that comes after failures."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client

from accounts.actions import sign_in
from accounts.models import TryCounter, User
from tests.cast import PASSWORD, luhn_number
from tests.steps import look_at_image
from tests.walk import path

pytestmark = pytest.mark.django_db

WRONG = "Wrong7Password"


def _fail(login_name: str, *, client_ip: str = "198.51.100.7") -> None:
    with pytest.raises(sign_in.WrongPassword):
        sign_in.check_password(login_name, WRONG, client_ip=client_ip)


def _wait(login_name: str, *, client_ip: str) -> sign_in.SignInLocked:
    with pytest.raises(sign_in.SignInLocked) as locked:
        sign_in.check_password(login_name, PASSWORD, client_ip=client_ip)
    return locked.value


def test_a_login_name_with_a_nul_is_answered_beside_its_field(client: Client, resident: User) -> None:
    page = client.post("/en/sign-in/", {"login_name": f"{resident.username}\0", "password": PASSWORD})
    assert page.status_code == 200 and "field-wrong" in page.text


@pytest.mark.parametrize("around", ["{}\u200f", " {} ", "\u2066{}\u2069"])
def test_failures_count_for_a_name_however_it_was_pasted(around: str, resident: User) -> None:
    for n in range(2):
        _fail(resident.username, client_ip=f"198.51.100.{n}")
    pasted = {"login_name": around.format(resident.username), "password": PASSWORD}
    assert b'name="captcha"' in Client().post(path("login"), pasted, REMOTE_ADDR="203.0.113.9").content


def test_five_failures_lock_the_sign_in_for_15_30_60_and_then_120_minutes(resident: User) -> None:
    for minutes in (15, 30, 60, 120, 120):
        for n in range(5):
            _fail(resident.username, client_ip=f"198.51.100.{n}")
        told = _wait(resident.username, client_ip="203.0.113.9")
        assert told.is_account and (minutes - 1) * 60 < told.retry_in_seconds <= minutes * 60 + 1
        TryCounter.objects.update(window_ends_at=F("window_ends_at") - timedelta(minutes=minutes, seconds=1))
    assert sign_in.check_password(resident.username, PASSWORD, client_ip="203.0.113.9") == resident


def test_username_and_id_number_are_one_account_to_guess_at(activated: User) -> None:
    for n in range(5):
        _fail(activated.username if n % 2 else activated.id_number, client_ip=f"198.51.100.{n}")
    assert _wait(activated.id_number, client_ip="203.0.113.9").is_account


def test_an_address_tries_twenty_names_a_minute(resident: User) -> None:
    for n in range(20):
        _fail(luhn_number(f"2000010{n:02}"))
    told = _wait(resident.username, client_ip="198.51.100.7")
    assert not told.is_account and told.retry_in_seconds <= 61
    assert sign_in.check_password(resident.username, PASSWORD, client_ip="203.0.113.9") == resident


def test_after_two_failures_a_right_password_needs_the_image_code_too(resident: User, browser: Client) -> None:
    right = {"login_name": resident.username, "password": PASSWORD}
    for _time in range(2):
        assert b"captcha" not in browser.get(path("login")).content
        browser.post(path("login"), right | {"password": WRONG})
    # Whoever comes from elsewhere is asked as well: what counts is the account.
    assert b'name="captcha"' in Client().post(path("login"), right, REMOTE_ADDR="203.0.113.9").content
    image = look_at_image(browser, browser.get(path("login")))
    assert browser.post(path("login"), right | image | {"captcha": "111111"}).status_code == 200
    image = look_at_image(browser, browser.get(path("login")))
    assert browser.post(path("login"), right | image).url == path("login_code")
