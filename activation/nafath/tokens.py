"""Signed answers (JWT): nothing of one is believed before its signature, issuer, audience and times are right."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwt import JWTClaimsRegistry

from activation.nafath import mfa
from activation.nafath.keys import KeyList
from activation.nafath.line import NafathFailed, NafathRefused
from activation.states import NafathState

ALGORITHMS = ("RS256", "PS256", "ES256")
TOKEN_AT_MOST_CHARACTERS = 8192
# Their clock beside ours.
LEEWAY_SECONDS = 30


class TokenRefused(Exception):
    """`reason` is for our log, never for whoever sent the token."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class KeysAway(Exception):
    """Whether the token is good cannot be told now."""


class Verdict(NamedTuple):
    """What a token of the API says. `people` are all the ID numbers that it names; `number` is "" when tokens carry none."""

    transaction: str
    people: frozenset[str]
    number: str
    state: NafathState
    issued_at: float


_keys = KeyList(mfa.key_list)


def forget_keys() -> None:
    """The next token fetches them."""
    global _keys
    _keys = KeyList(mfa.key_list)


def verdict_of(token: str, *, now: datetime) -> Verdict:
    """Raises TokenRefused, KeysAway."""
    nafath = settings.NAFATH
    claims = claims_of(token, _keys)
    _check(claims, issuer=nafath["issuer"], audience=nafath["audience"], now=now)
    transaction, number = _text(claims.get("transId")), _text(claims.get(nafath["number_claim"]))
    people = frozenset(filter(None, (_text(claims.get(name)) for name in nafath["person_claims"])))
    state = mfa.state_named(claims.get("status"))
    if not transaction or not people or state in (None, NafathState.WAITING):
        raise TokenRefused("claims_missing")
    if nafath["number_claim"] and not number:
        raise TokenRefused("number_missing")
    assert state
    return Verdict(transaction, people, number.zfill(2) if number else "", state, float(claims["iat"]))


def claims_of(token: str, keys: KeyList) -> dict[str, Any]:
    """Of a token whose signature holds. Raises TokenRefused, KeysAway."""
    if len(token) > TOKEN_AT_MOST_CHARACTERS:
        raise TokenRefused("too_long")
    try:
        header = jws.extract_compact(token.encode()).headers()
        kid = header.get("kid")
        key = keys.find(kid) if isinstance(kid, str) and header.get("alg") in ALGORITHMS else None
        if key is None:
            raise TokenRefused("no_such_key")
        return jwt.decode(token, key, algorithms=ALGORITHMS).claims
    except (JoseError, ValueError, TypeError, RecursionError):
        raise TokenRefused("signature_does_not_hold") from None
    except (NafathFailed, NafathRefused):
        raise KeysAway from None


def _check(claims: Mapping[str, Any], *, issuer: str, audience: str, now: datetime) -> None:
    registry = JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": audience},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        registry.validate(dict(claims))
    except JoseError as error:
        raise TokenRefused(f"{type(error).__name__}") from None


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
