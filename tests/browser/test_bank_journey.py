"""From the registration to the activated account by way of the bank: the portal's page beside the bank's."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from messaging.models import SendCounter
from registry.models import Person
from tests.browser.conftest import register_to_code, send, sign_in
from tests.cast import Phone

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WORDS = {
    "ar": {"not_yet": "لم يُفعَّل الحساب بعد", "at_bank": "مصرف التجربة · التطبيق", "done": "تم تفعيل الحساب"},
    "en": {"not_yet": "Not activated yet", "at_bank": "Demonstration Bank · App", "done": "Your account is activated"},
}


@pytest.mark.parametrize("javascript", [True, False], ids=["with script", "without script"])
@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_resident_registers_and_activates_at_the_bank(
    language: str, javascript: bool, portal: str, open_window: Callable[..., Page], person: Person, phone: Phone
) -> None:
    words, window = WORDS[language], open_window(java_script_enabled=javascript)
    user = _register(window, language, phone)
    window.goto(f"/{language}/activation/")
    with window.expect_navigation():
        window.locator("form[action*='/begin/bank/'] button").click()
    window.locator("a[href*='/demo-bank/app/']").click()
    state = window.locator("[data-poll-url]")
    expect(state).to_contain_text(words["not_yet"])
    expect(window.locator(".visit-code")).to_be_visible()

    with window.expect_popup() as opened:
        window.locator("a[href*='/demo/bank/app/']").click()
    bank = opened.value
    _begin(bank)
    _look_again(window, javascript)
    expect(state).to_contain_text(words["at_bank"])
    _agree(bank, phone)

    if javascript:
        expect(state).to_contain_text(words["done"])
        state.get_by_role("link").click()
    else:
        window.reload()
    expect(window).to_have_url(re.compile("/sign-in/"))
    expect(window.locator(".notice").first).to_be_visible()
    sign_in(window, user, language)
    expect(window.locator(".badge-activated")).to_be_visible()
    assert phone.messages()[-2].purpose == "activated"


def _register(window: Page, language: str, phone: Phone) -> User:
    register_to_code(window, "0512345621", language)
    window.fill("[name=code]", phone.newest_code())
    send(window)
    user = User.objects.get(username="samer2026")
    sign_in(window, user, language)
    return user


def _begin(bank: Page) -> None:
    """The bank's page knows the numbers of whoever is signed in to the portal in the same browser."""
    SendCounter.objects.all().delete()
    _press(bank)
    bank.locator("a.choice").click()
    _press(bank)


def _agree(bank: Page, phone: Phone) -> None:
    bank.fill("[name=code]", phone.newest_code())
    _press(bank)
    expect(bank.locator(".good")).to_be_visible()


def _press(bank: Page) -> None:
    with bank.expect_navigation():
        bank.locator(".press").click()


def _look_again(window: Page, javascript: bool) -> None:
    if not javascript:
        window.reload()
