"""At the desk, for another mobile: the officer asks for the number, and the account moves at once."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.actions import mobiles
from accounts.models import MobileChange, User
from activation.actions import cases
from activation.models import Attempt
from tests.activation.test_purposes import NEW, PAPER
from tests.cast import Phone

pytestmark = pytest.mark.django_db

DESK = "admin:activation_attempt_changelist"


@pytest.fixture
def asked(activated: User) -> MobileChange:
    return mobiles.ask(activated, NEW.mobile)


def _typed(attempt: Attempt, **facts: str) -> dict[str, str]:
    return {
        "visit_code": str(attempt.visit_code),
        "id_number": PAPER.id_number,
        "name": PAPER.name,
        "birth_date_calendar": "gregorian",
        "birth_date_day": "17",
        "birth_date_month": "4",
        "birth_date_year": "1988",
        "fingerprint": "matched",
        "mobile": "0598765432",
        "confirmed": "on",
    } | facts


def test_the_officer_asks_the_person_for_the_number_without_seeing_it(
    asked: MobileChange, activated: User, desk: Client, phone: Phone
) -> None:
    attempt = cases.begin(activated, "officer")
    page = desk.get(desk.post(reverse(DESK), {"searched": str(attempt.visit_code)})["Location"]).text
    assert "For another mobile number" in page and "98765432" not in page
    place = reverse("admin:activation_case", args=[attempt.pk])
    other = desk.post(place, _typed(attempt, mobile="0512345621")).text
    assert "The change was asked for with another number." in other
    assert "Ask the person for the new mobile number and type it." in desk.post(place, _typed(attempt, mobile="")).text
    assert User.objects.get(pk=activated.pk).mobile == phone.mobile
    done = desk.post(place, _typed(attempt), follow=True).text
    assert "The account has the new mobile number." in done
    assert User.objects.get(pk=activated.pk).mobile == NEW.mobile


def test_the_desk_asks_for_no_number_where_none_is_to_move(resident: User, desk: Client) -> None:
    attempt = cases.begin(resident, "officer")
    page = desk.get(reverse("admin:activation_case", args=[attempt.pk])).text
    assert 'name="mobile"' not in page and "For another mobile number" not in page
