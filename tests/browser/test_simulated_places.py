"""From the portal's page to the telephone line, the cash machine and the kiosk in a window beside it, and back: the portal's page
notices by itself that it is done."""

import re
from collections.abc import Callable

import pytest
from django.utils.translation import override
from playwright.sync_api import Page, expect

from accounts.models import User
from accounts.states import State
from activation.actions import cases
from messaging.models import SendCounter
from partners.models import Partner
from registry.models import Person
from tests.browser.conftest import in_every_way, sign_in
from tests.browser.places import UPRIGHT, begin_at_kiosk, call, key_in, log_in_to_bank, open_beside, press, touch
from tests.cast import STRANGER_NUMBER, Phone

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LANGUAGES = pytest.mark.parametrize("language", ["ar", "en"])
DONE = {"ar": "تم تفعيل الحساب", "en": "Your account is activated"}
DONE_HERE = {"ar": "تم تفعيل الحساب", "en": "The account is activated"}
BORDER_NUMBER, OTHER = "4123456784", Phone("+966555555599")


def _is_done(window: Page, user: User, language: str, *, javascript: bool = True) -> None:
    if javascript:
        expect(window.locator("main")).to_contain_text(DONE[language])
    else:
        window.reload()
        expect(window).to_have_url(re.compile("/sign-in/"))
    user.refresh_from_db()
    assert user.state == State.ACTIVATED


@in_every_way
def test_a_resident_activates_by_telephone(
    language: str, javascript: bool, portal: str, open_window: Callable[..., Page], resident: User, phone: Phone
) -> None:
    window = open_window(java_script_enabled=javascript)
    cases.begin(resident, "bank")
    sign_in(window, resident, language)
    line = open_beside(window, "bank/demo-bank/phone", language)
    call(line)
    press(line, "'1'" if language == "ar" else "'2'")
    key_in(line, resident.id_number, javascript)
    press(line, "'2'")
    press(line, "'1'")
    press(line, "'1'")
    key_in(line, phone.newest_code(), javascript)
    press(line, "'1'")
    if javascript:
        _is_done(window, resident, language)
    else:
        expect(line.locator("h1")).to_contain_text(DONE_HERE[language])


@LANGUAGES
def test_a_resident_activates_at_a_cash_machine(
    language: str, portal: str, open_window: Callable[..., Page], resident: User, phone: Phone
) -> None:
    window = open_window()
    cases.begin(resident, "atm")
    sign_in(window, resident, language)
    machine = open_beside(window, "atm", language)
    _to_activation(machine, language)
    key_in(machine, resident.id_number)
    key_in(machine, phone.newest_code())
    expect(machine.locator("h1")).to_contain_text(DONE_HERE[language])
    _is_done(window, resident, language)


@in_every_way
def test_a_visitor_gives_a_finger_at_a_cash_machine(
    language: str,
    javascript: bool,
    portal: str,
    open_window: Callable[..., Page],
    make_person: Callable[..., Person],
    make_account: Callable[..., User],
) -> None:
    visitor = make_account("karim2026", make_person(BORDER_NUMBER).id_number, OTHER.mobile)
    window = open_window(java_script_enabled=javascript)
    cases.begin(visitor, "atm")
    sign_in(window, visitor, language)
    machine = open_beside(window, "atm", language)
    _to_activation(machine, language, javascript)
    press(machine, "visit_code")
    key_in(machine, window.locator(".visit-code").inner_text(), javascript)
    key_in(machine, OTHER.newest_code(), javascript)
    press(machine, "left_index")
    press(machine, "matched")
    expect(machine.locator("h1")).to_contain_text(DONE_HERE[language])
    _is_done(window, visitor, language, javascript=javascript)


def _to_activation(machine: Page, language: str, javascript: bool = True) -> None:
    call(machine)
    press(machine, language)
    key_in(machine, "1234", javascript)
    press(machine, "services")
    press(machine, "activation")


@in_every_way
def test_a_resident_activates_at_a_kiosk(
    language: str, javascript: bool, portal: str, open_window: Callable[..., Page], resident: User, phone: Phone
) -> None:
    window = open_window(java_script_enabled=javascript)
    cases.begin(resident, "kiosk")
    sign_in(window, resident, language)
    kiosk = open_beside(window, "kiosk", language)
    kiosk.set_viewport_size(UPRIGHT)
    begin_at_kiosk(kiosk, language, "activation")
    key_in(kiosk, resident.id_number, javascript)
    touch(kiosk)
    key_in(kiosk, "0512345621", javascript)
    key_in(kiosk, phone.newest_code(), javascript)
    expect(kiosk.locator(".good")).to_be_visible()
    _is_done(window, resident, language, javascript=javascript)


