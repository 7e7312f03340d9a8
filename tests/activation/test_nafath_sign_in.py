"""Nafath beside the code: a sign-in is completed by the app, in the browser that began it and no other. A lock stops a step, not a
person."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.actions import profile
from accounts.actions.codes import WRONG_PER_ACCOUNT
from accounts.models import OneTimeCode, TryCounter, User
from activation.actions.nafath import SIGN_IN_LIFE
from activation.models import NafathRequest
from activation.nafath import line
from activation.states import NafathState
from audit.models import Entry
from core import clock
from messaging.models import SendCounter
from registry.models import Person
from tests.cast import PASSWORD, Phone
from tests.nafath import NafathServer, callback
from tests.walk import path

pytestmark = pytest.mark.django_db

LINK = "Use the Nafath app instead"


def _half_signed_in(user: User, **typed: str) -> Client:
    SendCounter.objects.all().delete()
    browser = Client()
    browser.post(path("login"), {"login_name": user.username, "password": PASSWORD} | typed)
    return browser


@pytest.fixture
def window(activated: User) -> Client:
    return _half_signed_in(activated)


@pytest.fixture
def asked(window: Client, nafath_server: NafathServer) -> NafathRequest:
    nafath_server.will_ask()
    window.post(path("login_nafath_ask"))
    return NafathRequest.objects.get()


def _confirm(server: NafathServer, asked: NafathRequest) -> int:
    server.will_show_its_keys()
    body = callback(server.token(asked), transId=asked.transaction)
    return Client().post("/nafath/callback", body, content_type="application/json").status_code


def _shown(window: Client, name: str = "login_nafath") -> str:
    return window.get(path(name)).content.decode()


def test_the_app_signs_in_instead_of_the_code(
    window: Client, asked: NafathRequest, nafath_server: NafathServer, activated: User
) -> None:
    assert LINK in _shown(window, "login_code") and asked.flow and asked.attempt is None
    assert nafath_server.operator.calls[0].body["service"] == "Login"
    assert asked.expires_at <= clock.read() + SIGN_IN_LIFE
    assert _confirm(nafath_server, asked) == 200
    assert window.get(path("login_nafath_state")).status_code == 205
    page, key = _shown(window), window.cookies["session"].value
    assert "Sign in now" in page and "data-sends-itself" in page and "_auth_user_id" not in window.session
    assert window.post(path("login_nafath_finish")).url == path("dashboard")
    assert window.session["_auth_user_id"] == str(activated.pk) and window.cookies["session"].value != key
    assert Entry.objects.get(event="signed_in").details == {"means": "nafath"}
    assert not OneTimeCode.objects.filter(voided_at=None, consumed_at=None).exists()
    assert NafathRequest.objects.get().state == NafathState.USED


def test_the_code_says_that_it_was_the_code(window: Client, activated: User) -> None:
    window.post(path("login_code"), {"code": Phone(activated.mobile).newest_code()})
    assert Entry.objects.get(event="signed_in").details == {"means": "code"}


def test_who_left_the_kingdom_signs_in_all_the_same(window: Client, nafath_server: NafathServer) -> None:
    Person.objects.update(life="left")
    nafath_server.will_ask()
    window.post(path("login_nafath_ask"))
    assert NafathRequest.objects.get().state == NafathState.WAITING


def test_a_confirmation_signs_in_once(window: Client, asked: NafathRequest, nafath_server: NafathServer) -> None:
    _confirm(nafath_server, asked)
    cookie = window.cookies["session"].value
    window.post(path("login_nafath_finish"))
    thief = Client()
    thief.cookies["session"] = cookie
    assert thief.post(path("login_nafath_finish")).url == path("login")
    assert Entry.objects.filter(event="signed_in").count() == 1


def test_another_browser_with_the_password_gets_nothing_of_it(
    asked: NafathRequest, nafath_server: NafathServer, activated: User
) -> None:
    other = _half_signed_in(activated)
    assert "compare-number" not in _shown(other)
    other.post(path("login_nafath_ask"))
    assert "A request for your ID number is open in another window or for another account." in _shown(other)
    _confirm(nafath_server, asked)
    assert other.get(path("login_nafath_state")).status_code == 205
    answer = other.post(path("login_nafath_finish"), follow=True)
    assert "There is no confirmation from the app that this browser could use." in answer.content.decode()
    assert "_auth_user_id" not in other.session


def test_without_a_confirmation_nobody_gets_in(window: Client, asked: NafathRequest) -> None:
    assert window.post(path("login_nafath_finish")).url == path("login_nafath")
    assert "_auth_user_id" not in window.session


def test_a_confirmation_is_of_use_for_five_minutes(
    window: Client, asked: NafathRequest, nafath_server: NafathServer
) -> None:
    _confirm(nafath_server, asked)
    NafathRequest.objects.update(ended_at=clock.ahead(-timedelta(minutes=5, seconds=1)))
    assert window.post(path("login_nafath_finish")).url == path("login_nafath")
    assert "_auth_user_id" not in window.session


def test_too_many_wrong_codes_stop_the_code_but_not_the_person(
    window: Client, nafath_server: NafathServer, activated: User
) -> None:
    charge = WRONG_PER_ACCOUNT.of(str(activated.pk))
    for _time in range(charge.budget.limit):
        TryCounter.objects.spend(charge)
    TryCounter.objects.fail(charge)
    page = _shown(window, "login_code")
    assert "its codes do not work for a while" in page and LINK in page
    nafath_server.will_ask()
    window.post(path("login_nafath_ask"))
    _confirm(nafath_server, NafathRequest.objects.get())
    assert window.post(path("login_nafath_finish")).url == path("dashboard")


def test_a_shared_computer_and_the_page_that_was_asked_for_are_remembered(
    nafath_server: NafathServer, activated: User
) -> None:
    window = Client()
    window.get(path("login"), {"next": "/en/account/"})
    window.post(path("login"), {"login_name": activated.username, "password": PASSWORD, "shared_computer": "on"})
    nafath_server.will_ask()
    window.post(path("login_nafath_ask"))
    _confirm(nafath_server, NafathRequest.objects.get())
    assert window.post(path("login_nafath_finish")).url == "/en/account/"
    assert window.session["life"] == "shared"


def test_an_account_that_is_paused_meanwhile_lets_nobody_in(
    window: Client, asked: NafathRequest, nafath_server: NafathServer, activated: User
) -> None:
    _confirm(nafath_server, asked)
    profile.pause(activated)
    assert window.post(path("login_nafath_finish")).url == path("login")
    assert "_auth_user_id" not in window.session


def test_it_stands_beside_the_code_of_activated_citizens_and_residents_only(
    resident: User, nafath_server: NafathServer, make_person: Callable[..., Person], make_account: Callable[..., User]
) -> None:
    visitor = make_account("visitor26", make_person("3000000004").id_number, "+966512345677", state="activated")
    for user in (resident, visitor):
        window = _half_signed_in(user)
        assert LINK not in _shown(window, "login_code")
        assert window.get(path("login_nafath")).url == path("login_code")
        assert window.post(path("login_nafath_ask")).url == path("login_code")
        assert window.get(path("login_nafath_state")).status_code == 204
    assert nafath_server.paths() == []


def test_nobody_half_signed_in_is_led_to_the_sign_in(client: Client) -> None:
    assert client.get(path("login_nafath")).url == path("login_code")
    assert client.post(path("login_nafath_finish")).url == path("login")


def test_where_it_is_not_configured_the_code_stands_alone(window: Client, settings: Settings) -> None:
    settings.SECOND_STEPS = []
    assert LINK not in _shown(window, "login_code")
    assert window.get(path("login_nafath")).url == path("login_code")


def test_while_nafath_is_down_nobody_is_sent_there(window: Client, nafath_server: NafathServer) -> None:
    for _time in range(line.ERRORS_IN_A_ROW):
        line.note_error("no_answer")
    assert LINK not in _shown(window, "login_code")
    assert re.search("The portal asks it again (tomorrow )?at", _shown(window))
