"""The simulated Nafath: its server, its app, and what it plays wrong."""

import json

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from pytest_django import Settings

from accounts.models import User
from accounts.states import State
from activation.actions import cases, nafath
from activation.actions.nafath import Aim
from activation.models import NafathRequest
from activation.states import NafathState
from simulators import nafath as server
from simulators.models import NafathTransaction
from simulators.nafath_api_views import grant
from simulators.nafath_views import SAID
from tests.cast import sign_in
from tests.walk import path

pytestmark = pytest.mark.django_db(transaction=True)

HEADERS = {"APP-ID": server.APP_ID, "APP-KEY": server.APP_KEY}


@pytest.fixture
def asked(nafath: str, resident: User) -> NafathTransaction:
    _ask(resident)
    return NafathTransaction.objects.get()


def _ask(user: User) -> NafathRequest:
    return nafath.ask(Aim(user, cases.begin(user, "nafath")), language="en")


def _answer(asked: NafathTransaction, **typed: str) -> str:
    with override("en"):
        address = reverse("demo_nafath_answer", args=[asked.trans_id])
    page = Client().post(address, {"id_number": asked.national_id} | typed, follow=True)
    assert page.redirect_chain[0][0].startswith(path("demo_nafath"))
    return page.content.decode()


def test_the_app_shows_the_request_and_three_numbers(asked: NafathTransaction, resident: User) -> None:
    shown = sign_in(Client(), resident).get(path("demo_nafath")).content.decode()
    assert resident.id_number in shown and "Activation of the account" in shown and "Waits for you" in shown
    assert shown.count('name="number"') == 3 and f'value="{asked.random}"' in shown


def test_the_right_number_and_the_pin_confirm(asked: NafathTransaction, resident: User) -> None:
    shown = _answer(asked, number=asked.random, pin=server.PIN)
    assert "You confirmed the request." in shown and ">200<" in shown and "Confirmed" in shown
    resident.refresh_from_db()
    assert resident.state == State.ACTIVATED
    assert "This request is over." in _answer(asked, number=asked.random, pin=server.PIN)


@pytest.mark.parametrize(
    ("typed", "says", "statuses", "ends"),
    [
        ({"number": "other", "pin": server.PIN}, "other_number", "200", NafathState.REJECTED),
        ({"play": "reject"}, "rejected", "200", NafathState.REJECTED),
        ({"play": "forged"}, "played", "400", NafathState.WAITING),
        ({"play": "other_person"}, "played", "400", NafathState.WAITING),
        ({"play": "late"}, "played", "400", NafathState.WAITING),
        ({"play": "twice"}, "played", "200, 409", NafathState.COMPLETED),
        ({"play": "expire"}, "expired", "", NafathState.EXPIRED),
        ({"number": "right", "pin": "0000"}, "no_pin", "", NafathState.WAITING),
        ({"pin": server.PIN}, "no_number", "", NafathState.WAITING),
    ],
    ids=lambda value: str(value),
)
def test_what_can_go_wrong_is_played(
    typed: dict[str, str], says: str, statuses: str, ends: NafathState, asked: NafathTransaction
) -> None:
    numbers = {"right": asked.random, "other": next(n for n in asked.numbers if n != asked.random)}
    shown = _answer(asked, **{name: numbers.get(value, value) for name, value in typed.items()})
    assert str(SAID[says]) in shown and (f">{statuses}<" in shown if statuses else "called back" not in shown)
    assert nafath.look(NafathRequest.objects.read().get()).state == ends


def test_a_portal_that_does_not_answer_is_told(asked: NafathTransaction, free_address: str, settings: Settings) -> None:
    settings.PUBLIC_URL = f"http://{free_address}"
    assert server.answer(asked, "COMPLETED") == [server.Callback(0)]


def test_the_server_takes_one_request_a_person_and_knows_its_caller(asked: NafathTransaction) -> None:
    said = json.dumps({"nationalId": asked.national_id, "service": "Login"})
    address = "/demo/nafath/api/v1/mfa/request"

    def call(place: str, body: str, **headers: str) -> tuple[int, str]:
        answer = Client().post(place, body, content_type="application/json", headers=headers)
        return answer.status_code, answer.json().get("code", "")

    assert call(address, said, **HEADERS) == (400, "400-034-050")
    assert call(address, said) == (403, "403")
    assert call(address, "[]", **HEADERS) == (422, "422-031-046")
    assert call(address, "{", **HEADERS) == (422, "422-031-046")
    assert call(f"{address}/status", said, **HEADERS) == (400, "400-034-051")
    assert call(f"{address}/status", said)[0] == 403


@pytest.mark.parametrize(
    "said", [{}, {"code": "x"}, {"code": "good"}, {"code": "good", "code_verifier": "x" * 43}], ids=str
)
def test_the_provider_gives_no_token_for_a_code_that_is_not_good(said: dict[str, str], nafath: str) -> None:
    back = grant("2000000006", {"redirect_uri": "https://portal.example/", "code_challenge": "y", "nonce": "n"})
    code = back.partition("code=")[2].partition("&")[0]
    typed = {name: code if value == "good" else value for name, value in said.items()}
    address, authorised = "/demo/nafath/token", {"authorization": "Basic ZGVtby1wb3J0YWw6ZGVtby1tb2RlLW9ubHk="}
    assert Client().post(address, typed).json() == {"error": "invalid_client"}
    assert Client().post(address, typed, headers={"authorization": "Basic x"}).json() == {"error": "invalid_client"}
    assert Client().post(address, typed, headers=authorised).json() == {"error": "invalid_grant"}


def test_the_app_is_anybodys_of_the_demonstration(resident: User) -> None:
    browser = Client()
    assert "Whose phone is this?" in browser.get(path("demo_nafath")).content.decode()
    shown = browser.get(path("demo_nafath"), {"id_number": "2999999994"}).content.decode()
    assert "Nobody in the demonstration has this number." in shown
    shown = browser.get(path("demo_nafath"), {"id_number": resident.id_number}).content.decode()
    assert "No request has come." in shown


def test_the_providers_page_asks_for_nobody_without_an_address_to_go_back_to(person: object) -> None:
    assert Client().get("/en/demo/nafath/consent/").url == path("demo_nafath")
    assert "You typed" in Client().post("/en/demo/nafath/consent/?redirect_uri=x", {"id_number": "1"}).content.decode()


def test_the_addresses_are_those_of_the_real_one() -> None:
    names = {
        "demo_nafath_ask": "/demo/nafath/api/v1/mfa/request",
        "demo_nafath_status": "/demo/nafath/api/v1/mfa/request/status",
        "demo_nafath_keys": "/demo/nafath/api/v1/mfa/jwk",
        "demo_nafath_configuration": "/demo/nafath/.well-known/openid-configuration",
        "demo_nafath_authorize": "/demo/nafath/authorize",
        "demo_nafath_token": "/demo/nafath/token",
        "nafath_callback": "/nafath/callback",
        "nafath_return": "/nafath/return",
    }
    assert {name: reverse(name) for name in names} == names
