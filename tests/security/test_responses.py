"""What every response says to browsers and caches: WEB-1 to WEB-4."""

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from audit.models import Entry
from messaging.models import Message
from tests import walk
from tests.cast import sign_in
from tests.steps import ANSWERS

pytestmark = pytest.mark.django_db

LANGUAGES = ["ar", "en"]


class Inline(HTMLParser):
    """Finds what a policy without unsafe-inline would block."""

    def __init__(self, page: HttpResponse) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page.content.decode())

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        given = dict(attrs)
        self.found += [f"{tag} {name}" for name in given if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in given):
            self.found.append(tag)
        for name in ("src", "href", "action"):
            if (given.get(name) or "").startswith(("http:", "https:", "//", "javascript:")):
                self.found.append(f"{tag} {name}")


def _assert_headers(response: HttpResponse) -> None:
    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy and "frame-ancestors 'none'" in policy and "default-src 'none'" in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Referrer-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", walk.pages())
def test_every_page_has_its_headers_and_nothing_inline(
    name: str, language: str, browser: Client, activated: User
) -> None:
    for client in (browser, sign_in(Client(), activated)):
        response = client.get(walk.path(name, language), follow=True)
        _assert_headers(response)
        assert "no-store" in response["Cache-Control"]
        if response["Content-Type"].startswith("text/html"):
            assert Inline(response).found == []


@pytest.mark.parametrize(
    "address", ["/en/no-such-page/", "/ar/admin/login/", "/captcha/registration/0.png", "/static/no.css"]
)
def test_pages_nobody_planned_have_their_headers(address: str, browser: Client) -> None:
    _assert_headers(browser.get(address))


def test_a_page_that_fails_has_its_headers(browser: Client, activated: User, monkeypatch: pytest.MonkeyPatch) -> None:
    client = sign_in(Client(raise_request_exception=False), activated)
    monkeypatch.setattr("services.catalogue.enquiries_for", lambda kind: 1 / 0)
    response = client.get("/en/dashboard/")
    assert response.status_code == 500
    _assert_headers(response)
    assert Inline(response).found == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_of_another_host_is_refused_and_the_host_not_echoed(
    language: str, browser: Client, settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["portal.example"]
    response = browser.get(f"/{language}/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert b"evil.example" not in response.content and "evil.example" not in str(response.headers)


def test_back_after_signing_out_shows_the_sign_in(activated: User) -> None:
    client = sign_in(Client(), activated)
    assert client.get("/en/dashboard/").status_code == 200
    client.post("/en/sign-out/")
    response = client.get("/en/dashboard/")
    assert (response.status_code, response.url) == (302, "/en/sign-in/?next=/en/dashboard/")


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_signing_in_leads_nowhere_else(target: str, browser: Client, resident: User, phone: Any) -> None:
    browser.get("/en/sign-in/", {"next": target})
    browser.post("/en/sign-in/", {"login_name": resident.username, "password": ANSWERS["password"]})
    response = browser.post("/en/sign-in/code/", {"code": phone.newest_code()})
    assert response.url == "/en/dashboard/"


def test_signing_in_leads_where_somebody_was_going(browser: Client, resident: User, phone: Any) -> None:
    browser.get("/en/sign-in/", {"next": "/en/activation/"})
    browser.post("/en/sign-in/", {"login_name": resident.username, "password": ANSWERS["password"]})
    assert browser.post("/en/sign-in/code/", {"code": phone.newest_code()}).url == "/en/activation/"


@pytest.mark.parametrize("name", walk.POSTED)
def test_what_changes_something_is_not_done_by_a_link(name: str, activated: User) -> None:
    assert sign_in(Client(), activated).get(walk.path(name)).status_code == 405


def test_looking_at_pages_changes_nothing(resident: User) -> None:
    client = sign_in(Client(), resident)
    before = _facts()
    for address in walk.pages().values():
        client.get(address)
    assert _facts() == before


def _facts() -> list[Any]:
    return [list(User.objects.order_by("pk").values()), Message.objects.count(), Entry.objects.count()]


@pytest.mark.parametrize(
    ("address", "sent"),
    [("/en/register/", ANSWERS), ("/en/sign-in/", {"login_name": "a", "password": "b"}), ("/en/sign-out/", {})],
)
def test_a_form_of_another_site_is_refused_in_words(address: str, sent: dict[str, str], db: None) -> None:
    response = Client(enforce_csrf_checks=True).post(address, sent)
    assert response.status_code == 403
    assert "The form was open too long" in response.content.decode()
    assert User.objects.count() == Message.objects.count() == 0


def test_nobody_reads_what_belongs_to_the_signed_in(browser: Client, make_person: Callable[..., Any]) -> None:
    for name in (*walk.SIGNED_IN, *walk.ENQUIRIES):
        assert browser.get(walk.path(name)).url.startswith("/en/sign-in/?next=")
