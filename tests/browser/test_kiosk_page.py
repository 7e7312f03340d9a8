"""The kiosk's page in a browser: it learns by itself that the account is activated, and works without a script."""

from collections.abc import Callable

import pytest
from django.db import transaction
from playwright.sync_api import Page, expect

from accounts.actions import claims
from accounts.models import User
from activation.actions import cases
from tests import walk
from tests.browser.conftest import send_answers, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_open_page_notices_what_happened_at_the_kiosk_and_leads_to_the_sign_in(
    window: Page, resident: User, served: None
) -> None:
    attempt = cases.begin(resident, "kiosk")
    sign_in(window, resident)
    window.goto(walk.path("activation_kiosk"))
    expect(window.get_by_text("Not activated yet.")).to_be_visible()
    with transaction.atomic():
        claims.take_turn(resident)
        cases.prove(attempt, actor=None)
    window.get_by_role("link", name="Sign in again").click()
    expect(window.get_by_text("Your account has been activated. Sign in again.")).to_be_visible()


def test_without_a_script_somebody_asks_chooses_and_finds_a_kiosk(
    open_window: Callable[..., Page], resident: User, served: None
) -> None:
    page = open_window(java_script_enabled=False)
    sign_in(page, resident)
    page.goto(walk.path("activation"))
    send_answers(page, bank_account="no", nafath_app="no", leaving_home="yes")
    page.locator("#advice button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Activate at a kiosk")
    page.select_option("[name=city]", "Riyadh")
    page.locator(".filter button").click()
    expect(page.locator(".places")).to_contain_text("Riyadh airport, hall 5")
