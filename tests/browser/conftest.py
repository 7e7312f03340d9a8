"""A real Chromium against the portal on the test's database."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from captcha.models import CaptchaStore
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from messaging.models import SendCounter
from registry.models import Person
from tests.cast import PASSWORD, Phone
from tests.conftest import chromium
from tests.officers.conftest import code_of
from tests.steps import ANSWERS

PHONE: ViewportSize = {"width": 360, "height": 740}
DESKTOP: ViewportSize = {"width": 1440, "height": 900}
# Only a test that fails waits so long; a page that notices by itself asks every few seconds.
PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)
ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


# A journey in each language; without script in that of most visitors.
in_every_way = pytest.mark.parametrize(
    ("language", "javascript"),
    [("ar", True), ("en", True), ("ar", False)],
    ids=["ar", "en", "ar without script"],
)


@pytest.fixture(scope="session")
def chromium_browser() -> Iterator[Browser]:
    # Playwright runs a loop of its own in this thread, which Django takes for an asynchronous caller.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        # A core that its helping threads and processes would take belongs to another worker of pytest.
        options = ["--no-sandbox", "--js-flags=--single-threaded", "--in-process-gpu"]
        browser = playwright.chromium.launch(executable_path=chromium(), args=options)
        yield browser
        browser.close()
        # While the loop runs, this thread has other connections than without it (asgiref.local), which nobody reaches afterwards.
        connections.close_all()


@pytest.fixture
def open_window(chromium_browser: Browser, live_server: LiveServer) -> Iterator[Callable[..., Page]]:
    """A browser window with cookies of its own; whatever the page's script or policy complains about fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def hear(said: ConsoleMessage) -> None:
        # What axe brings along into the page has no address.
        if said.type == "error" and said.location["url"]:
            complaints.append(said.text)

    def open(**options: Any) -> Page:
        context = chromium_browser.new_context(base_url=live_server.url, **{"viewport": PHONE} | options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", hear)
        return page

    yield open
    for context in contexts:
        context.close()
    # A page that refuses, and a line that a test has cut.
    expected = ("status of 4", "ERR_INTERNET_DISCONNECTED")
    assert [complaint for complaint in complaints if not any(part in complaint for part in expected)] == []


@pytest.fixture
def window(open_window: Callable[..., Page]) -> Page:
    return open_window()


def send(page: Page) -> None:
    """Presses the page's main button and waits for what comes."""
    with page.expect_navigation():
        page.locator("main form button.button[type=submit]").first.click()


def send_answers(page: Page, **answers: str) -> None:
    """Answers the questions of the activation page, which opens them again after an omission."""
    if page.locator(".advisor details").get_attribute("open") is None:
        page.locator(".advisor summary").click()
    for question, answer in answers.items():
        page.check(f"[name={question}][value={answer}]")
    with page.expect_navigation():
        page.locator(".advisor details button").click()


def type_image_code(page: Page) -> None:
    page.locator(".captcha-image").evaluate("image => image.decode()")
    page.fill("[name=captcha]", CaptchaStore.objects.latest("pk").response)


def fill_in_registration(page: Page, mobile: str, language: str = "en") -> None:
    page.goto(f"/{language}/register/")
    for name in ("id_number", "email", "username", "password", "password_again"):
        page.fill(f"[name={name}]", ANSWERS[name])
    page.fill("[name=mobile]", mobile)
    page.check("[name=pledge]")
    type_image_code(page)


def register_to_code(page: Page, mobile: str, language: str = "en") -> None:
    fill_in_registration(page, mobile, language)
    send(page)


def sign_in(page: Page, user: User, language: str = "en") -> None:
    page.goto(f"/{language}/sign-in/")
    page.fill("[name=login_name]", user.username)
    page.fill("[name=password]", PASSWORD)
    # One code a minute goes to a phone; nobody waits for it here.
    SendCounter.objects.all().delete()
    send(page)
    page.fill("[name=code]", Phone(user.mobile).newest_code())
    send(page)


def begin_recovery(page: Page, user: User, language: str = "en") -> None:
    page.goto(f"/{language}/recover/")
    page.fill("[name=id_number]", user.id_number)
    page.fill("[name=mobile]", user.mobile)
    type_image_code(page)
    send(page)


def answer_for_the_date(page: Page, day: str, month: str, year: str) -> None:
    for name, value in {"day": day, "month": month, "year": year}.items():
        page.fill(f"[name=answer_{name}]", value)
    send(page)


def sign_in_officer(page: Page, officer: User) -> None:
    """On the administration's sign-in page."""
    page.fill("[name=username]", officer.username)
    page.fill("[name=password]", PASSWORD)
    page.fill("[name=otp_token]", code_of(officer))
    send(page)


def digits_in(text: str, language: str) -> str:
    return text.translate(ARABIC_DIGITS) if language == "ar" else text


def check_document(desk: Page, visit_code: str, person: Person, language: str) -> None:
    """An officer at the desk finds the case by its code, and what the document says agrees."""
    desk.fill("[name=searched]", visit_code)
    desk.keyboard.press("Enter")
    desk.fill("[name=id_number]", digits_in(person.id_number, language))
    desk.fill("[name=name]", person.name_ar)
    for field, value in (("day", "17"), ("month", "4"), ("year", "1988")):
        desk.fill(f"[name=birth_date_{field}]", digits_in(value, language))
    desk.check("[name=fingerprint][value=matched]")
    desk.check("[name=confirmed]")
    send(desk)
    assert User.objects.get(id_number=person.id_number, is_staff=False).is_activated
