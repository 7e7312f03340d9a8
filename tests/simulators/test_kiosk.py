"""The demonstration's kiosk: what it does for a person, what it plays wrong, and that it forgets."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.test import Client
from django.utils.translation import override

from accounts.actions import profile
from accounts.models import User
from accounts.states import State
from activation.actions import cases
from activation.models import Attempt
from messaging.models import SendCounter
from partners.models import Device
from registry.models import Person
from simulators import partners as demo
from simulators.places import national
from tests.cast import STRANGER_NUMBER, Phone
from tests.simulators.visitor import Visitor

pytestmark = pytest.mark.django_db(transaction=True)
OTHER = Phone("+966555555599")


@dataclass
class Toucher(Visitor):
    """Somebody before the kiosk."""

    first_page: str = "demo_kiosk"
    page: str = "demo_kiosk_visit"

    def to_fingers(self, user: User, purpose: str = "activation") -> str:
        self.begin()
        self.press(purpose)
        return self.enter(user.id_number)

    def to_mobile(
        self, user: User, purpose: str = "activation", *, right: str = "matched", left: str = "matched"
    ) -> str:
        self.to_fingers(user, purpose)
        self.press(right)
        return self.press(left)

    def to_code(self, user: User, purpose: str = "activation", **fingers: str) -> str:
        self.to_mobile(user, purpose, **fingers)
        return self.enter(national(user.mobile))


def test_the_code_of_the_portals_page_takes_the_place_of_the_mobile(portal: str, resident: User, phone: Phone) -> None:
    visit_code = str(cases.begin(resident, "kiosk").visit_code)
    SendCounter.objects.all().delete()
    visitor = Toucher()
    assert "I have a visit code" in visitor.to_mobile(resident)
    visitor.press("visit_code")
    assert "A visit code has eight letters and digits." in visitor.enter(visit_code[:-1])
    assert f'value="{visit_code}"' in visitor.press(visit_code[-1], visit_code[:-1].lower())
    assert "05••••••21" in visitor.enter(visit_code)
    assert "The account is activated" in visitor.enter(phone.newest_code())
    assert Attempt.objects.get().state == "proven"


def test_a_visit_code_is_asked_for_where_there_can_be_one(portal: str, activated: User) -> None:
    assert "I have a visit code" not in Toucher().to_mobile(activated, "mobile_change")
    visitor = Toucher()
    visitor.to_mobile(activated, "lift_of_pause")
    visitor.press("visit_code")
    assert "Your mobile number" in visitor.press("mobile")


@pytest.mark.parametrize(("language", "done"), [("en", "The account is activated"), ("ar", "تم تفعيل الحساب")])
def test_four_steps_activate(language: str, done: str, portal: str, resident: User, phone: Phone) -> None:
    visitor = Toucher(language=language)
    assert "05••••••21" in visitor.to_code(resident)
    assert done in visitor.enter(phone.newest_code())
    assert done in visitor.press("1"), "Nothing is left to touch."
    resident.refresh_from_db()
    assert resident.state == State.ACTIVATED


def test_a_fingerprint_is_taken_from_who_has_none_on_file(
    portal: str, make_person: Callable[..., Person], make_account: Callable[..., User]
) -> None:
    person = make_person(STRANGER_NUMBER, fingerprint_on_file=False)
    user = make_account("stranger77", person.id_number, OTHER.mobile)
    visitor = Toucher()
    visitor.to_code(user, right="taken", left="taken")
    assert "The account is activated" in visitor.enter(OTHER.newest_code())
    person.refresh_from_db()
    assert person.fingerprint_on_file


def test_a_fingerprint_is_not_taken_twice(portal: str, resident: User) -> None:
    assert "409 fingerprint-on-file" in Toucher().to_code(resident, right="taken", left="taken")


@pytest.mark.parametrize("fingers", [{"right": "not_matched"}, {"left": "not_matched"}])
def test_both_fingers_have_to_match(fingers: dict[str, str], portal: str, resident: User, phone: Phone) -> None:
    visitor = Toucher()
    assert "fingerprint-not-matched" in visitor.to_code(resident, **fingers)
    assert not Attempt.objects.exists()
    assert "Right index finger" in visitor.press("fingers")
    visitor.press("matched")
    visitor.press("matched")
    visitor.enter(national(resident.mobile))
    assert "The account is activated" in visitor.enter(phone.newest_code())


def test_another_mobile_takes_the_place_of_the_one_before(portal: str, activated: User) -> None:
    visitor = Toucher()
    asked = visitor.to_mobile(activated, "mobile_change")
    assert "Your new mobile number" in asked and 'value="other_mobile"' not in asked
    visitor.enter(national(OTHER.mobile))
    assert "has the new mobile number" in visitor.enter(OTHER.newest_code())
    activated.refresh_from_db()
    assert activated.mobile == OTHER.mobile


def test_a_new_password_is_shown_once_and_kept_nowhere(portal: str, activated: User, phone: Phone) -> None:
    visitor = Toucher()
    assert "temporary password" in visitor.to_mobile(activated, "password_reset")
    visitor.press("enter")
    shown = visitor.enter(phone.newest_code())
    password = re.findall(r'class="code">([^<]+)</bdi>', shown)[1]
    assert activated.username in shown
    activated.refresh_from_db()
    assert activated.check_password(password) and activated.password_is_temporary
    assert password not in visitor.see() and "Touch to begin" in visitor.see()


def test_a_pause_is_done_at_once_and_lifted_with_finger_and_code(portal: str, activated: User, phone: Phone) -> None:
    visitor = Toucher()
    assert "Nobody can sign in to a paused account" in visitor.to_mobile(activated, "pause")
    assert "Do you agree?" in visitor.press("1")
    assert "The account is paused" in visitor.press("enter")
    activated.refresh_from_db()
    assert activated.paused_at
    visitor.to_code(activated, "lift_of_pause")
    assert "The account is open again" in visitor.enter(phone.newest_code())
    activated.refresh_from_db()
    assert not activated.paused_at


def test_a_pause_agreed_to_again_reads_the_fingers_first(portal: str, activated: User) -> None:
    profile.pause(activated)
    visitor = Toucher()
    visitor.to_mobile(activated, "pause", right="not_matched")
    assert "fingerprint-not-matched" in visitor.press("enter")
    assert "Right index finger" in visitor.press("fingers")


@pytest.mark.parametrize(
    ("play", "problem"),
    [
        ("other_mobile", "409 mobile-differs"),
        ("other_reader", "fingerprint-not-readable"),
        ("stale", "fingerprint-not-readable"),
        ("read_before", "fingerprint-not-readable"),
        ("same_counter", "409 counter-not-risen"),
        ("forged", "401 not-authenticated"),
        ("late", "401 not-authenticated"),
    ],
)
def test_failures_of_the_first_call_are_played(play: str, problem: str, portal: str, resident: User) -> None:
    visitor = Toucher()
    visitor.to_mobile(resident)
    visitor.press(play="other_mobile")
    assert problem in visitor.press(keyed=national(resident.mobile), play=play)
    assert not Attempt.objects.exists()


@pytest.mark.parametrize(
    ("play", "problem"),
    [
        ("wrong_code", "422 code-wrong"),
        ("same_counter", "409 counter-not-risen"),
        ("forged", "401 not-authenticated"),
        ("late", "401 not-authenticated"),
    ],
)
def test_failures_of_the_last_call_are_played(
    play: str, problem: str, portal: str, resident: User, phone: Phone
) -> None:
    visitor = Toucher()
    visitor.to_code(resident)
    assert problem in visitor.press(keyed=phone.newest_code(), play=play)
    assert "The account is activated" in visitor.enter(phone.newest_code())


def test_the_same_calls_twice_send_one_code_and_activate_once(portal: str, resident: User, phone: Phone) -> None:
    visitor = Toucher()
    visitor.to_mobile(resident)
    assert "The same call was sent twice." in visitor.press(keyed=national(resident.mobile), play="twice")
    assert "The same call was sent twice." in visitor.press(keyed=phone.newest_code(), play="twice")
    assert [message.purpose for message in phone.messages()][1:] == ["activated"]


def test_another_code_comes_after_a_minute(portal: str, resident: User, phone: Phone) -> None:
    visitor = Toucher()
    visitor.to_code(resident)
    first = phone.newest_code()
    assert "429 codes-rest" in visitor.press("again")
    SendCounter.objects.all().delete()
    visitor.press("again")
    assert phone.newest_code() != first


def test_what_is_keyed_in_is_judged_at_the_kiosk(portal: str, resident: User) -> None:
    visitor = Toucher()
    visitor.begin()
    assert "What would you like to do?" in visitor.press("flight")
    visitor.press("activation")
    assert 'value="20"' in visitor.press("0", "2")
    assert "an iqama number has 10" in visitor.enter("200")
    visitor.enter(resident.id_number)
    assert "Right index finger" in visitor.press("toe")
    visitor.press("matched")
    assert "Left index finger" in visitor.press("toe")
    visitor.press("matched")
    assert 'value="05"' in visitor.press("5", "0")
    assert "A mobile number has 10 digits" in visitor.enter("0512")
    visitor.enter(national(resident.mobile))
    assert 'value="1"' in visitor.press("1")
    assert "You typed 2 digits" in visitor.enter("12")


# --- It forgets -----------------------------------------------------------------------------------------------------
def test_the_first_page_shows_nothing_of_the_person_before(portal: str, resident: User) -> None:
    visitor = Toucher()
    visitor.to_mobile(resident)
    visitor.leave()
    seen = visitor.see()
    assert "Touch to begin" in seen and resident.id_number not in seen


def test_a_kept_cookie_opens_nothing_after_three_minutes(
    portal: str, resident: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = Toucher()
    visitor.to_mobile(resident)
    kept = visitor.browser.cookies["demo_kiosk"].value
    later = time.time() + 181
    monkeypatch.setattr("simulators.places.time.time", lambda: later)
    visitor.browser.cookies["demo_kiosk"] = kept
    assert "Touch to begin" in visitor.see()


def test_the_screen_clears_itself_with_and_without_a_script(portal: str) -> None:
    visitor = Toucher()
    visitor.begin()
    answer = visitor.browser.get(visitor.address("demo_kiosk_visit"))
    page = answer.content.decode()
    assert '<noscript><meta http-equiv="refresh" content="60;url=/en/demo/kiosk/"></noscript>' in page
    assert 'data-wipes-after="60" data-start="/en/demo/kiosk/"' in page
    assert "no-store" in answer["Cache-Control"]
    assert "http-equiv" not in Client().get(visitor.address("demo_kiosk")).content.decode()


def test_both_languages_stand_on_the_first_page(portal: str) -> None:
    page = Client().get(Toucher().address("demo_kiosk")).content.decode()
    with override("ar"):
        assert f'action="{Toucher(language="ar").address("demo_kiosk")}"' in page
    assert f'action="{Toucher().address("demo_kiosk")}"' in page


# --- Its machines ---------------------------------------------------------------------------------------------------
def test_machines_stand_in_cities_and_only_those_that_are_played_have_keys_here(portal: str) -> None:
    demo.admit_all()
    machines = Device.objects.in_service()
    assert machines.filter(kind="kiosk").count() == 10 and machines.filter(kind="atm").count() == 6
    assert len({machine.city_en for machine in machines}) >= 8
    assert not machines.filter(hours_ar="").exists() and not machines.filter(city_ar="").exists()
    played = {one.identifier for one in demo.DEVICES}
    assert played <= set(machines.values_list("identifier", flat=True))


def test_a_machine_whose_key_was_lost_is_registered_with_another(
    portal: str, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    before = {device.identifier: device.public_key for device in Device.objects.all()}
    monkeypatch.setattr(demo, "_KEYS", tmp_path)
    demo.admit_all()
    after = {device.identifier: device.public_key for device in Device.objects.all()}
    changed = {identifier for identifier, key in after.items() if key != before[identifier]}
    assert changed == {one.identifier for one in demo.DEVICES}


def test_a_counter_goes_on_from_the_present_second_when_its_file_is_lost(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setattr(demo, "_KEYS", tmp_path)
    began = int(time.time())
    counters = []
    for _call in range(3):
        with demo.DEVICES[0].calling() as counter:
            counters.append(counter)
    with demo.DEVICES[0].calling(rises=False) as counter:
        assert counter == counters[-1]
    assert began <= counters[0] < counters[1] < counters[2]
