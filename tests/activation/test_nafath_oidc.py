"""Nafath as an OpenID provider: authorization code with PKCE, state and nonce. The whole way over HTTP against the simulated
provider, and what a provider, or whoever plays one, can send back wrong."""

import html
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from django.http import HttpResponse
from django.test import Client
from joserfc.jwk import RSAKey
from pytest_django import Settings

from accounts.models import User
from accounts.states import State
from activation.actions import cases
from activation.models import NafathRequest
from activation.nafath import line, oidc
from activation.states import NafathState
from core import clock
from tests.cast import PASSWORD, RESIDENT_NUMBER, STRANGER_NUMBER, sign_in
from tests.nafath import ISSUER, NafathServer
from tests.operators import Answer
from tests.walk import path

pytestmark = pytest.mark.django_db

ENGLISH = {"accept-language": "en"}
REFUSED = "What came back from Nafath was not accepted, and nothing was changed."


@pytest.fixture
def provider(nafath: str, settings: Settings) -> str:
    """The simulated one."""
    settings.NAFATH = settings.NAFATH | {"mode": "oidc"}
    return nafath


def _link(page: HttpResponse, beginning: str) -> str:
    found = re.search(rf'href="({re.escape(beginning)}[^"]*)"', page.content.decode())
    assert found, page.content.decode()
    return html.unescape(found[1])


def _at_the_provider(browser: Client, address: str, **typed: str) -> str:
    """Follows the link as the person does; where the provider leads back to."""
    consent = browser.get(urlsplit(address)._replace(scheme="", netloc="").geturl())
    page = browser.post(consent.url, typed)
    back = _link(page, address.partition("/demo/nafath/")[0])
    return urlsplit(back)._replace(scheme="", netloc="").geturl()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_provider_activates(language: str, provider: str, resident: User) -> None:
    window = sign_in(Client(), resident)
    cases.begin(resident, "nafath")
    window.post(path("activation_nafath_ask", language))
    address = _link(window.get(path("activation_nafath", language)), provider)
    asked = dict(parse_qsl(urlsplit(address).query))
    assert asked["code_challenge_method"] == "S256" and asked["scope"] == "openid" and asked["ui_locales"] == language
    back = _at_the_provider(window, address, id_number=resident.id_number)
    assert window.get(back).url == path("activation_nafath", language)
    resident.refresh_from_db()
    assert resident.state == State.ACTIVATED
    assert 'href="' + path("login", language) in window.get(path("activation_nafath", language)).content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_provider_signs_in(provider: str, activated: User) -> None:
    window = Client()
    window.post(path("login"), {"login_name": activated.username, "password": PASSWORD})
    window.post(path("login_nafath_ask"))
    address = _link(window.get(path("login_nafath")), provider)
    assert window.get(_at_the_provider(window, address, id_number=activated.id_number)).url == path("login_nafath")
    assert "Sign in now" in window.get(path("login_nafath")).content.decode()
    assert window.post(path("login_nafath_finish")).url == path("dashboard")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("typed", "says", "ends"),
    [
        ({"play": "reject"}, "The request was rejected in the app", NafathState.REJECTED),
        ({"id_number": STRANGER_NUMBER}, REFUSED, NafathState.FAILED),
    ],
    ids=["rejected", "another person"],
)
def test_who_rejects_there_or_is_somebody_else_reads_so(
    typed: dict[str, str], says: str, ends: NafathState, provider: str, resident: User
) -> None:
    window = sign_in(Client(), resident)
    cases.begin(resident, "nafath")
    window.post(path("activation_nafath_ask"))
    back = _at_the_provider(window, _link(window.get(path("activation_nafath")), provider), **typed)
    shown = window.get(back, follow=True).content.decode()
    assert says in shown and "Start again" in shown
    resident.refresh_from_db()
    assert resident.state == State.REGISTERED and NafathRequest.objects.get().state == ends


class Begun:
    """A browser on its way to a provider that the test plays."""

    def __init__(self, server: NafathServer, window: Client) -> None:
        self.server, self.window = server, window
        server.operator.will(Answer(200, self.metadata))
        window.post(path("activation_nafath_ask"))
        self.kept: dict[str, Any] = window.session["nafath_way"]

    @property
    def metadata(self) -> dict[str, str]:
        return {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "token_endpoint": f"{self.server.operator.url}/token",
            "jwks_uri": f"{self.server.operator.url}/keys",
        }

    def id_token(self, **other: Any) -> str:
        now = int(clock.read().timestamp())
        good = {
            "iss": ISSUER, "aud": "portal", "sub": "x", "nationalId": RESIDENT_NUMBER, "iat": now, "exp": now + 300,
            "nonce": self.kept["nonce"],
        }  # fmt: skip
        return self.server.signed({name: value for name, value in (good | other).items() if value is not None})

    def return_with(self, id_token: Any, **query: str) -> str:
        self.server.operator.will(
            Answer(200, {"access_token": "x", "token_type": "Bearer", "id_token": id_token}),
            Answer(200, self.server.key_list),
        )
        said = {"code": "code-1", "state": self.kept["state"]} | query
        return self.window.get("/nafath/return", said, follow=True).content.decode()


