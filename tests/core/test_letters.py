"""Pages that are written once and filled in for each."""

import re

import pytest
from django.test import Client

from accounts.models import User
from core import letters
from registry.models import Person
from tests.cast import sign_in

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
