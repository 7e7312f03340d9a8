"""Pages that are written once and filled in for each."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import OneTimeCode, User
from core import clock, letters, phones
from messaging.models import SendCounter
from registry.models import Person
from tests.cast import PASSWORD, Phone, sign_in
from tests.steps import hidden

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_written() -> None:
    letters.forget()


def _dashboard(client: Client) -> str:
    page = client.get("/en/dashboard/").content.decode()
    return re.sub(r"[A-Za-z0-9]{64}", "token", page)


def test_a_page_is_the_same_whoever_it_was_written_for(activated: User, stranger: User) -> None:
    first, second = sign_in(Client(), activated), sign_in(Client(), stranger)
    pages = {user: _dashboard(client) for user, client in ((activated, first), (stranger, second))}
    assert "Welcome, Samer Nabil Hasan Alomari." in pages[activated]
    assert pages[activated].replace("Samer Nabil", "Omar Nabil") == pages[stranger]
    letters.forget()
    assert [_dashboard(second), _dashboard(first)] == [pages[stranger], pages[activated]]


def test_what_fills_a_blank_is_escaped(activated: User, person: Person) -> None:
    Person.objects.filter(pk=person.pk).update(first_name_en="<b>Samer</b>")
    client = sign_in(Client(), activated)
    assert "Welcome, &lt;b&gt;Samer&lt;/b&gt; Nabil" in _dashboard(client)


def test_each_request_has_a_form_token_of_its_own(activated: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = sign_in(Client(), activated).cookies
    for _ in range(2):
        page = client.get("/en/dashboard/").content.decode()
        [token, again] = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert token == again
    assert client.post("/en/sign-out/", {"csrfmiddlewaretoken": token}).url == "/en/"


def test_a_message_is_shown_once_and_to_its_reader_only(activated: User, stranger: User) -> None:
    reader, other = sign_in(Client(), activated), sign_in(Client(), stranger)
    reader.post("/en/account/", {"language": "en"})
    assert "Your language is saved." not in _dashboard(other)
    assert "Your language is saved." in _dashboard(reader)
    assert "Your language is saved." not in _dashboard(reader)


def test_there_is_a_letter_for_each_language_and_kind_of_person(activated: User) -> None:
    client = sign_in(Client(), activated)
    assert 'lang="en"' in client.get("/en/dashboard/").content.decode()
    assert 'lang="ar"' in client.get("/ar/dashboard/").content.decode()
    assert 'lang="en"' in client.get("/en/dashboard/").content.decode()


def test_each_code_page_is_about_the_message_of_its_reader(activated: User, stranger: User) -> None:
    """Whoever looked first, and with nothing of the reader before."""
    clients = {user: Client() for user in (activated, stranger)}
    for user, client in clients.items():
        client.post("/en/sign-in/", {"login_name": user.username, "password": PASSWORD})
    told = {
        activated: (_with_reference(activated, "AB"), phones.mask(activated.mobile)),
        stranger: (_with_reference(stranger, "CD"), phones.mask(stranger.mobile)),
    }
    for user, other in ((activated, stranger), (stranger, activated), (activated, stranger)):
        page = clients[user].get("/en/sign-in/code/").content.decode()
        assert all(word in page for word in told[user])
        assert not any(word in page for word in told[other])


def test_a_code_page_that_was_written_for_another_takes_the_code(activated: User, stranger: User) -> None:
    for user in (activated, stranger):
        client = Client(enforce_csrf_checks=True)
        page = client.get("/en/sign-in/")
        names = {"login_name": user.username, "password": PASSWORD}
        client.post("/en/sign-in/", names | {"csrfmiddlewaretoken": _token_in(page.content.decode())})
        page = client.get("/en/sign-in/code/")
        typed = hidden(page) | {"code": Phone(user.mobile).newest_code()}
        answer = client.post("/en/sign-in/code/", typed | {"csrfmiddlewaretoken": _token_in(page.content.decode())})
        assert answer.url == "/en/dashboard/"


def test_a_code_page_counts_down_to_the_end_of_its_own_code(activated: User, stranger: User) -> None:
    first, second = Client(), Client()
    for client, user in ((first, activated), (second, stranger)):
        client.post("/en/sign-in/", {"login_name": user.username, "password": PASSWORD})
    OneTimeCode.objects.filter(user=stranger).update(expires_at=clock.ahead(timedelta(seconds=42)))
    SendCounter.objects.filter(key__startswith="sms-minute").update(window_ends_at=clock.ahead(timedelta(seconds=17)))
    first.get("/en/sign-in/code/")
    page = second.get("/en/sign-in/code/").content.decode()
    [until_expired] = re.findall(r'id="code-life"[^>]* data-countdown="(\d+)"', page)
    [until_again] = re.findall(r'data-enabled-after="(\d+)"', page)
    assert 0 < int(until_expired) <= 42 and 0 < int(until_again) <= 18
    assert f">0:{int(until_expired):02d}<" in page and f">0:{int(until_again):02d}<" in page


def _with_reference(user: User, reference: str) -> str:
    """How the page shows it."""
    OneTimeCode.objects.filter(user=user).update(reference=reference)
    return f'<strong dir="ltr">{reference}</strong>'


def _token_in(page: str) -> str:
    return re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[0]
