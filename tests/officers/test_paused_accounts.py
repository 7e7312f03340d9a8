"""Who paused their account stands before an officer, who opens it again."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import User
from accounts.roles import Role
from accounts.states import State
from registry.models import Person
from tests.asking import day
from tests.cast import Phone
from tests.officers.conftest import enter, say_why

pytestmark = pytest.mark.django_db


def test_an_officer_opens_it_again(paused: User, desk: Client, person: Person, phone: Phone) -> None:
    found = desk.post(reverse("admin:activation_attempt_changelist"), {"searched": paused.id_number})
    say_why(desk, found["Location"], "person_asks")
    assert "The holder has paused this account." in desk.get(found["Location"]).text
    document = {
        "id_number": person.id_number,
        "name": person.name_en,
        "fingerprint": "matched",
        "confirmed": "on",
    }
    birth = day("birth_date", person.birth_date)
    desk.post(found["Location"], document | birth)
    paused.refresh_from_db()
    assert (paused.state, paused.paused_at) == (State.ACTIVATED, None)
    assert [message.purpose for message in phone.messages()] == ["pause_lifted"]


def test_a_supervisor_reads_the_pause_on_the_account(
    paused: User, officer: User, give_role: Callable[[User, Role], User]
) -> None:
    office, account = (
        enter(Client(), give_role(officer, Role.SUPERVISOR)),
        f"/en/admin/accounts/user/{paused.pk}/change/",
    )
    say_why(office, account)
    page = office.get(account).text
    assert page.count('alt="False"') == 1 and 'alt="True"' not in page
    assert paused.paused_at and date_format(timezone.localtime(paused.paused_at), "DATETIME_FORMAT") in page
    assert "Paused:" in page


def test_looking_twice_begins_one_attempt(paused: User, desk: Client) -> None:
    searched = {"searched": paused.id_number}
    places = {desk.post(reverse("admin:activation_attempt_changelist"), searched)["Location"] for _ in range(2)}
    assert len(places) == 1
