"""The e-mail address, and a pause, on the account page."""

import pytest
from django.test import Client

from accounts.models import Session, User
from accounts.states import State
from audit.events import Event
from audit.models import Entry
from messaging.models import Message
from tests.cast import PASSWORD, Phone
from tests.cast import sign_in as signed_in
from tests.walk import path

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_home(activated: User) -> Client:
    return signed_in(Client(), activated)


def test_another_email_is_saved_and_the_mobile_is_told(at_home: Client, activated: User, phone: Phone) -> None:
    assert path("account_email") in at_home.get(path("account")).text
    sent = {"email": "samer.new@example.com", "old_password": PASSWORD}
    page = at_home.post(path("account_email"), sent, follow=True)
    assert "Your email address is saved." in page.text and "samer.new@example.com" in page.text
    assert "the email of your account has changed" in phone.newest_text()
    assert Entry.objects.filter(event=Event.EMAIL_CHANGED, actor_id=activated.pk).count() == 1


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"email": "samer2026@example.com"}, "This is the address that the account has already."),
        ({"email": "samer@"}, "Type the address with its domain"),
        ({"email": ""}, "Type your email address."),
        ({"email": f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 20}.com"}, "Ensure this value has at most 254"),
        ({"old_password": "Wrong1Guess"}, "This is not your present password. Type it again."),
        ({"old_password": ""}, "Type your present password."),
    ],
)
def test_an_email_that_does_not_do_is_said(
    facts: dict[str, str], sentence: str, at_home: Client, activated: User
) -> None:
    sent = {"email": "samer.new@example.com", "old_password": PASSWORD} | facts
    page = at_home.post(path("account_email"), sent)
    assert page.status_code == 200 and sentence in page.text
    assert User.objects.get().email == activated.email
    assert not Message.objects.filter(purpose="email_changed").exists()


def test_the_holder_pauses_the_account_and_is_told_on_page_and_mobile(
    at_home: Client, activated: User, phone: Phone
) -> None:
    assert path("account_pause") in at_home.get(path("account")).text
    page = at_home.post(path("account_pause"), {"old_password": PASSWORD}, follow=True)
    assert page.redirect_chain == [(path("login"), 302)] and "This account is paused" in page.text
    assert User.objects.get().state == State.PAUSED and not Session.objects.filter(user=activated).exists()
    assert "your account is paused" in phone.newest_text()


@pytest.mark.parametrize("password", ["Wrong1Guess", ""])
def test_without_the_password_nothing_is_paused(password: str, at_home: Client) -> None:
    page = at_home.post(path("account_pause"), {"old_password": password})
    assert page.status_code == 200 and "error-summary" in page.text
    assert User.objects.get().state == State.ACTIVATED


def test_too_many_wrong_passwords_are_told_on_both_pages(at_home: Client) -> None:
    for n in range(5):
        at_home.post(path("account_pause"), {"old_password": f"Wrong{n}Guess"})
    for name in ("account_pause", "account_email"):
        sent = {"old_password": PASSWORD, "email": "samer.new@example.com"}
        assert "Too many wrong passwords were typed." in at_home.post(path(name), sent).text


def test_what_is_not_activated_is_not_paused(resident: User) -> None:
    client = signed_in(Client(), resident)
    assert path("account_pause") not in client.get(path("account")).text
    assert client.get(path("account_pause")).url == path("account")
