"""Recovery, end to end: forgotten both, and signed in with the new password."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from messaging.models import SendCounter
from tests.browser.conftest import answer_for_the_date, begin_recovery, in_every_way, send
from tests.cast import Phone

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NEW_PASSWORD = "Green4Harbour"
WORDS = {
    "ar": {
        "forgotten": "نسيت اسم المستخدم أو كلمة المرور؟",
        "wrong": "لا تطابق الإجابة ما في السجل",
        "saved": "حُفظت كلمة المرور الجديدة.",
        "told": "غُيِّرت كلمة مرور حسابك",
    },
    "en": {
        "forgotten": "Forgotten username or password?",
        "wrong": "That does not fit what the register holds",
        "saved": "Your new password is saved.",
        "told": "the password of your account was changed",
    },
}


@in_every_way
def test_somebody_recovers_the_account_and_signs_in(
    language: str, javascript: bool, open_window: Callable[..., Page], activated: User, phone: Phone
) -> None:
    User.objects.update(language=language)
    words, page = WORDS[language], open_window(java_script_enabled=javascript)
    page.goto(f"/{language}/sign-in/")
    page.get_by_role("link", name=words["forgotten"]).click()
    expect(page.locator(".captcha-image")).to_be_visible()
    begin_recovery(page, activated, language)
    answer_for_the_date(page, "30", "1", "2029")
    expect(page.locator(".error-summary")).to_contain_text(words["wrong"])
    page.select_option("[name=answer_calendar]", "hijri")
    answer_for_the_date(page, "١٦", "٩", "١٤٥٠")
    page.fill("[name=code]", phone.newest_code())
    send(page)
    expect(page.locator("main")).to_contain_text(activated.username)
    page.fill("[name=password]", activated.username)
    if javascript:
        expect(page.locator("[data-rule=username_piece].met")).to_have_count(0)
    page.fill("[name=password]", NEW_PASSWORD)
    if javascript:
        expect(page.locator("[data-rule].met")).to_have_count(6)
    page.fill("[name=password_again]", NEW_PASSWORD)
    send(page)
    expect(page.locator(".notice-success")).to_contain_text(words["saved"])
    assert words["told"] in phone.newest_text()
    SendCounter.objects.all().delete()
    page.fill("[name=login_name]", activated.username)
    page.fill("[name=password]", NEW_PASSWORD)
    send(page)
    page.fill("[name=code]", phone.newest_code())
    send(page)
    expect(page).to_have_url(re.compile(f"/{language}/dashboard/$"))
