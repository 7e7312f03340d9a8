"""The demonstration's officers, and the command that gives an officer an authenticator."""

from io import StringIO
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import Branch, User
from accounts.roles import Role
from audit.events import Event
from audit.models import Entry
from core.idnumbers import parse
from registry.models import Person
from simulators.officers import OFFICERS, demo_officers

pytestmark = pytest.mark.django_db


def _load() -> None:
    call_command("load_demo", stdout=StringIO())


def test_the_demonstration_loads_once() -> None:
    def there() -> tuple[int, ...]:
        return tuple(model._base_manager.count() for model in (Person, Branch, User, TOTPDevice, Entry))

    _load()
    first = there()
    assert first[:2] >= (60, 3)
    keys = set(TOTPDevice.objects.values_list("key", flat=True))
    _load()
    assert there() == first
    assert set(TOTPDevice.objects.values_list("key", flat=True)) == keys


def test_the_demonstrations_branches_say_where_they_are_and_when_they_are_open() -> None:
    _load()
    branches = list(Branch.objects.all())
    assert len({branch.address_en for branch in branches}) == len({branch.address_ar for branch in branches}) == 3
    assert all(branch.hours_ar and branch.hours_en for branch in branches)


def test_a_demonstration_of_before_learns_the_hours_and_keeps_what_a_supervisor_wrote() -> None:
    _load()
    Branch.objects.filter(city_en="Riyadh").update(hours_ar="", hours_en="")
    Branch.objects.filter(city_en="Jeddah").update(hours_en="On Mondays")
    _load()
    assert Branch.objects.get(city_en="Riyadh").hours_en.startswith("Sunday to Thursday")
    assert Branch.objects.get(city_en="Jeddah").hours_en == "On Mondays"


def test_the_demonstrations_officers_hold_every_role_and_sign_in_as_the_page_says() -> None:
    _load()
    assert set(User.objects.get_queryset().staff().values_list("groups__name", flat=True)) == {*Role.values, None}
    for row in demo_officers():
        client = Client()
        sent = {
            "username": row["username"],
            "password": row["password"],
            "otp_token": row["code"],
            "next": "/en/admin/",
        }
        assert client.post("/en/admin/login/", sent).status_code == 302, row["username"]
        assert client.get("/en/admin/", follow=True).status_code == 200


def test_the_demonstrations_officers_are_invented_citizens_of_their_own() -> None:
    _load()
    for officer in OFFICERS:
        assert parse(officer.id_number).digits == officer.id_number
        assert not Person.objects.filter(id_number=officer.id_number).exists()


def test_a_new_authenticator_ends_the_earlier_one(officer: User) -> None:
    old = TOTPDevice.objects.create(user=officer, name="old")
    printed = StringIO()
    call_command("officer_totp", officer.username.upper(), stdout=printed)
    uri = printed.getvalue().strip().splitlines()[-1]
    device = TOTPDevice.objects.get(user=officer)
    assert device.key != old.key and device.confirmed
    assert uri == device.config_url
    assert parse_qs(urlsplit(uri).query)["secret"]
    assert Entry.objects.filter(event=Event.OFFICER_CHANGED, subject_id=officer.pk).exists()


def test_a_resident_gets_no_authenticator(activated: User) -> None:
    with pytest.raises(CommandError, match="No officer is called"):
        call_command("officer_totp", activated.username)
