"""ENUM-1: nobody learns from a page which numbers, names and mobiles are known; the truth goes to the typed mobile.

Time is compared by the work that takes it, statements of the database and password hashes, so no machine is too slow for it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.hashers import PortalArgon2PasswordHasher
from accounts.models import User
from accounts.states import State
from registry.models import Life, Person
from tests.cast import (
    DECEASED_NUMBER,
    PASSWORD,
    RESIDENT_NUMBER,
    STRANGER_NUMBER,
    UNKNOWN_NUMBER,
    Phone,
    luhn_number,
)
from tests.steps import fill_in, look_at_image

pytestmark = pytest.mark.django_db

VISITOR_NUMBER = "3000000004"
CASES = {
    "known": RESIDENT_NUMBER,
    "unknown": UNKNOWN_NUMBER,
    "deceased": DECEASED_NUMBER,
    "with an account": STRANGER_NUMBER,
    "of the wrong kind": VISITOR_NUMBER,
}


@pytest.fixture(autouse=True)
def _people(person: Person, stranger: User, make_person: Callable[..., Person], settings: Any) -> None:
    make_person(DECEASED_NUMBER, nationality="SAU", life=Life.DECEASED, died_on="2025-03-01")
    make_person(VISITOR_NUMBER)
    settings.REGISTRATION_KINDS = ["citizen", "resident"]


def _observed(response: HttpResponse, client: Client) -> dict[str, Any]:
    """What somebody at the other end sees, without what is drawn at random."""
    page = client.get(response.url)
    headers = {name: value for name, value in response.headers.items() if name != "X-Request-ID"}
    return {"status": response.status_code, "to": response.url, "headers": headers, "size": len(page.content)}


def test_a_registration_looks_the_same_whatever_the_register_says() -> None:
    seen = {}
    for case, number in CASES.items():
        client = Client()
        response = fill_in(client, id_number=number, mobile=f"05123456{len(seen):02}", username=f"sameruser{len(seen)}")
        seen[case] = _observed(response, client)
    assert all(one == seen["known"] for one in seen.values())


class CountingHasher(PortalArgon2PasswordHasher):
    hashes = 0

    def encode(self, *parts: Any, **more: Any) -> str:
        CountingHasher.hashes += 1
        return super().encode(*parts, **more)

    def verify(self, *parts: Any) -> bool:
        CountingHasher.hashes += 1
        return super().verify(*parts)


@pytest.fixture
def work(settings: Any) -> Callable[[], Any]:
    """Notes the statements and the password hashes of what is done in it."""
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]

    @contextmanager
    def noted() -> Iterator[dict[str, int]]:
        done, before = dict[str, int](), CountingHasher.hashes
        with CaptureQueriesContext(connection) as statements:
            yield done
        done.update(statements=len(statements), hashes=CountingHasher.hashes - before)

    return noted


def test_a_registration_is_the_same_work_whatever_the_register_says(work: Callable[[], Any]) -> None:
    seen = {}
    for case, number in CASES.items():
        with work() as seen[case]:
            fill_in(Client(), id_number=number, mobile=f"05123456{len(seen):02}", username=f"sameruser{len(seen)}")
    assert all(one == seen["known"] for one in seen.values())
    assert seen["known"]["hashes"] == 1


@pytest.mark.parametrize(
    ("number", "purpose"),
    [
        (RESIDENT_NUMBER, "registration_code"),
        (UNKNOWN_NUMBER, "claim_unknown"),
        (DECEASED_NUMBER, "claim_unknown"),
        (VISITOR_NUMBER, "claim_unknown"),
        (STRANGER_NUMBER, "claim_taken"),
    ],
)
def test_the_truth_goes_to_the_typed_mobile(number: str, purpose: str, phone: Phone, browser: Client) -> None:
    fill_in(browser, id_number=number)
    assert phone.newest().purpose == purpose
    assert number not in phone.newest_text()


@pytest.mark.parametrize("number", [UNKNOWN_NUMBER, DECEASED_NUMBER, VISITOR_NUMBER, STRANGER_NUMBER])
def test_no_code_finishes_a_dead_end(number: str, browser: Client) -> None:
    fill_in(browser, id_number=number)
    page = browser.post("/en/register/code/", {"code": "471302"}, follow=True)
    assert "That is not the code of the newest message. 4 tries are left." in page.content.decode()


def test_a_username_somebody_has_is_told_only_after_the_mobile_is_proven(
    browser: Client, phone: Phone, stranger: User
) -> None:
    response = fill_in(browser, username=stranger.username.capitalize())
    assert response.url == "/en/register/code/"
    response = browser.post("/en/register/code/", {"code": phone.newest_code()})
    assert response.url == "/en/register/username/"
    page = browser.post("/en/register/username/", {"username": stranger.username})
    assert "This username is taken too. Choose another one." in page.content.decode()
    assert browser.post("/en/register/username/", {"username": "samer2027"}).url == "/en/register/completed/"


def test_a_mobile_somebody_has_is_not_told(browser: Client, stranger: User) -> None:
    assert fill_in(browser, mobile=stranger.mobile).url == "/en/register/code/"


@pytest.mark.parametrize("name", ["stranger77", "nobody77", STRANGER_NUMBER, UNKNOWN_NUMBER])
def test_a_wrong_password_looks_the_same_for_every_name(name: str, browser: Client, stranger: User) -> None:
    page = browser.post("/en/sign-in/", {"login_name": name, "password": "Wrong1Guess"})
    assert page.status_code == 200
    assert "Username or password is not right. Check both and type the password again." in page.content.decode()
    assert stranger.mobile not in page.content.decode() and PASSWORD not in page.content.decode()


@pytest.mark.parametrize(
    ("known", "unknown", "hashes"), [("stranger77", "nobody77", 1), (STRANGER_NUMBER, UNKNOWN_NUMBER, 3)]
)
def test_a_wrong_password_is_the_same_work_whether_somebody_has_the_name(
    known: str, unknown: str, hashes: int, work: Callable[[], Any]
) -> None:
    seen = {}
    for name in (known, unknown):
        with work() as seen[name]:
            Client().post("/en/sign-in/", {"login_name": name, "password": "Wrong1Guess"})
    assert seen[known] == seen[unknown]
    assert seen[known]["hashes"] == hashes


def test_a_new_mobile_looks_the_same_whoever_holds_it(person: Person, make_account: Callable[..., User]) -> None:
    seen = []
    for number, mobile in ((luhn_number("200009000"), "0555555577"), (luhn_number("200009001"), "0555555588")):
        client, account = Client(), make_account(f"lost{number}", number, f"+96653{number[-7:]}", state=State.ACTIVATED)
        client.post("/en/sign-in/", {"login_name": account.username, "password": PASSWORD})
        sent = {"mobile": mobile} | look_at_image(client, client.get("/en/mobile/"))
        seen.append(_observed(client.post("/en/mobile/", sent), client))
    assert User.objects.filter(mobile="+966555555577").exists() and seen[0] == seen[1]
