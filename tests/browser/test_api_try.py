"""The interactive description of the partners' API: the browser signs, with a key that leaves the page no more."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.urls import reverse
from django.utils.translation import override
from playwright.sync_api import Page, Request, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from core.signatures import ALGORITHMS
from partners.models import Partner
from tests.browser.conftest import DESKTOP, PHONE
from tests.programs import Program

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def _open(page: Page, language: str = "en") -> Page:
    with override(language):
        page.goto(reverse("api_try"))
    expect(page.locator("#operations-First_calls-about_partner")).to_be_visible()
    return page


def _sign_with(page: Page, keyid: str, private_key: str) -> None:
    page.fill("[data-keyid]", keyid)
    page.fill("[data-pem]", private_key)
    page.click("[data-use]")
    expect(page.locator("[data-said]")).to_be_visible()


def _answer(page: Page, operation: str) -> str:
    """Of one call: its status and what was told."""
    block = page.locator(f"#operations-First_calls-{operation}")
    block.locator(".opblock-summary-control").click()
    block.locator(".execute").click()
    answer = block.locator(".live-responses-table .response")
    expect(answer).to_be_visible()
    return answer.inner_text()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_calls_are_signed_in_the_browser(
    algorithm: str, open_window: Callable[..., Page], live_server: LiveServer, settings: Settings, bank: Partner,
    make_program: Callable[..., Program],
) -> None:  # fmt: skip
    settings.PUBLIC_URL = live_server.url
    program = make_program(bank, algorithm)
    page, sent = open_window(viewport=DESKTOP), list[Request]()
    page.on("request", lambda request: sent.append(request))
    _sign_with(_open(page), program.keyid, program.private_key)
    expect(page.locator("[data-said]")).to_contain_text(f"Calls are signed with {program.keyid}")
    assert page.input_value("[data-pem]") == ""
    whoami, echo = _answer(page, "about_partner"), _answer(page, "echo")
    assert whoami.startswith("200") and '"slug": "riyadh-bank"' in whoami
    assert echo.startswith("200") and '"partner": "riyadh-bank"' in echo
    secret = program.private_key.splitlines()[1]
    assert all(request.url.startswith((live_server.url, "data:")) for request in sent)
    assert not any(secret in f"{request.url}{request.post_data}{request.headers}" for request in sent)


@pytest.mark.parametrize(
    ("keyid", "private_key", "says"),
    [
        ("", "", "Write the key id"),
        ("riyadh-bank.k3x9", "nonsense", "no private key that can be used"),
        ("riyadh-bank.k3x9", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "no private key"),
    ],
)
def test_a_key_that_cannot_sign_is_refused_with_what_to_do(
    keyid: str, private_key: str, says: str, window: Page
) -> None:
    _sign_with(_open(window), keyid, private_key)
    expect(window.locator("[data-said]")).to_contain_text(says)


def test_a_call_before_there_is_a_key_is_refused_and_says_what_is_missing(window: Page) -> None:
    assert _answer(_open(window), "about_partner").startswith("401")
    expect(window.locator("[data-said]")).to_contain_text("Give the key first")


@pytest.mark.parametrize("language", ["ar", "en"])
def test_our_part_of_the_page_is_for_everybody(language: str, window: Page) -> None:
    """Swagger UI is as its makers left it."""
    _open(window, language)
    for size in (PHONE, DESKTOP):
        window.set_viewport_size(size)
        assert not window.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1")
    found = Axe().run(window, context={"exclude": ["#swagger-ui"]}).response["violations"]
    assert [violation["id"] for violation in found] == []


def test_without_a_script_the_page_leads_to_what_can_be_read(open_window: Callable[..., Page]) -> None:
    page = open_window(java_script_enabled=False)
    page.goto("/en/api/try/")
    assert "takes JavaScript" in page.inner_text("main")
    assert not page.locator("[data-pem]").is_visible()
    page.click("main a[href='/en/api/']")
    assert page.url.endswith("/en/api/") and settings.DEMO_MODE