@LANGUAGES
def test_who_began_at_the_bank_finishes_at_a_kiosk_with_the_visit_code(
    language: str, portal: str, open_window: Callable[..., Page], resident: User, phone: Phone
) -> None:
    window = open_window()
    for channel in ("bank", "kiosk"):
        cases.begin(resident, channel)
    sign_in(window, resident, language)
    bank = open_beside(window, "bank/demo-bank/app", language)
    log_in_to_bank(bank)
    expect(bank.locator("[name=code]")).to_be_visible()
    kiosk = open_beside(window, "kiosk", language)
    visit_code = window.locator(".visit-code").inner_text()
    begin_at_kiosk(kiosk, language, "activation")
    key_in(kiosk, resident.id_number)
    touch(kiosk)
    press(kiosk, "visit_code")
    key_in(kiosk, visit_code)
    window.goto(f"/{language}/activation/")
    for partner in Partner.objects.filter(slug__in=("demo-bank", "demo-kiosks")):
        with override(language):
            expect(window.locator(".timeline")).to_contain_text(partner.name)
    window.goto(f"/{language}/activation/bank/demo-bank/app/")
    key_in(kiosk, phone.newest_code())
    expect(kiosk.locator(".good")).to_be_visible()
    _is_done(window, resident, language)
    bank.fill("[name=code]", "123456")
    call(bank)
    expect(bank.locator(".answer")).to_contain_text("attempt-ended")


@LANGUAGES
def test_a_kiosk_takes_the_fingers_of_who_has_none_on_file(
    language: str,
    portal: str,
    open_window: Callable[..., Page],
    make_person: Callable[..., Person],
    make_account: Callable[..., User],
) -> None:
    person = make_person(STRANGER_NUMBER, fingerprint_on_file=False)
    user = make_account("stranger77", person.id_number, OTHER.mobile)
    kiosk = open_window(viewport=UPRIGHT)
    kiosk.goto(f"/{language}/demo/kiosk/")
    begin_at_kiosk(kiosk, language, "activation")
    key_in(kiosk, user.id_number)
    touch(kiosk, "taken")
    key_in(kiosk, "0555555599")
    key_in(kiosk, OTHER.newest_code())
    expect(kiosk.locator(".good")).to_be_visible()
    person.refresh_from_db()
    assert person.fingerprint_on_file


@LANGUAGES
def test_a_kiosk_changes_a_lost_mobile(
    language: str, portal: str, open_window: Callable[..., Page], activated: User
) -> None:
    kiosk = open_window(viewport=UPRIGHT)
    kiosk.goto(f"/{language}/demo/kiosk/")
    begin_at_kiosk(kiosk, language, "mobile_change")
    key_in(kiosk, activated.id_number)
    touch(kiosk)
    key_in(kiosk, "0555555599")
    key_in(kiosk, OTHER.newest_code())
    expect(kiosk.locator(".good")).to_be_visible()
    activated.refresh_from_db()
    assert activated.mobile == OTHER.mobile


@LANGUAGES
def test_a_kiosk_gives_a_temporary_password_that_the_portal_takes(
    language: str, portal: str, open_window: Callable[..., Page], activated: User, phone: Phone
) -> None:
    kiosk, window = open_window(viewport=UPRIGHT), open_window()
    kiosk.goto(f"/{language}/demo/kiosk/")
    begin_at_kiosk(kiosk, language, "password_reset")
    key_in(kiosk, activated.id_number)
    touch(kiosk)
    press(kiosk, "enter")
    key_in(kiosk, phone.newest_code())
    username, password = kiosk.locator(".slip .code").all_inner_texts()
    with kiosk.expect_navigation():
        kiosk.locator("main a.choice").click()
    expect(kiosk.locator(".tongue").first).to_be_visible()
    SendCounter.objects.all().delete()
    window.goto(f"/{language}/sign-in/")
    window.fill("[name=login_name]", username)
    window.fill("[name=password]", password)
    with window.expect_navigation():
        window.locator("main form button.button[type=submit]").first.click()
    expect(window.locator("[name=code]")).to_be_visible()


def test_an_untouched_kiosk_clears_itself(portal: str, open_window: Callable[..., Page], resident: User) -> None:
    kiosk = open_window(viewport=UPRIGHT)
    # The page's time stands still but where it is said to run: however slow the machine, the seconds left are these.
    kiosk.clock.install(time=0)
    kiosk.clock.pause_at(1)
    kiosk.goto("/en/demo/kiosk/")
    begin_at_kiosk(kiosk, "en", "activation")
    key_in(kiosk, resident.id_number)
    left = kiosk.locator("[data-left]")
    kiosk.clock.run_for(50_000)
    expect(left).to_have_text("10")
    expect(kiosk.locator(".untouched[data-soon]")).to_be_visible()
    kiosk.locator("h1").click()
    kiosk.clock.run_for(1_000)
    expect(left).to_have_text("59")
    kiosk.clock.run_for(60_000)
    expect(kiosk.locator(".tongue").first).to_be_visible()
    kiosk.go_back()
    assert resident.id_number not in kiosk.content()
