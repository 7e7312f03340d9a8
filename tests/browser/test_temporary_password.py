"""From the slip of a kiosk to the dashboard: a temporary password, a code, a password of one's own."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.actions import profile
from accounts.models import User
from messaging.models import SendCounter
from tests.browser.conftest import in_every_way, send
from tests.browser.looking import look_at, nothing
from tests.cast import Phone
from tests.walk import path

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WORDS = {
    "ar": {"page": "اختيار كلمة المرور", "saved": "حُفظت كلمة المرور الجديدة"},
    "en": {"page": "Choose your password", "saved": "Your new password is saved."},
}


@in_every_way
def test_who_has_a_temporary_password_chooses_one(
    language: str, javascript: bool, open_window: Callable[..., Page], activated: User, phone: Phone
) -> None:
    User.objects.update(language=language)
    temporary = profile.give_temporary_password(User.objects.get())
    SendCounter.objects.all().delete()
    page = open_window(java_script_enabled=javascript)
    page.goto(path("login", language))
    page.fill("[name=login_name]", activated.username)
    page.fill("[name=password]", temporary)
    send(page)
    page.fill("[name=code]", phone.newest_code())
    send(page)
    expect(page.locator("h1")).to_have_text(WORDS[language]["page"])
    nothing(look_at(page, "login_password", language) if javascript else [])
    page.fill("[name=password]", temporary)
    page.fill("[name=password_again]", temporary)
    send(page)
    expect(page.locator(".error-summary")).to_be_visible()
    nothing(look_at(page, "login_password with an error", language) if javascript else [])
    page.fill("[name=password]", "Green4Harbour")
    page.fill("[name=password_again]", "Green4Harbour")
    send(page)
    expect(page.locator(".notice-success")).to_contain_text(WORDS[language]["saved"])
    assert page.url.endswith(path("dashboard", language))
    expect(page.locator("nav.account-nav a")).to_have_count(3)
