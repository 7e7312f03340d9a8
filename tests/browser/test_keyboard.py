"""The keyboard alone: where it gets, what shows where it is, what it does there."""

from collections.abc import Callable

import pytest
from captcha.models import CaptchaStore
from playwright.sync_api import Locator, Page, expect

from registry.models import Person
from tests.browser.conftest import send
from tests.cast import Phone
from tests.steps import ANSWERS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MOST_STOPS = 40
# A ring around the element with the focus, and the element in sight. Chromium's player rings its own buttons inside.
SHOWS_FOCUS = """(element) => {
  if (element.matches("audio")) return true;
  const style = getComputedStyle(element), box = element.getBoundingClientRect();
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const inSight = box.width > 1 && box.height > 1 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return ring && inSight;
}"""


def _tab_to(target: Locator) -> None:
    """Every stop on the way shows that it has the focus."""
    page = target.page
    for _stop in range(MOST_STOPS):
        page.keyboard.press("Tab")
        focused = page.evaluate_handle("document.activeElement")
        assert focused.evaluate(SHOWS_FOCUS), focused.evaluate("(element) => element.outerHTML")
        if target.evaluate("(element) => element === document.activeElement"):
            return
    raise AssertionError(f"Tab does not reach {target}.")


def _go_on(page: Page, target: Locator) -> None:
    _tab_to(target)
    with page.expect_navigation():
        page.keyboard.press("Enter")


@pytest.mark.parametrize("javascript", [True, False], ids=["with script", "without script"])
@pytest.mark.parametrize("language", ["ar", "en"])
def test_somebody_registers_with_the_keyboard_alone(
    language: str, javascript: bool, open_window: Callable[..., Page], person: Person, phone: Phone
) -> None:
    page = open_window(java_script_enabled=javascript)
    page.goto(f"/{language}/")
    _go_on(page, page.locator("main .button").first)
    _go_on(page, page.locator("main .button").first)
    for name in ("id_number", "mobile", "email", "username", "password", "password_again"):
        _tab_to(page.locator(f"[name={name}]"))
        page.keyboard.type(ANSWERS[name])
    _tab_to(page.locator("[name=language]:checked"))
    page.keyboard.press("ArrowDown")
    _tab_to(page.locator("[name=captcha]"))
    page.keyboard.type(CaptchaStore.objects.latest("pk").response)
    _tab_to(page.locator("[name=pledge]"))
    page.keyboard.press("Space")
    _go_on(page, page.locator("main form .button[type=submit]"))
    _tab_to(page.locator("[name=code]"))
    page.keyboard.type(phone.newest_code())
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page).to_have_url(f"{page.url.split(f'/{language}/')[0]}/{language}/register/completed/")
    _go_on(page, page.locator("main .button"))
    expect(page.locator("[name=login_name]")).to_be_visible()


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_first_stop_leads_past_the_header(language: str, window: Page) -> None:
    window.goto(f"/{language}/register/")
    _tab_to(window.locator(".skip"))
    window.keyboard.press("Enter")
    expect(window.locator("main")).to_be_focused()
    window.keyboard.press("Tab")
    expect(window.locator("main :focus")).to_have_count(1)


def test_the_error_summary_has_the_focus_and_its_links_lead_to_the_fields(window: Page) -> None:
    window.goto("/en/register/")
    send(window)
    expect(window.locator(".error-summary")).to_be_focused()
    names = ("id_number", "mobile", "email", "username", "password", "password_again", "captcha", "pledge")
    links = window.locator(".error-summary a")
    expect(links).to_have_count(len(names))
    for number, name in enumerate(names):
        links.nth(number).focus()
        window.keyboard.press("Enter")
        expect(window.locator(f"[name={name}]")).to_be_focused()


def test_buttons_inside_the_form_work_with_enter_and_space(window: Page) -> None:
    window.goto("/en/register/")
    password = window.locator("[name=password]")
    for key, kind in (("Enter", "text"), ("Space", "password")):
        window.get_by_role("button", name=": Password").press(key)
        expect(password).to_have_attribute("type", kind)
    before = str(window.get_attribute(".captcha-image", "src"))
    _tab_to(window.get_by_role("button", name="New image"))
    window.keyboard.press("Enter")
    expect(window.locator(".captcha-image")).not_to_have_attribute("src", before)
    expect(window.locator("[name=captcha]")).to_be_focused()
