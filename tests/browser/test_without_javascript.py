"""The registration in a browser that runs no script."""

from collections.abc import Callable

import pytest
from captcha.models import CaptchaStore
from playwright.sync_api import Page, expect

from messaging.delivery import deliver
from messaging.models import Message, SendCounter
from registry.models import Person
from tests.browser.conftest import send
from tests.cast import Phone
from tests.steps import ANSWERS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORDS = ("password", "password_again")
KEPT = {name: typed for name, typed in ANSWERS.items() if name not in (*PASSWORDS, "language", "pledge")}


@pytest.fixture
def plain_window(open_window: Callable[..., Page]) -> Page:
    return open_window(java_script_enabled=False)


def _fill_in(page: Page, **answers: str) -> None:
    for name, typed in (KEPT | dict.fromkeys(PASSWORDS, ANSWERS["password"]) | answers).items():
        page.fill(f"[name={name}]", typed)
    page.check("[name=language][value=en]")
    page.check("[name=pledge]")


def _type_image_code(page: Page) -> None:
    page.fill("[name=captcha]", CaptchaStore.objects.latest("pk").response)


def _register_to_code(page: Page, **answers: str) -> None:
    page.goto("/en/register/")
    _fill_in(page, **answers)
    _type_image_code(page)
    send(page)


@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_new_image_keeps_what_was_typed(language: str, plain_window: Page) -> None:
    plain_window.goto(f"/{language}/register/")
    before = plain_window.get_attribute(".captcha-image", "src")
    _fill_in(plain_window)
    with plain_window.expect_navigation():
        plain_window.locator("[name=new_captcha]").click()
    assert plain_window.get_attribute(".captcha-image", "src") != before
    for name, typed in KEPT.items():
        expect(plain_window.locator(f"[name={name}]")).to_have_value(typed)
    expect(plain_window.locator("[name=language][value=en]")).to_be_checked()
    expect(plain_window.locator("[name=pledge]")).to_be_checked()
    expect(plain_window.locator(".error-summary")).to_have_count(0)


@pytest.mark.parametrize("language", ["ar", "en"])
def test_errors_stand_beside_their_fields_and_in_a_summary_that_has_the_focus(
    language: str, plain_window: Page
) -> None:
    plain_window.goto(f"/{language}/register/")
    _fill_in(plain_window, id_number="2000000007", mobile="0112345678")
    _type_image_code(plain_window)
    solved = plain_window.input_value("[name=captcha]")
    send(plain_window)
    summary = plain_window.locator(".error-summary")
    expect(summary).to_be_focused()
    wrong = plain_window.locator(".field-wrong")
    names, beside = (wrong.locator(part).all_inner_texts() for part in ("label", ".errorlist li"))
    said = [f"{name}: {error}" for name, error in zip(names, beside, strict=True)]
    assert len(said) == 2 and summary.locator("a").all_inner_texts() == said
    summary.locator("a").last.click()
    expect(plain_window.locator("[name=mobile]")).to_be_focused()
    expect(plain_window.locator("[name=email]")).to_have_value(KEPT["email"])
    expect(plain_window.locator(".kind")).to_have_text("مقيم" if language == "ar" else "Resident")
    expect(plain_window.locator("[name=captcha]")).to_have_value(solved)


def test_the_image_can_be_heard_with_the_browsers_own_player(plain_window: Page) -> None:
    plain_window.goto("/en/register/")
    expect(plain_window.locator(".captcha audio")).to_be_visible()
    expect(plain_window.locator("[data-captcha-listen]")).to_be_hidden()


def test_a_wrong_code_another_one_and_the_right_one(plain_window: Page, person: Person, phone: Phone) -> None:
    _register_to_code(plain_window)
    old = phone.newest_code()
    plain_window.fill("[name=code]", "000000" if old != "000000" else "111111")
    send(plain_window)
    expect(plain_window.locator(".error-summary")).to_be_focused()

    SendCounter.objects.all().delete()
    with plain_window.expect_navigation():
        plain_window.get_by_role("button", name="Send again").click()
    plain_window.fill("[name=code]", old)
    send(plain_window)
    expect(plain_window.locator(".error-summary")).to_be_visible()
    plain_window.fill("[name=code]", phone.newest_code())
    send(plain_window)
    expect(plain_window.locator("h1")).to_have_text("Registration completed")


def test_back_to_a_refused_code_and_a_reload_of_it_send_nothing_once_more(
    plain_window: Page, person: Person, phone: Phone
) -> None:
    _register_to_code(plain_window)
    posts: list[str] = []
    plain_window.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    plain_window.fill("[name=code]", "000000" if phone.newest_code() != "000000" else "111111")
    send(plain_window)
    expect(plain_window.locator(".error-summary")).to_be_focused()
    plain_window.get_by_role("link", name="Start again").click()
    plain_window.go_back()
    expect(plain_window.locator("[name=code]")).to_be_visible()
    plain_window.reload()
    expect(plain_window.locator("[name=code]")).to_be_visible()
    assert len(posts) == 1


def test_a_mistyped_mobile_is_changed_in_place_and_a_wrong_one_on_a_page_of_its_own(
    plain_window: Page, person: Person, phone: Phone
) -> None:
    _register_to_code(plain_window, mobile="0512345699")
    SendCounter.objects.all().delete()
    expect(plain_window.locator("[name=mobile]")).to_be_hidden()
    plain_window.get_by_text("Change the mobile number").click()
    plain_window.fill("[name=mobile]", "0112345678")
    with plain_window.expect_navigation():
        plain_window.get_by_role("button", name="Send the code to this number").click()
    expect(plain_window.locator(".error-summary")).to_be_focused()
    expect(plain_window.locator("[name=mobile]")).to_have_value("0112345678")
    plain_window.fill("[name=mobile]", "0512345621")
    send(plain_window)
    plain_window.fill("[name=code]", phone.newest_code())
    send(plain_window)
    expect(plain_window.locator("h1")).to_have_text("Registration completed")


def test_the_state_of_the_message_is_there_after_a_reload(plain_window: Page, person: Person) -> None:
    _register_to_code(plain_window)
    expect(plain_window.get_by_text("The message is being sent.")).to_be_visible()
    deliver(Message.objects.get().pk)
    plain_window.reload()
    expect(plain_window.get_by_text("The message is at the operator")).to_be_visible()
