"""The demonstration's cash machine activates accounts over HTTP, with a finger for border numbers, and plays what can go wrong."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.test import Client

from accounts.models import User
from accounts.states import State
from activation.actions import cases
from activation.models import PartnerAttempt
from messaging.models import SendCounter
from partners.models import Device
from registry.models import Person
from simulators.places import national
from tests.cast import Phone
from tests.simulators.visitor import Visitor
from tests.walk import path

pytestmark = pytest.mark.django_db(transaction=True)
BORDER_NUMBER = "4123456784"


@dataclass
class CardHolder(Visitor):
    first_page: str = "demo_atm"
    page: str = "demo_atm_session"

    def insert(self, user: User) -> "CardHolder":
        self.begin(mobile=national(user.mobile))
        self.press(self.language)
        self.enter("1234")
        return self

    def to_id_number(self, user: User) -> str:
        self.insert(user).press("services")
        return self.press("activation")

    def to_code(self, user: User) -> str:
        self.to_id_number(user)
        return self.enter(user.id_number)

    def to_finger(self, user: User, hand: str = "right_index") -> str:
        self.to_code(user)
        self.enter(Phone(user.mobile).newest_code())
        return self.press(hand)


@pytest.fixture
def visitor(make_person: Callable[..., Person], make_account: Callable[..., User]) -> User:
    """Registered with a border number, fingerprint on file."""
    return make_account("karim2026", make_person(BORDER_NUMBER).id_number, "+966512345623")


@pytest.mark.parametrize(("language", "done"), [("en", "The account is activated"), ("ar", "تم تفعيل الحساب")])
def test_a_resident_activates_with_number_and_code(
    language: str, done: str, portal: str, resident: User, phone: Phone
) -> None:
    holder = CardHolder(language=language)
    assert "05••••••21" in holder.to_code(resident)
    assert done in holder.enter(phone.newest_code())
    assert done in holder.press("1"), "Nothing is left to press."
    resident.refresh_from_db()
    assert (resident.state, PartnerAttempt.objects.get().mode) == (State.ACTIVATED, "atm")


def test_the_visit_code_of_the_portals_page_takes_the_place_of_the_number(portal: str, visitor: User) -> None:
    code = str(cases.begin(visitor, "atm").visit_code)
    SendCounter.objects.all().delete()
    holder = CardHolder()
    assert "I have a visit code" in holder.to_id_number(visitor)
    holder.press("visit_code")
    assert "Key in your ID, iqama" in holder.press("id_number")
    holder.press("visit_code")
    assert "A visit code has eight letters and digits." in holder.enter(code[:-1])
    assert "404 visit-code-unknown" in holder.enter("XXXXXXXX")
    assert f'value="{code}"' in holder.press(code[-1], code[:-1].lower())
    assert "05••••••23" in holder.enter(code.lower())
    holder.enter(Phone(visitor.mobile).newest_code())
    holder.press("right_index")
    assert "The account is activated" in holder.press("matched")


@pytest.mark.parametrize("hand", ["right_index", "left_index"])
def test_a_border_number_puts_a_finger_on_the_reader(hand: str, portal: str, visitor: User) -> None:
    holder = CardHolder()
    assert "Put your" in holder.to_finger(visitor, hand)
    assert "The account is activated" in holder.press("matched")
    visitor.refresh_from_db()
    assert visitor.state == State.ACTIVATED


def test_a_finger_that_does_not_match_activates_nobody(portal: str, visitor: User) -> None:
    holder = CardHolder()
    holder.to_finger(visitor)
    assert "fingerprint-not-matched" in holder.press("not_matched")
    assert "Which hand?" in holder.press("hand")
    assert "left index finger" in holder.press("left_index")
    assert "The account is activated" in holder.press("matched")


@pytest.mark.parametrize("play", ["other_reader", "stale", "read_before"])
def test_a_finger_that_the_portal_cannot_trust_is_refused(play: str, portal: str, visitor: User) -> None:
    holder = CardHolder()
    holder.to_finger(visitor)
    holder.press("not_matched")
    assert "fingerprint-not-readable" in holder.press(play=play)
    visitor.refresh_from_db()
    assert visitor.state == State.REGISTERED


def test_after_a_mistyped_code_the_finger_is_not_asked_for_again(portal: str, visitor: User) -> None:
    holder = CardHolder()
    holder.to_code(visitor)
    holder.press(play="wrong_code")
    holder.press("right_index")
    assert "422 code-wrong" in holder.press("matched")
    assert "The account is activated" in holder.enter(Phone(visitor.mobile).newest_code())


def test_without_the_finger_nothing_is_spent(portal: str, visitor: User) -> None:
    holder = CardHolder()
    holder.to_code(visitor)
    code = Phone(visitor.mobile).newest_code()
    assert "409 fingerprint-needed" in holder.press(keyed=code, play="no_finger")
    holder.enter(code)
    holder.press("right_index")
    assert "The account is activated" in holder.press("matched")


@pytest.mark.parametrize(
    ("play", "problem"),
    [
        ("other_mobile", "409 mobile-differs"),
        ("forged", "401 not-authenticated"),
        ("late", "401 not-authenticated"),
        ("same_counter", "409 counter-not-risen"),
    ],
)
def test_failures_of_the_first_call_are_played(play: str, problem: str, portal: str, resident: User) -> None:
    holder = CardHolder()
    holder.to_id_number(resident)
    holder.press(keyed=resident.id_number, play="other_mobile")
    assert problem in holder.press(keyed=resident.id_number, play=play)
    assert not PartnerAttempt.objects.exists()


@pytest.mark.parametrize(
    ("play", "problem"),
    [
        ("wrong_code", "422 code-wrong"),
        ("forged", "401 not-authenticated"),
        ("late", "401 not-authenticated"),
        ("same_counter", "409 counter-not-risen"),
    ],
)
def test_failures_of_the_last_call_are_played(
    play: str, problem: str, portal: str, resident: User, phone: Phone
) -> None:
    holder = CardHolder()
    holder.to_code(resident)
    assert problem in holder.press(keyed=phone.newest_code(), play=play)
    assert "The account is activated" in holder.enter(phone.newest_code())


def test_the_same_calls_twice_send_one_code_and_activate_once(portal: str, resident: User, phone: Phone) -> None:
    holder = CardHolder()
    holder.to_id_number(resident)
    assert "The same call was sent twice." in holder.press(keyed=resident.id_number, play="twice")
    assert len(phone.messages()) == 1
    assert "The same call was sent twice." in holder.press(keyed=phone.newest_code(), play="twice")
    assert [message.purpose for message in phone.messages()] == ["activation_code", "activated"]


def test_another_code_comes_after_a_minute(portal: str, resident: User, phone: Phone) -> None:
    holder = CardHolder()
    holder.to_code(resident)
    first = phone.newest_code()
    assert "429 codes-rest" in holder.press("again")
    SendCounter.objects.all().delete()
    holder.press("again")
    assert phone.newest_code() != first


def test_each_call_of_the_machine_has_a_higher_counter(portal: str, resident: User) -> None:
    device = Device.objects.get(identifier="atm-riyadh-01")
    holder = CardHolder()
    holder.to_code(resident)
    first = Device.objects.get(pk=device.pk).last_counter
    holder.enter("123456")
    assert 0 == device.last_counter < first < Device.objects.get(pk=device.pk).last_counter


def test_what_is_keyed_in_is_judged_at_the_machine(portal: str, resident: User) -> None:
    holder = CardHolder()
    holder.begin(mobile=national(resident.mobile))
    assert "Choose your language" in holder.press("fr")
    holder.press("en")
    assert "A PIN has four digits." in holder.enter("12")
    assert 'value="12"' in holder.press("2", "1")
    holder.enter("1234")
    assert "without money" in holder.press("cash")
    holder.press("services")
    assert "What would you like to do?" in holder.press("back")
    holder.press("services")
    holder.press("activation")
    assert 'value="20"' in holder.press("0", "2")
    assert "an iqama number has 10" in holder.enter("200")
    holder.enter(resident.id_number)
    assert 'value="1"' in holder.press("1")
    assert "You typed 2 digits" in holder.enter("12")


def test_who_takes_the_card_is_forgotten(portal: str, resident: User) -> None:
    holder = CardHolder().insert(resident)
    holder.leave()
    assert "Please insert your card" in holder.see()


def test_a_card_belongs_to_a_mobile(person: Person) -> None:
    answer = Client().post(path("demo_atm"), {"mobile": ""})
    assert "Type your mobile number." in answer.content.decode()
