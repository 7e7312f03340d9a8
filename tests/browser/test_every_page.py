"""Every page in both languages: axe finds nothing, nothing scrolls sideways, targets are large enough."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from accounts.models import User
from accounts.roles import Role
from activation import actions as activation
from registry.models import Person
from tests import walk
from tests.browser.conftest import DESKTOP, PHONE, send, sign_in
from tests.cast import PASSWORD
from tests.officers.conftest import code_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LANGUAGES = ["ar", "en"]
# 360 px at 200 % zoom.
ZOOMED = {"width": 180, "height": 370}
TOO_SMALL = """() => [...document.querySelectorAll('.button, main input:not([type=hidden]):not([type=checkbox]):not([type=radio]), select')]
  .filter((e) => e.offsetParent && e.getBoundingClientRect().height < 44).map((e) => e.outerHTML)"""


def _look(page: Page, address: str, language: str) -> list[str]:
    """What is wrong with a page, at three sizes."""
    wrong = []
    for size in (PHONE, DESKTOP, ZOOMED):
        page.set_viewport_size(size)
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"):
            wrong.append(f"{address} scrolls sideways at {size['width']} px")
    page.set_viewport_size(PHONE)
    wrong += [f"{address} too small: {html[:120]}" for html in page.evaluate(TOO_SMALL)]
    facts = page.evaluate(
        "[document.documentElement.lang, document.documentElement.dir, document.querySelectorAll('h1').length]"
    )
    if facts != [language, "rtl" if language == "ar" else "ltr", 1]:
        wrong.append(f"{address} has language, direction and headings {facts}")
    found = Axe().run(page).response["violations"]
    return wrong + [f"{address} {v['id']}: {v['nodes'][0]['html'][:160]}" for v in found]


def _nothing(wrong: list[str]) -> None:
    assert not wrong, "\n".join(wrong)


def _walk(page: Page, names: tuple[str, ...], language: str) -> list[str]:
    wrong = []
    for name in names:
        page.goto(walk.path(name, language))
        wrong += _look(page, name, language)
    return wrong


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_public_pages(language: str, scheme: str, open_window: Callable[..., Page]) -> None:
    _nothing(_walk(open_window(color_scheme=scheme), walk.PUBLIC, language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_with_errors_and_pages_of_errors(language: str, window: Page, resident: User) -> None:
    wrong = []
    for name in ("registration", "login"):
        window.goto(walk.path(name, language))
        send(window)
        wrong += _look(window, f"{name} with errors", language)
    window.goto(f"/{language}/no-such-page/")
    wrong += _look(window, "404", language)
    window.goto(walk.path("login", language))
    window.fill("[name=login_name]", resident.username)
    window.fill("[name=password]", PASSWORD)
    send(window)
    wrong += _look(window, "login_code", language)
    window.fill("[name=code]", "000000")
    send(window)
    _nothing(wrong + _look(window, "login_code with an error", language))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_the_registered(language: str, scheme: str, open_window: Callable[..., Page], resident: User) -> None:
    page = open_window(color_scheme=scheme)
    activation.begin(resident, "officer")
    sign_in(page, resident, language)
    _nothing(_walk(page, walk.SIGNED_IN, language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_the_activated(language: str, window: Page, activated: User) -> None:
    sign_in(window, activated, language)
    _nothing(_walk(window, ("dashboard", *walk.ENQUIRIES), language))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_officers(
    language: str,
    scheme: str,
    open_window: Callable[..., Page],
    resident: User,
    person: Person,
    officer: User,
    second_officer: User,
    give_role: Callable[[User, Role], User],
) -> None:
    page = open_window(color_scheme=scheme)
    attempt = activation.begin(resident, "officer")
    give_role(officer, Role.SUPERVISOR)
    page.goto(f"/{language}/admin/login/")
    wrong = _look(page, "sign-in of officers", language)
    page.fill("[name=username]", officer.username)
    page.fill("[name=password]", PASSWORD)
    page.fill("[name=otp_token]", code_of(officer))
    send(page)
    desk = f"/{language}/admin/activation/attempt/"
    addresses = [
        desk,
        f"{desk}list/waiting/",
        f"{desk}list/second/",
        f"{desk}{attempt.pk}/",
        f"{desk}{attempt.pk}/refuse/",
    ]
    addresses += [
        f"/{language}/admin/{place}/"
        for place in ("accounts/user", "accounts/branch", "messaging/message", "registry/person")
    ]
    addresses += [f"/{language}/admin/accounts/user/{resident.pk}/change/", f"/{language}/admin/password_change/"]
    for address in addresses:
        page.goto(address)
        wrong += _look(page, address, language)
    document = activation.Document(person.id_number, "Somebody Else", person.birth_date)
    activation.check_document(attempt, second_officer, document, activation.Fingerprint.MATCHED)
    page.goto(f"{desk}{attempt.pk}/")
    _nothing(wrong + _look(page, "second officer", language))
