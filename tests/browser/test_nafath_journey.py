"""The portal's page beside the Nafath app: activation, rejection and a new start, expiry, and the sign-in."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from accounts.models import User
from activation.models import NafathRequest
from core import clock
from messaging.models import SendCounter
from simulators import nafath as server
from simulators.models import NafathTransaction
from tests.browser.conftest import in_every_way, send, sign_in
from tests.browser.places import call, confirm_in_app, open_app
from tests.cast import PASSWORD, Phone

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WORDS = {
    "ar": {"waits": "بانتظار تأكيدك في التطبيق", "rejected": "رُفض الطلب في التطبيق", "over": "انتهت مهلة هذا الطلب"},
    "en": {
        "waits": "Waiting for you to confirm in the app",
        "rejected": "The request was rejected in the app",
        "over": "The time for this request is over",
    },
}
both_languages = pytest.mark.parametrize("language", ["ar", "en"])


@in_every_way
def test_a_resident_compares_the_number_and_is_activated(
    language: str, javascript: bool, nafath: str, open_window: Callable[..., Page], resident: User, phone: Phone
) -> None:
    window = open_window(java_script_enabled=javascript)
    _begin(window, resident, language)
    number = window.locator(".compare-number").inner_text()
    expect(window.locator("main")).to_contain_text(WORDS[language]["waits"])
    app = open_app(window)
    confirm_in_app(app, number)
    expect(app.locator(".aside-note")).to_contain_text("200")
    if not javascript:
        window.locator(f"a[href='/{language}/activation/nafath/']").click()
    window.locator("main a.button[href*='/sign-in/']").click()
    sign_in(window, resident, language)
    expect(window.locator(".badge-activated")).to_be_visible()
    assert [message.purpose for message in phone.messages()].count("activated") == 1


@both_languages
def test_who_chooses_another_number_reads_it_and_starts_again(
    language: str, nafath: str, window: Page, resident: User
) -> None:
    _begin(window, resident, language)
    right = window.locator(".compare-number").inner_text()
    app = open_app(window)
    confirm_in_app(app, next(number for number in NafathTransaction.objects.get().numbers if number != right))
    expect(window.locator(".notice-danger")).to_contain_text(WORDS[language]["rejected"])
    send(window)
    expect(window.locator(".compare-number")).to_be_visible()
    assert NafathRequest.objects.count() == 2


@both_languages
def test_a_request_that_nobody_answers_says_that_its_time_is_over(
    language: str, nafath: str, window: Page, resident: User
) -> None:
    _begin(window, resident, language)
    NafathRequest.objects.update(expires_at=clock.ahead(timedelta(seconds=-1)))
    expect(window.locator(".notice-warning")).to_contain_text(WORDS[language]["over"])
    expect(window.locator("form[action$='/nafath/ask/'] button")).to_be_enabled()


@in_every_way
def test_an_activated_person_signs_in_with_the_app_instead_of_the_code(
    language: str, javascript: bool, nafath: str, open_window: Callable[..., Page], activated: User
) -> None:
    window = open_window(java_script_enabled=javascript)
    _to_the_code(window, activated, language)
    window.locator("a[href$='/sign-in/nafath/']").click()
    send(window)
    number = window.locator(".compare-number").inner_text()
    server.answer(NafathTransaction.objects.get(random=number), "COMPLETED")
    if not javascript:
        window.reload()
        send(window)
    expect(window).to_have_url(re.compile("/dashboard/"))
    expect(window.locator(".badge-activated")).to_be_visible()


@pytest.fixture
def provider(nafath: str, settings: Settings) -> str:
    """Nafath as an OpenID provider: authorization code with PKCE."""
    settings.NAFATH = settings.NAFATH | {"mode": "oidc"}
    return nafath


@in_every_way
def test_a_resident_confirms_on_nafaths_own_page_and_comes_back_activated(
    language: str, javascript: bool, provider: str, open_window: Callable[..., Page], resident: User, phone: Phone
) -> None:
    window = open_window(java_script_enabled=javascript)
    _to_the_way(window, resident, language)
    _go_to_provider(window)
    with window.expect_navigation():
        window.locator("button[name=play][value=reject]").click()
    _come_back(window)
    expect(window.locator(".notice-danger")).to_contain_text(WORDS[language]["rejected"])
    send(window)
    _go_to_provider(window)
    _confirm_at_provider(window)
    window.locator("main a.button[href*='/sign-in/']").click()
    sign_in(window, resident, language)
    expect(window.locator(".badge-activated")).to_be_visible()
    assert [message.purpose for message in phone.messages()].count("activated") == 1


@both_languages
def test_an_activated_person_signs_in_on_nafaths_own_page(
    language: str, provider: str, window: Page, activated: User
) -> None:
    _to_the_code(window, activated, language)
    window.locator("a[href$='/sign-in/nafath/']").click()
    send(window)
    _go_to_provider(window)
    window.fill("[name=id_number]", activated.id_number)
    _confirm_at_provider(window)
    expect(window).to_have_url(re.compile("/dashboard/"))
    expect(window.locator(".badge-activated")).to_be_visible()


def _go_to_provider(window: Page) -> None:
    """By the link of the page, with the address that discovery told."""
    with window.expect_navigation():
        window.locator("a.button[href*='/demo/nafath/authorize?']").click()
    expect(window).to_have_url(re.compile("/demo/nafath/consent/.*code_challenge_method=S256"))


def _confirm_at_provider(window: Page) -> None:
    call(window)
    _come_back(window)


def _come_back(window: Page) -> None:
    with window.expect_navigation():
        window.locator("a.press").click()


def _to_the_way(window: Page, user: User, language: str) -> None:
    sign_in(window, user, language)
    window.goto(f"/{language}/activation/")
    with window.expect_navigation():
        window.locator("form[action*='/begin/nafath/'] button").click()
    send(window)


def _begin(window: Page, user: User, language: str) -> None:
    _to_the_way(window, user, language)
    expect(window.locator(".compare-number")).to_be_visible()


def _to_the_code(window: Page, user: User, language: str) -> None:
    SendCounter.objects.all().delete()
    window.goto(f"/{language}/sign-in/")
    window.fill("[name=login_name]", user.username)
    window.fill("[name=password]", PASSWORD)
    send(window)
