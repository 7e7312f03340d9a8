"""The pages of kiosk and ATM: what to do there, and where they stand."""

import pytest
from django.test import Client

from accounts.models import User
from activation.actions import cases
from tests.cast import sign_in
from tests.walk import path

pytestmark = pytest.mark.django_db

PAGES = {"kiosk": "activation_kiosk", "atm": "activation_atm"}


@pytest.fixture
def window(resident: User) -> Client:
    return sign_in(Client(), resident)


@pytest.mark.parametrize("channel", PAGES)
def test_the_page_shows_the_visit_code_large_and_left_to_right(channel: str, resident: User, window: Client) -> None:
    attempt = cases.begin(resident, channel)
    for language in ("en", "ar"):
        shown = window.get(path(PAGES[channel], language)).content.decode()
        assert f'class="visit-code" dir="ltr">{attempt.visit_code}<' in shown


@pytest.mark.parametrize("channel", PAGES)
def test_without_an_attempt_the_page_leads_to_the_ways(channel: str, window: Client) -> None:
    assert window.get(path(PAGES[channel])).url == path("activation")
