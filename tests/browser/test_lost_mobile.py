"""A lost SIM, end to end: from the sign-in page over an officer to the dashboard, with the new number."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from activation.actions import visits
from activation.actions.visits import Document
from activation.models import Fingerprint
from messaging.models import SendCounter
from tests.browser.conftest import in_every_way, send, sign_in, type_image_code
from tests.cast import PASSWORD, Phone

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NEW = Phone("+966598765432")
WORDS = {
    "ar": {"lost": "لم يعد هذا الجوال معي", "prove": "إثبات أن الحساب لك", "moved": "تغيّر رقم جوال حسابك"},
    "en": {
        "lost": "I no longer have this mobile",
        "prove": "Prove that the account is yours",
        "moved": "The mobile number of your account has changed.",
    },
}


@in_every_way
def test_somebody_without_the_sim_moves_the_account_at_an_officer(
    language: str,
    javascript: bool,
    open_window: Callable[..., Page],
    activated: User,
    officer: User,
    phone: Phone,
) -> None:
    User.objects.filter(pk=activated.pk).update(language=language)
    words, page = WORDS[language], open_window(java_script_enabled=javascript)
    page.goto(f"/{language}/sign-in/")
    page.fill("[name=login_name]", activated.username)
    page.fill("[name=password]", PASSWORD)
    send(page)
    page.get_by_role("link", name=words["lost"]).click()
    expect(page.locator(".captcha-image")).to_be_visible()
    page.fill("[name=mobile]", "٠٥٩٨٧٦٥٤٣٢")
    type_image_code(page)
    send(page)
    page.fill("[name=code]", NEW.newest_code())
    send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text(words["prove"])
    with page.expect_navigation():
        page.locator("form[action*='/begin/officer/'] button").click()
    code = page.locator(".visit-code").inner_text().strip()
    assert code in NEW.newest_text()

    (attempt,) = visits.find_attempts(officer, code)
    paper = Document(activated.id_number, "Samer Nabil Hasan Alomari", date(1988, 4, 17))
    assert visits.check_document(attempt, officer, paper, Fingerprint.MATCHED) == []

    page.reload()
    expect(page).to_have_url(re.compile("/sign-in/"))
    expect(page.locator(".notice").first).to_contain_text(words["moved"])
    assert phone.newest().purpose == NEW.newest().purpose == "mobile_changed"
    SendCounter.objects.all().delete()
    activated.refresh_from_db()
    sign_in(page, activated, language)
    expect(page).to_have_url(re.compile(f"/{language}/dashboard/$"))
