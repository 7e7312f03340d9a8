"""What the script adds."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from accounts.actions.codes import SENDS_PER_ADDRESS
from accounts.models import OneTimeCode, User
from core import clock
from messaging.actions.ceilings import ONE_A_MINUTE
from messaging.delivery import deliver
from messaging.models import Message, SendCounter
from registry.models import Person
from tests.asking import submitted
from tests.browser.conftest import fill_in_registration, register_to_code, send, sign_in, type_image_code
from tests.cast import PASSWORD, Phone
from tests.steps import ANSWERS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(
    ("typed", "told"),
    [("2000", "Resident"), ("١٠", "Citizen"), ("3", "Visitor or GCC citizen"), ("9", ""), ("12345😀", "")],
)
def test_the_kind_of_person_is_told_beside_the_number(typed: str, told: str, window: Page) -> None:
    window.goto("/en/register/")
    window.locator("[name=id_number]").press_sequentially(typed)
    expect(window.locator(".kind")).to_have_text(told)


def test_the_check_list_follows_what_is_typed(window: Page) -> None:
    window.goto("/en/register/")
    rules = window.locator("[data-rules-of=id_username]")
    window.locator("[name=username]").press_sequentially("samer")
    expect(rules.locator(".met")).to_have_count(3)
    window.locator("[name=username]").press_sequentially("2026")
    expect(rules.locator(".met")).to_have_count(5)
    window.fill("[name=password]", "Samer2026")
    window.locator("[name=password]").blur()
    expect(window.locator("[data-rules-of=id_password] .unmet")).to_have_text(
        "Does not contain more than half of your username"
    )


def test_back_from_the_code_page_finds_the_number_as_it_was_typed_and_no_other_page_does(
    window: Page, person: Person
) -> None:
    """Browsers keep what was typed, but for a field that is not to be offered to the next person."""
    register_to_code(window, "0512345621")
    window.go_back()
    number, kind = window.locator("[name=id_number]"), window.locator(".kind")
    expect(number).to_have_value(person.id_number)
    expect(kind).to_have_text("Resident")
    expect(window.locator("[name=password]")).to_have_value("")
    window.go_forward()
    window.goto("/en/sign-in/")
    window.goto("/en/register/")
    expect(number).to_have_value("")
    window.go_back()
    window.go_back()
    window.go_back()
    expect(number).to_have_value("")


def test_back_to_a_refused_form_and_a_reload_of_it_show_the_page_and_send_nothing(window: Page, person: Person) -> None:
    posts: list[str] = []
    register_to_code(window, "0112345621")
    window.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    expect(window.locator(".error-summary")).to_be_focused()
    window.get_by_role("link", name="Cancel").click()
    expect(window).to_have_url(re.compile("/en/individuals/$"))
    window.go_back()
    for name in ("email", "username"):
        expect(window.locator(f"[name={name}]")).to_have_value(ANSWERS[name])
    expect(window.locator("[name=pledge]")).to_be_checked()
    window.reload()
    expect(window.locator("[name=pledge]")).to_be_visible()
    assert posts == []


def test_a_reload_after_a_refused_message_shows_the_request(window: Page, activated: User) -> None:
    number = submitted(activated).number
    sign_in(window, activated)
    window.goto(f"/en/requests/{number}/")
    window.get_by_role("button", name="Send").click()
    expect(window.locator(".error-summary")).to_be_focused()
    window.reload()
    expect(window).to_have_url(re.compile(f"/en/requests/{number}/$"))
    expect(window.locator(".error-summary")).to_have_count(0)


def test_a_new_image_comes_in_place(window: Page) -> None:
    window.goto("/en/register/")
    window.fill("[name=email]", "samer@example.com")
    before = window.get_attribute(".captcha-image", "src")
    window.get_by_role("button", name="New image").click()
    expect(window.locator(".captcha-image")).not_to_have_attribute("src", str(before))
    expect(window.locator("[name=email]")).to_have_value("samer@example.com")
    assert window.input_value("[name=captcha_key]") in str(window.get_attribute(".captcha-image", "src"))


def test_the_image_can_be_heard(window: Page) -> None:
    window.goto("/en/register/")
    with window.expect_response(lambda response: response.url.endswith(".wav")) as heard:
        window.get_by_role("button", name="Listen").click()
    assert heard.value.ok and heard.value.headers["content-type"] == "audio/wav"


def test_the_state_of_the_message_changes_by_itself(window: Page, person: Person) -> None:
    register_to_code(window, "0512345621")
    expect(window.get_by_text("The message is being sent.")).to_be_visible()
    deliver(Message.objects.get().pk)
    expect(window.get_by_text("The message is at the operator and arrives within a minute.")).to_be_visible()


def test_sending_again_opens_when_its_time_is_up(window: Page, person: Person) -> None:
    window.clock.install()
    register_to_code(window, "0512345621")
    again = window.get_by_role("button", name="Send again")
    expect(again).to_be_disabled()
    window.clock.fast_forward(62_000)
    expect(again).to_be_enabled()


def test_a_code_that_has_to_wait_is_sent_by_itself(window: Page, activated: User) -> None:
    SendCounter.objects.spend(ONE_A_MINUTE.of(activated.mobile))
    window.clock.install()
    window.goto("/en/sign-in/")
    window.fill("[name=login_name]", activated.username)
    window.fill("[name=password]", PASSWORD)
    send(window)
    expect(window.get_by_text("It is sent by itself in")).to_be_visible()
    assert not Message.objects.exists()
    SendCounter.objects.all().delete()
    window.clock.fast_forward(62_000)
    expect(window.get_by_text("The code is on its way.")).to_be_visible()
    expect(window.locator("[name=code]")).to_be_visible()
    assert Message.objects.count() == 1


def test_the_page_follows_when_the_message_is_lost(window: Page, person: Person) -> None:
    register_to_code(window, "0512345621")
    Message.objects.update(state="failed", problem="phone_off", sealed_body="", ended_at=clock.now())
    expect(window.get_by_text("The phone was switched off or without signal.")).to_be_visible()
    expect(window.locator("[name=code]")).to_have_count(0)


def test_the_page_follows_when_the_code_expires(window: Page, person: Person) -> None:
    window.clock.install()
    register_to_code(window, "0512345621")
    OneTimeCode.objects.update(expires_at=clock.now())
    window.clock.fast_forward(301_000)
    expect(window.get_by_text("That code has expired.")).to_be_visible()
    expect(window.locator("[name=code]")).to_have_count(0)


def test_a_mobile_that_is_being_typed_in_place_stays_when_the_code_expires(window: Page, person: Person) -> None:
    window.clock.install()
    register_to_code(window, "0512345621")
    window.get_by_text("Change the mobile number").click()
    window.fill("[name=mobile]", "05123")
    OneTimeCode.objects.update(expires_at=clock.now())
    with window.expect_response("**/state/**") as poll:
        window.clock.fast_forward(301_000)
    assert poll.value.status == 205
    expect(window.locator("[name=mobile]")).to_have_value("05123")
    window.get_by_text("Change the mobile number").click()
    with window.expect_navigation():
        window.clock.fast_forward(4_000)
    expect(window.get_by_text("That code has expired. Ask for a new one.")).to_be_visible()


def test_an_answer_that_is_on_its_way_is_not_lost_to_a_look_at_the_state(window: Page, activated: User) -> None:
    """The portal has taken the code already, so the page would be another one."""
    looks: list[Route] = []
    answers: list[Route] = []
    window.clock.install()
    window.goto("/en/sign-in/")
    window.fill("[name=login_name]", activated.username)
    window.fill("[name=password]", PASSWORD)
    send(window)
    window.route(re.compile("/code/state/"), lambda route: looks.append(route))
    window.route(re.compile("/sign-in/code/"), lambda route: answers.append(route))
    with window.expect_request(re.compile("/code/state/")):
        window.clock.run_for(3_000)
    window.fill("[name=code]", Phone(activated.mobile).newest_code())
    with window.expect_request(re.compile("/sign-in/code/")):
        window.locator("main form button.button[type=submit]").first.click(no_wait_after=True)
    with window.expect_response(re.compile("/code/state/")):
        looks[0].fulfill(status=205)
    answers[0].continue_()
    expect(window).to_have_url(re.compile("/dashboard/"))


def test_a_limit_counts_down_and_gives_way_when_its_time_is_up(window: Page, person: Person) -> None:
    window.clock.install()
    for _time in range(SENDS_PER_ADDRESS.limit):
        SendCounter.objects.spend(SENDS_PER_ADDRESS.of("127.0.0.1"))
    register_to_code(window, "0512345621")
    limit, send_it = window.get_by_text("from your network"), window.get_by_role("button", name="Send the code")
    expect(limit).to_be_visible()
    expect(send_it).to_be_disabled()
    window.clock.fast_forward(301_000)
    expect(window.get_by_text("The wait is over.")).to_be_visible()
    expect(limit).to_be_hidden()
    expect(send_it).to_be_enabled()


def test_a_double_click_registers_and_sends_once(window: Page, person: Person) -> None:
    posts: list[str] = []
    window.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    fill_in_registration(window, "0512345621")
    with window.expect_navigation():
        window.locator("main form button.button[type=submit]").dblclick()
    expect(window.locator("h1")).to_have_text("Confirm your mobile number")
    assert len(posts) == 1 and Message.objects.count() == 1


@pytest.mark.parametrize("address", ["/{}/sign-in/", "/{}/admin/login/"])
@pytest.mark.parametrize(
    ("language", "show", "hide"),
    [("en", "Show: Password", "Hide: Password"), ("ar", "إظهار: كلمة المرور", "إخفاء: كلمة المرور")],
)
def test_a_password_can_be_shown(language: str, show: str, hide: str, address: str, window: Page) -> None:
    window.goto(address.format(language))
    window.fill("[name=password]", "secret")
    window.get_by_role("button", name=show).click()
    expect(window.locator("[name=password]")).to_have_attribute("type", "text")
    window.get_by_role("button", name=hide).click()
    expect(window.locator("[name=password]")).to_have_attribute("type", "password")


def test_before_a_session_ends_the_page_asks_and_extends_it(window: Page, resident: User) -> None:
    window.clock.install()
    sign_in(window, resident)
    window.clock.fast_forward(14 * 60_000 + 30_000)
    expect(window.get_by_role("dialog", name="Are you still there?")).to_be_visible()
    with window.expect_response("**/session/extend/") as extended:
        window.get_by_role("button", name="Stay signed in").click()
    assert extended.value.json()["seconds_left"] > 14 * 60
    expect(window.get_by_role("dialog")).to_have_count(0)


def test_a_printed_visit_page_shows_the_code_and_no_buttons(window: Page, resident: User) -> None:
    from activation.actions import cases

    cases.begin(resident, "officer")
    sign_in(window, resident)
    window.goto("/en/activation/officer/print/")
    window.emulate_media(media="print")
    expect(window.locator(".visit-code")).to_be_visible()
    for hidden in (".actions", ".site-footer", ".account-nav"):
        expect(window.locator(hidden).first).to_be_hidden()
    expect(window.get_by_text("Demonstration, not a government service.")).to_be_visible()


def test_an_image_code_that_was_solved_survives_another_mistake(window: Page) -> None:
    window.goto("/en/register/")
    type_image_code(window)
    typed = window.input_value("[name=captcha]")
    send(window)
    expect(window.locator("[name=captcha]")).to_have_value(typed)
