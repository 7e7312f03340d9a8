"""A paused account lets nobody in until an activation channel proves the person again."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.actions import profile, registration, sign_in
from accounts.claim import Claim
from accounts.models import User
from core.states import MoveRefused
from messaging.models import Message
from tests.cast import PASSWORD, Phone, in_no_browser
from tests.cast import sign_in as signed_in

pytestmark = pytest.mark.django_db
SENTENCE = "This account is paused"


def _sign_in(browser: Client, name: str, password: str) -> str:
    page = browser.post("/en/sign-in/", {"login_name": name, "password": password}, follow=True)
    return page.content.decode()


@pytest.mark.parametrize("name", ["samer2026", "2000000006"])
def test_the_right_password_is_told_of_the_pause_and_gets_no_code(paused: User, browser: Client, name: str) -> None:
    assert SENTENCE in _sign_in(browser, name, PASSWORD)
    assert not Message.objects.exists()


def test_a_wrong_password_is_told_nothing_of_the_pause(paused: User, browser: Client) -> None:
    page = _sign_in(browser, "samer2026", "Wrong7Password")
    assert SENTENCE not in page and "Username or password is not right." in page


def test_who_is_signed_in_is_signed_out_and_told_why(activated: User, browser: Client) -> None:
    signed_in(browser, activated)
    profile.pause(activated)
    assert SENTENCE in browser.get("/en/dashboard/", follow=True).content.decode()


def test_a_code_that_was_on_its_way_does_not_open_it(activated: User, phone: Phone) -> None:
    flow = sign_in.send_code(activated, client_ip="127.0.0.1")
    code = phone.newest_code()
    profile.pause(activated)
    with pytest.raises(sign_in.codes.CodeRefused):
        sign_in.complete(flow, code)


def test_the_code_page_says_that_the_account_is_paused(activated: User, browser: Client) -> None:
    browser.post("/en/sign-in/", {"login_name": "samer2026", "password": PASSWORD})
    profile.pause(activated)
    assert SENTENCE in browser.get("/en/sign-in/code/", follow=True).content.decode()


def test_only_an_activated_account_is_paused(resident: User) -> None:
    with pytest.raises(MoveRefused):
        profile.pause(resident)


def test_nobody_else_registers_over_a_paused_account(paused: User, claim: Callable[..., Claim], phone: Phone) -> None:
    registration.register(
        claim(username="other2026", mobile="+966555555501"), client_ip="127.0.0.1", keep=in_no_browser
    )
    assert Message.objects.latest("pk").purpose == "claim_taken"
