"""The main job, end to end: register, prove the mobile, sign in, be activated by an officer, see it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from accounts.roles import Role
from messaging.models import SendCounter
from registry.models import Person
from tests.browser.conftest import (
    DESKTOP,
    check_document,
    digits_in,
    register_to_code,
    send,
    sign_in,
    sign_in_officer,
    type_image_code,
)
from tests.cast import PASSWORD, Phone

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WORDS = {
    "ar": {
        "individuals": "أفراد",
        "new": "مستخدم جديد",
        "completed": "اكتمال التسجيل",
        "registered": "مسجَّل – بقي تفعيل الحساب",
        "activated": "مفعَّل",
        "visit": "رمز زيارتك",
    },
    "en": {
        "individuals": "Individuals",
        "new": "New user",
        "completed": "Registration completed",
        "registered": "Registered – activate your account",
        "activated": "Activated",
        "visit": "Your visit code",
    },
}


@pytest.mark.parametrize("javascript", [True, False], ids=["with script", "without script"])
@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_resident_registers_and_an_officer_activates(
    language: str,
    javascript: bool,
    open_window: Callable[..., Page],
    person: Person,
    phone: Phone,
    officer: User,
    give_role: Callable[[User, Role], User],
) -> None:
    words, window = WORDS[language], open_window(java_script_enabled=javascript)
    _register(window, language, phone)
    expect(window.locator("h1")).to_have_text(words["completed"])

    user = User.objects.get(username="samer2026")
    sign_in(window, user, language)
    window.goto(f"/{language}/dashboard/")
    expect(window.get_by_text(words["registered"])).to_be_visible()
    window.get_by_role("link", name=re.compile("تفعيل الحساب|Activate account")).click()
    with window.expect_navigation():
        window.locator("form[action*='/begin/officer/'] button").click()
    expect(window.get_by_text(words["visit"])).to_be_visible()
    visit_code = window.locator(".visit-code").inner_text()

    desk = open_window(viewport=DESKTOP)
    desk.goto(f"/{language}/admin/")
    sign_in_officer(desk, give_role(officer, Role.PASSPORTS))
    check_document(desk, visit_code, person, language)
    assert phone.newest().purpose == "activated" and phone.newest().language == language

    window.goto(f"/{language}/dashboard/")
    expect(window).to_have_url(re.compile("/sign-in/"))
    sign_in(window, user, language)
    expect(window.locator(".badge")).to_have_text(words["activated"])
    for service in range(3):
        window.goto(f"/{language}/dashboard/")
        window.locator("main .cards a").nth(service).click()
        expect(window.locator("main dl, main .empty").first).to_be_visible()


def _register(window: Page, language: str, phone: Phone) -> None:
    words = WORDS[language]
    window.goto(f"/{language}/")
    window.locator("main").get_by_role("link", name=words["individuals"]).click()
    window.locator("main").get_by_role("link", name=words["new"]).click()
    window.fill("[name=id_number]", digits_in("2000000006", language))
    window.fill("[name=mobile]", digits_in("0512345621", language))
    window.fill("[name=email]", "samer@example.com")
    window.fill("[name=username]", "samer2026")
    window.fill("[name=password]", PASSWORD)
    window.fill("[name=password_again]", PASSWORD)
    window.check("[name=pledge]")
    type_image_code(window)
    send(window)
    window.fill("[name=code]", digits_in(phone.newest_code(), language))
    send(window)


def test_a_mistyped_mobile_is_changed_in_place(window: Page, person: Person, phone: Phone) -> None:
    register_to_code(window, "0512345699")
    expect(window.locator("[name=mobile]")).to_be_hidden()
    window.get_by_text("Change the mobile number").click()
    window.fill("[name=mobile]", "0512345621")
    SendCounter.objects.all().delete()
    with window.expect_navigation():
        window.get_by_role("button", name="Send the code to this number").click()
    window.fill("[name=code]", phone.newest_code())
    send(window)
    expect(window.locator("h1")).to_have_text("Registration completed")
