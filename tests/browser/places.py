"""What people do at the simulated bank, machines and app, in a browser."""

from playwright.sync_api import Page, expect

from messaging.models import SendCounter
from simulators import nafath as server
from tests.cast import Phone

UPRIGHT = {"width": 1080, "height": 1920}


def press(place: Page, value: str) -> None:
    """A key or a choice that leads on."""
    with place.expect_navigation():
        place.locator(f"button[name=key][value={value}]:not(.visually-hidden)").click()


def key_in(place: Page, digits: str, javascript: bool = True) -> None:
    """Digit by digit; without a script each is a round to the place and back."""
    for digit in digits:
        if javascript:
            place.locator(f".key[value='{digit}']").click()
        else:
            press(place, f"'{digit}'")
    expect(place.locator("#keyed")).to_have_value(digits)
    press(place, "enter")


def call(place: Page) -> None:
    """The main button of a page that has no keys."""
    with place.expect_navigation():
        place.locator(".press").first.click()


def open_beside(window: Page, address: str, language: str) -> Page:
    """The simulator that the portal's page leads to."""
    window.goto(f"/{language}/activation/{address}/")
    SendCounter.objects.all().delete()
    with window.expect_popup() as opened:
        window.locator("a[href*='/demo/'][target=_blank].button").click()
    return opened.value


def log_in_to_bank(bank: Page) -> None:
    """The bank's page knows the numbers of whoever is signed in to the portal in the same browser."""
    SendCounter.objects.all().delete()
    call(bank)
    bank.locator("a.choice").first.click()
    call(bank)


def agree_at_bank(bank: Page, phone: Phone) -> None:
    bank.fill("[name=code]", phone.newest_code())
    call(bank)
    expect(bank.locator(".good")).to_be_visible()


def begin_at_kiosk(kiosk: Page, language: str, purpose: str) -> None:
    with kiosk.expect_navigation():
        kiosk.locator(f".tongue[lang={language}]").click()
    press(kiosk, purpose)


def touch(kiosk: Page, found: str = "matched") -> None:
    for _finger in ("right", "left"):
        press(kiosk, found)


def open_app(window: Page) -> Page:
    with window.expect_popup() as opened:
        window.locator("a[href*='/demo/nafath/']").first.click()
    return opened.value


def confirm_in_app(app: Page, number: str) -> None:
    app.check(f"[name=number][value='{number}']")
    app.fill("[name=pin]", server.PIN)
    call(app)
