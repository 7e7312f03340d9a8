"""NAF-1: of all that can be wrong with Nafath's signed answer, nothing changes anything, and the caller is not told what it was."""

import base64
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from pytest_django import Settings

from accounts.models import User
from accounts.states import State
from activation.actions import cases, nafath
from activation.actions.nafath import Aim
from activation.models import Attempt, NafathRequest
from activation.nafath import tokens
from activation.states import NafathState
from audit.models import Entry
from core import clock
from messaging.models import Message
from tests.cast import STRANGER_NUMBER
from tests.nafath import NafathServer, callback
from tests.operators import Answer

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(nafath_server: NafathServer, resident: User) -> NafathRequest:
    nafath_server.will_ask()
    return nafath.ask(Aim(resident, cases.begin(resident, "nafath")), language="ar")


def _call(body: str, **headers: str) -> int:
    return Client().post("/nafath/callback", body, content_type="application/json", headers=headers).status_code


def _nothing_happened(asked: NafathRequest, state: NafathState = NafathState.WAITING) -> None:
    facts = NafathRequest.objects.values_list("state", flat=True).get(pk=asked.pk)
    assert facts == state
    assert User.objects.get(pk=asked.user_id).state == State.REGISTERED
    assert not Message.objects.filter(purpose="activated").exists()
    assert not Entry.objects.filter(event="account_activated").exists()


def test_a_good_answer_activates(asked: NafathRequest, nafath_server: NafathServer) -> None:
    nafath_server.will_show_its_keys()
    body = callback(nafath_server.token(asked), transId=asked.transaction, requestId=str(asked.request_id))
    assert _call(body) == 200
    assert User.objects.get(pk=asked.user_id).state == State.ACTIVATED


