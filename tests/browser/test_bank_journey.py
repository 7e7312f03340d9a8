"""From the registration to the activated account by way of the bank: the portal's page beside the bank's."""

import re
from collections.abc import Callable

import pytest
from django.utils.translation import override
from playwright.sync_api import Page, expect

from accounts.models import User
from activation.whereabouts import MODES
from partners.words import Mode
from registry.models import Person
from tests.browser.conftest import register_to_code, send, sign_in
from tests.browser.places import agree_at_bank, log_in_to_bank
from tests.cast import Phone

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WORDS = {
    "ar": {"not_yet": "لم يُفعَّل الحساب بعد", "bank": "مصرف التجربة", "done": "تم تفعيل الحساب"},
    "en": {"not_yet": "Not activated yet", "bank": "Demonstration Bank", "done": "Your account is activated"},
}


@pytest.mark.parametrize(
    ("mode", "javascript"),
    [(Mode.APP, True), (Mode.APP, False), (Mode.WEBSITE, True), (Mode.ATM, True)],
    ids=["app", "app without script", "website", "ATM"],
)
@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_resident_registers_and_activates_at_the_bank(
    language: str,
    mode: Mode,
    javascript: bool,
    portal: str,
    open_window: Callable[..., Page],
    person: Person,
    phone: Phone,
) -> None:
    """By telephone: test_simulated_places.py."""
    words, window = WORDS[language], open_window(java_script_enabled=javascript)
    user = _register(window, language, phone)
    window.goto(f"/{language}/activation/")
    with window.expect_navigation():
        window.locator("form[action*='/begin/bank/'] button").click()
    window.locator(f"a[href*='/demo-bank/{mode}/']").click()
    state = window.locator("[data-poll-url]")
    expect(state).to_contain_text(words["not_yet"])
    expect(window.locator(".visit-code")).to_be_visible()

    with window.expect_popup() as opened:
        window.locator(f"a[href*='/demo/bank/{mode}/']").click()
    bank = opened.value
    log_in_to_bank(bank)
    _look_again(window, javascript)
    with override(language):
        expect(state).to_contain_text(f"{words['bank']} · {MODES[mode]}")
    agree_at_bank(bank, phone)

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


def _look_again(window: Page, javascript: bool) -> None:
    if not javascript:
        window.reload()
