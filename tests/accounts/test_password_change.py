"""Change of the password in the account."""

import pytest
from django.test import Client

from accounts.actions import sign_in
from accounts.models import Session, User
from audit.events import Event
from audit.models import Entry
from messaging.models import SendCounter
from tests.cast import PASSWORD, Phone
from tests.cast import sign_in as signed_in
from tests.walk import path

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "Green4Harbour"
SAVED = "Your password is changed. Every other browser is signed out."


def _change(client: Client, **facts: str) -> str:
    sent = {"old_password": PASSWORD, "password": NEW_PASSWORD, "password_again": NEW_PASSWORD} | facts
    return client.post(path("account_password"), sent, follow=True).content.decode()


@pytest.fixture
def at_home(activated: User) -> Client:
    return signed_in(Client(), activated)


def test_a_new_password_ends_every_other_session_and_tells_the_mobile(
    at_home: Client, activated: User, phone: Phone
) -> None:
    SendCounter.objects.all().delete()
    elsewhere, key = signed_in(Client(), activated), at_home.cookies["session"].value
    assert SAVED in _change(at_home)
    assert at_home.cookies["session"].value != key
    assert [client.get(path("dashboard")).status_code for client in (at_home, elsewhere)] == [200, 302]
    assert Session.objects.get(user=activated).ends_at
    assert phone.newest().purpose == "password_changed"
    assert User.objects.get().check_password(NEW_PASSWORD)
    assert Entry.objects.filter(event=Event.PASSWORD_CHANGED, actor_id=activated.pk).count() == 1


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"old_password": "Wrong1Guess"}, "This is not your present password. Type it again."),
        ({"old_password": ""}, "Type your present password."),
        ({"password": PASSWORD, "password_again": PASSWORD}, "This is the password that the account has already."),
        ({"password": "short1A", "password_again": "short1A"}, "You typed 7 characters; a password has 8 to 128."),
        ({"password_again": PASSWORD}, "The two passwords differ. Type both again."),
    ],
)
def test_what_does_not_do_is_said(facts: dict[str, str], sentence: str, at_home: Client) -> None:
    assert sentence in _change(at_home, **facts)
    assert User.objects.get().check_password(PASSWORD)


def test_wrong_passwords_count_like_those_of_the_sign_in(at_home: Client, activated: User) -> None:
    for n in range(sign_in.PER_ACCOUNT.limit):
        _change(at_home, old_password=f"Wrong{n}Guess")
    page = _change(at_home)
    assert "Too many wrong passwords were typed." in page and SAVED not in page
    with pytest.raises(sign_in.SignInLocked):
        sign_in.check_password(activated.username, PASSWORD, client_ip="203.0.113.9")


def test_the_password_is_not_guessed_by_choosing_it(at_home: Client) -> None:
    page = _change(at_home, old_password="Wrong1Guess", password=PASSWORD, password_again=PASSWORD)
    assert "This is the password that the account has already." not in page
