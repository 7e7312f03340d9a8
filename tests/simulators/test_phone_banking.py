"""The bank's telephone line: what the voice says stands there to read, and the keys answer it."""

from dataclasses import dataclass

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from accounts.states import State
from activation.models import PartnerAttempt
from messaging.models import SendCounter
from registry.models import Person
from simulators.places import national
from tests.cast import Phone
from tests.simulators.visitor import Visitor
from tests.walk import path

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Caller(Visitor):
    first_page: str = "demo_phone_banking"
    page: str = "demo_phone_call"

    def call(self, user: User) -> "Caller":
        self.begin(mobile=national(user.mobile))
        self.press({"ar": "1", "en": "2"}[self.language])
        return self

    def to_numbers(self, user: User) -> str:
        self.call(user).enter(user.id_number)
        self.press("2")
        return self.press("1")

    def to_code(self, user: User) -> str:
        self.to_numbers(user)
        return self.press("1")

    def to_agreement(self, user: User, phone: Phone) -> str:
        self.to_code(user)
        return self.enter(phone.newest_code())


@pytest.mark.parametrize(
    ("language", "read_out", "done"),
    [
        ("en", "two · zero · zero · zero · zero · zero · zero · zero · zero · six", "The account is activated"),
        ("ar", "اثنان · صفر · صفر · صفر · صفر · صفر · صفر · صفر · صفر · ستة", "تم تفعيل الحساب"),
    ],
)
def test_a_caller_activates_with_keys(
    language: str, read_out: str, done: str, portal: str, resident: User, phone: Phone
) -> None:
    caller = Caller(language=language)
    numbers = caller.to_numbers(resident)
    assert read_out in numbers and "0512345621" in numbers
    assert "05••••••21" in caller.press("1")
    assert "press 1" in caller.enter(phone.newest_code()) or language == "ar"
    assert done in caller.press("1")
    resident.refresh_from_db()
    assert (resident.state, PartnerAttempt.objects.get().mode) == (State.ACTIVATED, "phone")


def test_a_key_chooses_the_language_of_the_voice(portal: str, resident: User) -> None:
    caller = Caller()
    caller.begin(mobile=national(resident.mobile))
    assert "none of the choices" in caller.press("7")
    assert '<html lang="ar"' in caller.press("1")


def test_digits_are_keyed_in_one_by_one_without_a_script(portal: str, resident: User) -> None:
    caller = Caller().call(resident)
    assert 'value="20"' in caller.press("0", "2")
    assert 'value=""' in caller.press("clear", "20")
    assert "You typed 3 digits; an iqama number has 10." in caller.enter("200")


def test_each_menu_says_when_a_key_is_none_of_its_choices(portal: str, resident: User, phone: Phone) -> None:
    caller = Caller().call(resident)
    caller.enter(resident.id_number)
    assert "none of the choices" in caller.press("9")
    assert "holds no money" in caller.press("1")
    caller.press("2")
    assert "none of the choices" in caller.press("9")
    assert "press 2" in caller.press("clear"), "The star key goes back to the main menu."
    caller.press("2")
    caller.press("1")
    assert "none of the choices" in caller.press("9")
    caller.press("1")
    caller.enter(phone.newest_code())
    assert "none of the choices" in caller.press("9")


def test_who_hears_a_wrong_number_keys_it_in_again(portal: str, resident: User) -> None:
    caller = Caller()
    caller.to_numbers(resident)
    assert "Key in your ID number" in caller.press("2")


def test_a_code_is_heard_again_before_the_caller_agrees(portal: str, resident: User, phone: Phone) -> None:
    caller = Caller()
    caller.to_code(resident)
    assert "You typed 2 digits" in caller.enter("12")
    assert "one · two · three · four · five · six" in caller.enter("123456")
    assert "422 code-wrong" in caller.press("1")
    caller.press("2")
    caller.enter(phone.newest_code())
    assert "The account is activated" in caller.press("1")
    assert "The account is activated" in caller.press("1")


@pytest.mark.parametrize(
    ("play", "problem"),
    [("other_mobile", "409 mobile-differs"), ("forged", "401 not-authenticated"), ("late", "401 not-authenticated")],
)
def test_failures_of_the_first_call_are_played(play: str, problem: str, portal: str, resident: User) -> None:
    caller = Caller()
    caller.to_numbers(resident)
    assert problem in caller.press(play=play)
    assert not PartnerAttempt.objects.exists()


@pytest.mark.parametrize(
    ("play", "problem"),
    [("wrong_code", "422 code-wrong"), ("forged", "401 not-authenticated"), ("late", "401 not-authenticated")],
)
def test_failures_of_the_last_call_are_played(
    play: str, problem: str, portal: str, resident: User, phone: Phone
) -> None:
    caller = Caller()
    caller.to_agreement(resident, phone)
    assert problem in caller.press(play=play)
    assert "The account is activated" in caller.press("1")


def test_the_same_calls_twice_send_one_code_and_activate_once(portal: str, resident: User, phone: Phone) -> None:
    caller = Caller()
    caller.to_numbers(resident)
    assert "The same call was sent twice." in caller.press(play="twice")
    assert len(phone.messages()) == 1
    caller.enter(phone.newest_code())
    assert "The same call was sent twice." in caller.press(play="twice")
    assert [message.purpose for message in phone.messages()] == ["activation_code", "activated"]


def test_another_code_comes_after_a_minute(portal: str, resident: User, phone: Phone) -> None:
    caller = Caller()
    caller.to_code(resident)
    first = phone.newest_code()
    assert "429 codes-rest" in caller.press("again")
    SendCounter.objects.all().delete()
    caller.press("again")
    assert phone.newest_code() != first


def test_a_portal_that_does_not_answer_is_said(
    portal: str, resident: User, free_address: str, settings: Settings
) -> None:
    caller = Caller()
    caller.to_numbers(resident)
    settings.PUBLIC_URL = f"http://{free_address}"
    assert "The portal does not answer" in caller.press("1")


def test_what_is_no_mobile_does_not_call(person: Person) -> None:
    answer = Caller().begin(mobile="0112345678")
    assert answer.status_code == 200 and "landline" in answer.content.decode()


def test_hanging_up_forgets_the_caller(portal: str, resident: User) -> None:
    caller = Caller().call(resident)
    caller.leave()
    assert "Call the bank" in caller.see()


def test_the_banks_list_of_channels_leads_to_the_line(person: Person) -> None:
    assert path("demo_phone_banking") in Client().get(path("demo_bank")).content.decode()
