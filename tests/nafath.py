"""A Nafath on this machine that a test has in its hands: it says what the test wants, and signs with its own keys. Loaded as a
plug-in by tests/conftest.py."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from pytest_django import Settings

from activation.models import NafathRequest
from core import clock
from tests.operators import Answer, Operator, running_operator
from tests.simulated import forget_nafath

ISSUER, AUDIENCE = "https://nafath.example", "residents-portal"


@cache
def _key() -> RSAKey:
    """The same for all of a process: making one takes longer than the test that needs it."""
    return RSAKey.generate_key(2048)


@dataclass
class NafathServer:
    """`operator` takes the portal's calls; `key` signs. Each request gets a transaction of its own."""

    operator: Operator
    key: RSAKey = field(default_factory=_key)

    @property
    def settings(self) -> dict[str, Any]:
        facts = {"url": self.operator.url, "issuer": ISSUER, "audience": AUDIENCE}
        return facts | {"app_id": "portal", "app_key": "secret", "activation_service": "AccountActivation"}

    @property
    def key_list(self) -> dict[str, Any]:
        return {"keys": [self.key.as_dict(private=False) | {"kid": "key-1", "use": "sig"}]}

    def will_ask(self, transaction: str = "trans-1", random: Any = "42") -> None:
        self.operator.will(Answer(201, {"transId": transaction, "random": random}))

    def will_say(self, status: Any) -> None:
        self.operator.will(Answer(200, {"status": status}))

    def will_show_its_keys(self) -> None:
        self.operator.will(Answer(200, self.key_list))

    def claims(self, asked: NafathRequest, **other: Any) -> dict[str, Any]:
        """Of a good token; a claim that is None is left out."""
        now = int(clock.read().timestamp())
        good = {
            "iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + 300, "transId": asked.transaction,
            "nationalId": asked.id_number, "random": asked.number, "status": "COMPLETED",
        }  # fmt: skip
        return {name: value for name, value in (good | other).items() if value is not None}

    def token(self, asked: NafathRequest, **other: Any) -> str:
        return self.signed(self.claims(asked, **other))

    def signed(self, claims: dict[str, Any], *, key: RSAKey | ECKey | None = None, **header: Any) -> str:
        return jwt.encode(
            {"alg": "RS256", "kid": "key-1"} | header, claims, key or self.key, algorithms=["RS256", "ES256", "RS512"]
        )

    def paths(self) -> list[str]:
        return [call.path.partition("/api/v1/mfa")[2] for call in self.operator.calls]


@contextmanager
def running_nafath() -> Iterator[NafathServer]:
    with running_operator() as operator:
        operator.always(Answer(500, {"problem": "nobody expected this call"}))
        yield NafathServer(operator)


def callback(token: str, **said: Any) -> str:
    return json.dumps({"token": token} | said)


@pytest.fixture
def nafath_server(db: None, settings: Settings) -> Iterator[NafathServer]:
    """In the test's hands; the portal is set up for it."""
    with running_nafath() as server:
        settings.NAFATH = settings.NAFATH | server.settings
        forget_nafath()
        yield server
    forget_nafath()