def _part(data: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")


def _unsigned(server: NafathServer, asked: NafathRequest) -> str:
    return f"{_part({'alg': 'none', 'kid': 'key-1'})}.{_part(server.claims(asked))}."


def _with_the_public_key_as_a_secret(server: NafathServer, asked: NafathRequest) -> str:
    signed = f"{_part({'alg': 'HS256', 'kid': 'key-1'})}.{_part(server.claims(asked))}"
    signature = hmac.digest(server.key.as_pem(private=False), signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def _by_another_key(server: NafathServer, asked: NafathRequest) -> str:
    return server.signed(server.claims(asked), key=RSAKey.generate_key(2048))


def _on_another_curve(server: NafathServer, asked: NafathRequest) -> str:
    return server.signed(server.claims(asked), key=ECKey.generate_key("P-256"), alg="ES256")


def _with_changed_claims(server: NafathServer, asked: NafathRequest) -> str:
    header, _payload, signature = server.token(asked, status="REJECTED").split(".")
    return f"{header}.{_part(server.claims(asked))}.{signature}"


def _with_a_key_of_its_own(server: NafathServer, asked: NafathRequest) -> str:
    own = RSAKey.generate_key(2048)
    header = {"alg": "RS256", "kid": "key-1", "jwk": own.as_dict(private=False)}
    return jwt.encode(header, server.claims(asked), own)


def _nested(server: NafathServer, asked: NafathRequest) -> str:
    return f"{_part({'alg': 'RS256', 'kid': 'key-1'})}.{'[' * 3000}.x"


def _claims(**other: Any) -> Callable[[NafathServer, NafathRequest], str]:
    return lambda server, asked: server.token(asked, **other)


def _at(**seconds: int) -> Callable[[NafathServer, NafathRequest], str]:
    """Times that lie so many seconds from now."""

    def made(server: NafathServer, asked: NafathRequest) -> str:
        now = int(clock.read().timestamp())
        return server.token(asked, **{name: now + distance for name, distance in seconds.items()})

    return made


BAD: dict[str, Callable[[NafathServer, NafathRequest], str]] = {
    "alg none": _unsigned,
    "HS256 with the public key": _with_the_public_key_as_a_secret,
    "signed by another key": _by_another_key,
    "signed by an elliptic key that claims the same name": _on_another_curve,
    "an algorithm that is not agreed": lambda server, asked: server.signed(server.claims(asked), alg="RS512"),
    "another key id": lambda server, asked: server.signed(server.claims(asked), kid="key-2"),
    "no key id": lambda server, asked: jwt.encode({"alg": "RS256"}, server.claims(asked), server.key),
    "brings its own key": _with_a_key_of_its_own,
    "claims exchanged under the signature": _with_changed_claims,
    "no signature": lambda server, asked: server.token(asked).rpartition(".")[0] + ".",
    "truncated": lambda server, asked: server.token(asked)[:-9],
    "two parts": lambda server, asked: server.token(asked).rpartition(".")[0],
    "no token": lambda server, asked: "yes",
    "not of this alphabet": lambda server, asked: "نفاذ.نفاذ.نفاذ",
    "nested without end": _nested,
    "claims that are a list": lambda server, asked: f"{_part({'alg': 'RS256', 'kid': 'key-1'})}.{_part([1])}.AAAA",
    "expired": _at(iat=-600, exp=-300),
    "issued in the future": _at(iat=600, exp=900),
    "not good before later": _at(nbf=600),
    "issued before it was asked for": _at(iat=-3600),
    "without an expiry": _claims(exp=None),
    "without a time of issue": _claims(iat=None),
    "expiry that is no number": _claims(exp="tomorrow"),
    "another audience": _claims(aud="another-portal"),
    "without an audience": _claims(aud=None),
    "another issuer": _claims(iss="https://nafath.example.org"),
    "without an issuer": _claims(iss=None),
    "another person": _claims(nationalId=STRANGER_NUMBER),
    "nobody": _claims(nationalId=None),
    "a person that is a list": _claims(nationalId=["2000000006"]),
    "another transaction": _claims(transId="trans-2"),
    "without a transaction": _claims(transId=None),
    "another number": _claims(random="43"),
    "without a number": _claims(random=None),
    "still waiting": _claims(status="WAITING"),
    "a state that nobody knows": _claims(status="APPROVED"),
    "100 KB": _claims(more="x" * 100_000),
    "9 KB": _claims(more="x" * 9_000),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_token_is_refused_and_changes_nothing(
    name: str, asked: NafathRequest, nafath_server: NafathServer
) -> None:
    nafath_server.operator.always(Answer(200, nafath_server.key_list))
    assert _call(callback(BAD[name](nafath_server, asked))) == 400
    _nothing_happened(asked)


@pytest.mark.parametrize(
    "said",
    [
        {"transId": "trans-2"},
        {"requestId": "6a9b8f0e-3a55-4f0e-9d53-0f1f55f0a7c1"},
        {"requestId": "no uuid"},
        {"transId": 7},
        {"requestId": None},
    ],
    ids=str,
)
def test_what_stands_beside_the_token_has_to_agree_with_it(
    said: dict[str, Any], asked: NafathRequest, nafath_server: NafathServer
) -> None:
    nafath_server.will_show_its_keys()
    assert _call(callback(nafath_server.token(asked), **said)) == 400
    _nothing_happened(asked)


@pytest.mark.parametrize("body", ["", "[]", "{}", "{", '{"token": ""}', '{"token": ["x"]}', "x" * 20_000, "[" * 9_000])
def test_a_callback_that_says_nothing_is_refused(body: str, asked: NafathRequest) -> None:
    assert _call(body) == 400
    _nothing_happened(asked)


def test_nobody_asks_for_a_callback_with_get(asked: NafathRequest) -> None:
    assert Client().get("/nafath/callback").status_code == 405


def test_a_replayed_answer_changes_nothing(asked: NafathRequest, nafath_server: NafathServer) -> None:
    nafath_server.will_show_its_keys()
    body = callback(nafath_server.token(asked))
    assert [_call(body) for _time in range(3)] == [200, 409, 409]
    assert Entry.objects.filter(event="account_activated").count() == 1
    assert Message.objects.filter(purpose="activated").count() == 1


def test_a_confirmation_after_a_rejection_is_refused(asked: NafathRequest, nafath_server: NafathServer) -> None:
    nafath_server.will_show_its_keys()
    assert _call(callback(nafath_server.token(asked, status="REJECTED"))) == 200
    assert _call(callback(nafath_server.token(asked))) == 409
    _nothing_happened(asked, NafathState.REJECTED)


def test_a_confirmation_after_the_time_is_refused(asked: NafathRequest, nafath_server: NafathServer) -> None:
    nafath_server.will_show_its_keys()
    NafathRequest.objects.update(expires_at=clock.ahead(timedelta(seconds=-1)))
    assert _call(callback(nafath_server.token(asked))) == 409
    nafath.expire()
    assert _call(callback(nafath_server.token(asked))) == 409
    _nothing_happened(asked, NafathState.EXPIRED)


def test_a_confirmation_for_an_attempt_that_ended_is_of_no_use(
    asked: NafathRequest, nafath_server: NafathServer
) -> None:
    nafath_server.will_show_its_keys()
    Attempt.objects.update(state="voided", ended_at=clock.now())
    _call(callback(nafath_server.token(asked)))
    _nothing_happened(asked, NafathState.FAILED)


def test_a_flood_of_invented_key_ids_makes_us_fetch_the_keys_once(
    asked: NafathRequest, nafath_server: NafathServer
) -> None:
    nafath_server.operator.always(Answer(200, nafath_server.key_list))
    claims = nafath_server.claims(asked)
    assert {_call(callback(nafath_server.signed(claims, kid=f"key-{n}"))) for n in range(20, 40)} == {400}
    assert nafath_server.paths().count("/jwk") == 1
    _nothing_happened(asked)
    assert _call(callback(nafath_server.token(asked))) == 200


def test_without_keys_the_answer_is_asked_for_again(asked: NafathRequest, nafath_server: NafathServer) -> None:
    assert _call(callback(nafath_server.token(asked))) == 503
    _nothing_happened(asked)
    nafath_server.will_show_its_keys()
    assert _call(callback(nafath_server.token(asked))) == 200


@pytest.mark.parametrize(
    "key_list",
    [
        {"keys": "none"},
        {"keys": [1, {}, {"kty": "RSA", "kid": "key-1"}, {"kty": "oct", "kid": "key-1", "k": "c2VjcmV0"}]},
        {"keys": [{"kty": "RSA", "kid": "key-1", "e": "AQAB", "n": "v" * 171}]},
        {"keys": [RSAKey.generate_key(2048).as_dict(private=True) | {"kid": "key-1"}]},
        {},
    ],
    ids=["no list", "no keys", "a short key", "a private key", "nothing"],
)
def test_keys_that_are_none_sign_nothing(key_list: Any, asked: NafathRequest, nafath_server: NafathServer) -> None:
    nafath_server.operator.will(Answer(200, key_list))
    assert _call(callback(nafath_server.token(asked))) == 400
    _nothing_happened(asked)


def test_the_names_of_the_claims_are_the_operators_to_say(
    asked: NafathRequest, nafath_server: NafathServer, settings: Settings
) -> None:
    settings.NAFATH = settings.NAFATH | {"person_claims": ["nin", "iqamaNumber"], "number_claim": ""}
    nafath_server.will_show_its_keys()
    good = {"nationalId": None, "random": None, "iqamaNumber": int(asked.id_number)}
    assert _call(callback(nafath_server.token(asked, **good, nin=STRANGER_NUMBER))) == 400
    _nothing_happened(asked)
    assert _call(callback(nafath_server.token(asked, **good))) == 200


def test_an_elliptic_key_of_the_list_is_good_too(asked: NafathRequest, nafath_server: NafathServer) -> None:
    key = ECKey.generate_key("P-256")
    nafath_server.operator.will(Answer(200, {"keys": [key.as_dict(private=False) | {"kid": "key-7"}]}))
    assert _call(callback(nafath_server.signed(nafath_server.claims(asked), key=key, alg="ES256", kid="key-7"))) == 200


def test_a_token_never_gets_longer_than_the_portal_reads() -> None:
    assert tokens.TOKEN_AT_MOST_CHARACTERS < 16 * 1024