@pytest.fixture
def begun(nafath_server: NafathServer, resident: User, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Begun:
    # The issuer's own address is not on this machine: what it says of itself is asked for where the test answers.
    address = f"{nafath_server.operator.url}/.well-known/openid-configuration"
    monkeypatch.setattr("activation.nafath.oidc.get_well_known_url", lambda issuer, external: address)
    settings.NAFATH = settings.NAFATH | {"mode": "oidc", "client_id": "portal", "client_secret": "s:cret"}
    window = sign_in(Client(headers=ENGLISH), resident)
    cases.begin(resident, "nafath")
    return Begun(nafath_server, window)


def _state() -> tuple[str, str]:
    return User.objects.get().state, NafathRequest.objects.get().state


def test_a_good_token_activates_and_the_verifier_belongs_to_the_challenge(begun: Begun) -> None:
    begun.return_with(begun.id_token())
    assert _state() == ("activated", "completed")
    _metadata, exchange, _keys = begun.server.operator.calls
    challenge = dict(parse_qsl(urlsplit(begun.kept["address"]).query))["code_challenge"]
    assert create_s256_code_challenge(exchange.body["code_verifier"]) == challenge
    assert exchange.body["redirect_uri"].endswith("/nafath/return") and exchange.headers["Authorization"].startswith(
        "Basic "
    )


def _at(**seconds: int) -> Callable[[Begun], str]:
    def made(begun: Begun) -> str:
        now = int(clock.read().timestamp())
        return begun.id_token(**{name: now + distance for name, distance in seconds.items()})

    return made


BAD: dict[str, Callable[[Begun], Any]] = {
    "another issuer": lambda begun: begun.id_token(iss="https://nafath.example.org"),
    "another audience": lambda begun: begun.id_token(aud="another-portal"),
    "two audiences and nobody named": lambda begun: begun.id_token(aud=["portal", "another-portal"]),
    "for another party": lambda begun: begun.id_token(azp="another-portal"),
    "expired": _at(iat=-600, exp=-300),
    "issued in the future": _at(iat=600, exp=900),
    "without a subject": lambda begun: begun.id_token(sub=None),
    "without an expiry": lambda begun: begun.id_token(exp=None),
    "another nonce": lambda begun: begun.id_token(nonce="another"),
    "without a nonce": lambda begun: begun.id_token(nonce=None),
    "another person": lambda begun: begun.id_token(nationalId=STRANGER_NUMBER),
    "nobody": lambda begun: begun.id_token(nationalId=None),
    "another key": lambda begun: begun.server.signed({"iss": ISSUER}, key=RSAKey.generate_key(2048)),
    "no token": lambda begun: None,
    "a list": lambda begun: ["x"],
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_identity_token_is_refused_with_a_page_that_says_so(name: str, begun: Begun) -> None:
    assert REFUSED in begun.return_with(BAD[name](begun))
    assert _state() == ("registered", "failed")


def test_a_return_that_this_browser_did_not_begin_is_refused_and_nothing_is_exchanged(
    begun: Begun, resident: User
) -> None:
    for browser, state in ((begun.window, "another"), (Client(headers=ENGLISH), begun.kept["state"])):
        shown = browser.get("/nafath/return", {"code": "code-1", "state": state}, follow=True).content.decode()
        assert "This browser did not begin that confirmation" in shown
    assert len(begun.server.operator.calls) == 1 and _state() == ("registered", "waiting")


def test_a_return_is_taken_once(begun: Begun) -> None:
    begun.return_with(begun.id_token(nonce="another"))
    assert "This browser did not begin that confirmation" in begun.return_with(begun.id_token())
    assert _state() == ("registered", "failed")


def test_an_error_of_the_provider_is_a_rejection(begun: Begun) -> None:
    shown = begun.return_with(None, error="access_denied", code="")
    assert "The request was rejected in the app" in shown and len(begun.server.operator.calls) == 1


def test_another_error_of_the_provider_is_none_of_the_persons(begun: Begun) -> None:
    assert "The request ended without an answer" in begun.return_with(None, error="server_error", code="")
    assert _state() == ("registered", "failed")


def test_a_code_that_the_provider_refuses_is_told(begun: Begun) -> None:
    begun.server.operator.will(Answer(400, {"error": "invalid_grant"}))
    shown = begun.window.get("/nafath/return", {"code": "x", "state": begun.kept["state"]}, follow=True)
    assert REFUSED in shown.content.decode() and _state() == ("registered", "failed")


def test_a_provider_that_does_not_answer_is_told(begun: Begun) -> None:
    shown = begun.window.get("/nafath/return", {"code": "x", "state": begun.kept["state"]}, follow=True)
    assert "Nafath did not take the request just now." in shown.content.decode()
    assert User.objects.get().state == State.REGISTERED


def test_a_return_after_the_time_changes_nothing(begun: Begun) -> None:
    NafathRequest.objects.update(expires_at=clock.now())
    assert REFUSED in begun.return_with(begun.id_token())
    assert User.objects.get().state == State.REGISTERED


def test_the_page_of_another_browser_has_no_way_to_the_provider(begun: Begun, resident: User) -> None:
    other = Client()
    other.force_login(resident)
    shown = other.get(path("activation_nafath")).content.decode()
    assert "The confirmation was begun in another browser." in shown and ISSUER not in shown


@pytest.mark.parametrize(
    "wrong",
    [{"issuer": "https://nafath.example.org"}, {"token_endpoint": "ftp://x"}, {"jwks_uri": None}, {"issuer": None}],
    ids=str,
)
def test_a_provider_that_describes_itself_wrongly_is_not_used(
    wrong: dict[str, Any], nafath_server: NafathServer, resident: User, begun: Begun, settings: Settings
) -> None:
    NafathRequest.objects.update(state=NafathState.REJECTED, ended_at=clock.now())
    oidc.forget_provider()
    nafath_server.operator.will(Answer(200, begun.metadata | wrong))
    begun.window.post(path("activation_nafath_ask"))
    shown = begun.window.get(path("activation_nafath")).content.decode()
    assert "Nafath did not take the request just now." in shown
    assert line.down_until() is None
