"""The same ways prove a person once more: for a lost mobile and for lifting a pause. The portal's page beside the place."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.actions import mobiles, profile
from accounts.models import MobileChange, User
from accounts.states import State
from activation.models import NafathRequest
from core import clock
from messaging.models import SendCounter
from simulators.places import national
from tests.browser.conftest import send, sign_in, type_image_code
from tests.browser.places import (
    UPRIGHT,
    agree_at_bank,
    begin_at_kiosk,
    call,
    confirm_in_app,
    key_in,
    open_app,
    open_beside,
    touch,
)
from tests.cast import PASSWORD, Phone

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NEW = Phone("+966598765432")
LANGUAGES = pytest.mark.parametrize("language", ["ar", "en"])
MOVED = {"ar": "تغيّر رقم جوال حسابك", "en": "The mobile number of your account has changed."}
SOON = {"ar": "يُعتمد الرقم الجديد قريبًا", "en": "The new number works soon"}


def _with_password(window: Page, user: User, language: str) -> None:
    SendCounter.objects.all().delete()
    window.goto(f"/{language}/sign-in/")
    window.fill("[name=login_name]", user.username)
    window.fill("[name=password]", PASSWORD)
    send(window)


def _ask_for_the_new_number(window: Page, user: User, language: str) -> None:
    _with_password(window, user, language)
    with window.expect_navigation():
        window.locator("main a[href$='/mobile/']").first.click()
    window.fill("[name=mobile]", national(NEW.mobile))
    type_image_code(window)
    send(window)
    window.fill("[name=code]", NEW.newest_code())
    send(window)


def _choose(window: Page, channel: str) -> None:
    with window.expect_navigation():
        window.locator(f"form[action*='/begin/{channel}/'] button").click()


def _prove_at_bank(window: Page, language: str, user: User, phone: Phone, purpose: str) -> None:
    _choose(window, "bank")
    bank = open_beside(window, "bank/demo-bank/app", language)
    bank.fill("[name=id_number]", user.id_number)
    bank.fill("[name=mobile]", phone.mobile)
    call(bank)
    with bank.expect_navigation():
        bank.locator(f"a.choice[href$='={purpose}']").click()
    call(bank)
    agree_at_bank(bank, phone)


def _prove_at_kiosk(window: Page, language: str, user: User, phone: Phone, purpose: str) -> None:
    _choose(window, "kiosk")
    kiosk = open_beside(window, "kiosk", language)
    kiosk.set_viewport_size(UPRIGHT)
    begin_at_kiosk(kiosk, language, purpose)
    key_in(kiosk, user.id_number)
    touch(kiosk)
    key_in(kiosk, national(phone.mobile))
    key_in(kiosk, phone.newest_code())
    expect(kiosk.locator(".good")).to_be_visible()


def _prove_in_app(window: Page) -> None:
    _choose(window, "nafath")
    send(window)
    expect(window.locator(".compare-number")).to_be_visible()
    confirm_in_app(open_app(window), NafathRequest.objects.get().number)


@LANGUAGES
def test_a_lost_mobile_is_replaced_a_day_after_the_bank_has_proven_its_holder(
    language: str, portal: str, window: Page, activated: User, phone: Phone
) -> None:
    _ask_for_the_new_number(window, activated, language)
    _prove_at_bank(window, language, activated, NEW, "mobile_change")
    window.locator("main a[href$='/activation/']").first.click()
    expect(window.locator("h1")).to_have_text(SOON[language])
    assert phone.newest().purpose == "mobile_will_move"
    mobiles.move_due()
    assert User.objects.get(pk=activated.pk).mobile == phone.mobile
    MobileChange.objects.update(moves_at=clock.now())
    mobiles.move_due()
    window.reload()
    expect(window).to_have_url(re.compile("/sign-in/"))
    expect(window.locator(".notice").first).to_contain_text(MOVED[language])
    assert phone.newest().purpose == NEW.newest().purpose == "mobile_changed"
    activated.refresh_from_db()
    assert activated.mobile == NEW.mobile
    sign_in(window, activated, language)
    expect(window).to_have_url(re.compile("/dashboard/$"))


@LANGUAGES
def test_who_still_has_the_old_mobile_stops_the_change_before_its_day_is_over(
    language: str, portal: str, window: Page, open_window: Callable[..., Page], activated: User, phone: Phone
) -> None:
    _ask_for_the_new_number(window, activated, language)
    _prove_at_bank(window, language, activated, NEW, "mobile_change")
    at_home = open_window()
    sign_in(at_home, activated, language)
    with at_home.expect_navigation():
        at_home.locator("form[action$='/mobile/stop/'] button").click()
    expect(at_home.locator(".notice-success")).to_be_visible()
    assert phone.newest().purpose == NEW.newest().purpose == "mobile_stays"
    MobileChange.objects.update(moves_at=clock.now())
    mobiles.move_due()
    activated.refresh_from_db()
    assert activated.mobile == phone.mobile
    window.reload()
    expect(window).to_have_url(re.compile("/sign-in/"))


@LANGUAGES
def test_a_lost_mobile_is_replaced_at_once_by_the_fingers_at_a_kiosk(
    language: str, portal: str, window: Page, activated: User, phone: Phone
) -> None:
    _ask_for_the_new_number(window, activated, language)
    _prove_at_kiosk(window, language, activated, NEW, "mobile_change")
    # The page has noticed it by itself.
    window.locator("main a[href$='/sign-in/']").first.click()
    expect(window).to_have_url(re.compile("/sign-in/"))
    assert phone.newest().purpose == NEW.newest().purpose == "mobile_changed"
    activated.refresh_from_db()
    assert activated.mobile == NEW.mobile
    sign_in(window, activated, language)
    expect(window).to_have_url(re.compile("/dashboard/$"))


@LANGUAGES
@pytest.mark.parametrize("place", ["bank", "kiosk", "nafath"])
def test_a_pause_is_lifted_by_whoever_is_proven_again(
    place: str, language: str, nafath: str, window: Page, activated: User, phone: Phone
) -> None:
    profile.pause(activated)
    _with_password(window, activated, language)
    send(window)
    window.fill("[name=code]", phone.newest_code())
    send(window)
    match place:
        case "bank":
            _prove_at_bank(window, language, activated, phone, "lift_of_pause")
        case "kiosk":
            _prove_at_kiosk(window, language, activated, phone, "lift_of_pause")
        case _:
            _prove_in_app(window)
    activated.refresh_from_db()
    assert (activated.state, phone.newest().purpose) == (State.ACTIVATED, "pause_lifted")
    # The page has noticed it by itself.
    window.locator("main a[href$='/sign-in/']").first.click()
    expect(window).to_have_url(re.compile("/sign-in/"))
    sign_in(window, activated, language)
    expect(window.locator(".badge-activated")).to_be_visible()
