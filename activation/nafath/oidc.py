"""Nafath as an OpenID provider: authorization code with PKCE, state and nonce; what it says of itself is read by discovery."""

import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus

from authlib.common.security import generate_token
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from joserfc.errors import JoseError

from accounts.flows import InSession
from activation.nafath import line
from activation.nafath.keys import KeyList
from activation.nafath.line import NafathFailed
from activation.nafath.tokens import LEEWAY_SECONDS, TokenRefused, claims_of
from core.calling import HttpCall

_KEPT_SECONDS = 3600.0
_ADDRESSES = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True)
class Way(InSession):
    """How this browser went to the provider. `state`, `nonce` and `verifier` are secrets of its session."""

    session_key = "nafath_way"
    request: int
    address: str
    language: str
    state: str
    nonce: str = field(default_factory=lambda: generate_token(32))
    verifier: str = field(default_factory=lambda: generate_token(64))


def end(session: SessionBase) -> None:
    """What comes back by that way is not taken a second time."""
    session.pop(Way.session_key, None)


class _Provider:
    """What the provider says of itself, and its keys."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.keys = KeyList(lambda: line.ask(HttpCall("GET", self.metadata()["jwks_uri"])))
        self._metadata: dict[str, Any] = {}
        self._read_at = 0.0

    def metadata(self) -> dict[str, Any]:
        """Raises NafathFailed, NafathDown, NafathRefused."""
        if not self._metadata or time.monotonic() - self._read_at > _KEPT_SECONDS:
            told = line.ask(HttpCall("GET", get_well_known_url(self.issuer, external=True)))
            if told.get("issuer") != self.issuer or not all(_is_safe(told.get(name)) for name in _ADDRESSES):
                line.note_error("unreadable_answer")
                raise NafathFailed("unreadable_answer")
            self._metadata, self._read_at = told, time.monotonic()
        return self._metadata


_provider: _Provider | None = None


def provider() -> _Provider:
    global _provider
    if _provider is None or _provider.issuer != settings.NAFATH["issuer"]:
        _provider = _Provider(settings.NAFATH["issuer"])
    return _provider


def forget_provider() -> None:
    """The next use asks it again what it is."""
    global _provider
    _provider = None


def new_state() -> str:
    return generate_token(32)


def way_for(request: int, state: str, *, return_to: str, language: str) -> Way:
    """Raises NafathFailed, NafathDown, NafathRefused."""
    address = provider().metadata()["authorization_endpoint"]
    draft = Way(request, "", language, state)
    said = {
        "state": state,
        "nonce": draft.nonce,
        "code_challenge": create_s256_code_challenge(draft.verifier),
        "code_challenge_method": "S256",
        "ui_locales": language,
    }
    full = prepare_grant_uri(
        address, settings.NAFATH["client_id"], "code", redirect_uri=return_to, scope="openid", **said
    )
    return Way(request, full, language, state, draft.nonce, draft.verifier)


def people_named(way: Way, code: str, *, return_to: str, now: datetime) -> frozenset[str]:
    """The ID numbers by which the provider names the person who was there. Raises NafathFailed, NafathDown, NafathRefused,
    TokenRefused, KeysAway."""
    nafath, said = settings.NAFATH, provider()
    call = HttpCall("POST", said.metadata()["token_endpoint"])
    # Both are encoded first (RFC 6749, 2.3.1).
    call = call.with_password(quote_plus(nafath["client_id"]), quote_plus(nafath["client_secret"]))
    granted = {"grant_type": "authorization_code", "code": code, "redirect_uri": return_to}
    told = line.ask(call.with_form(granted | {"code_verifier": way.verifier}))
    claims = claims_of(str(told.get("id_token", "")), said.keys)
    _check(claims, way, now)
    named = (claims.get(name) for name in nafath["person_claims"])
    people = frozenset(str(number) for number in named if isinstance(number, str | int) and number)
    if not people:
        raise TokenRefused("claims_missing")
    return people


def _check(claims: dict[str, Any], way: Way, now: datetime) -> None:
    nafath = settings.NAFATH
    options = {
        "iss": {"essential": True, "value": nafath["issuer"]},
        "aud": {"essential": True, "value": nafath["client_id"]},
    }
    token = CodeIDToken(claims, {}, options, {"nonce": way.nonce, "client_id": nafath["client_id"]})
    try:
        token.validate(now=int(now.timestamp()), leeway=LEEWAY_SECONDS)
    except JoseError as error:
        raise TokenRefused(type(error).__name__) from None


def _is_safe(address: object) -> bool:
    return isinstance(address, str) and address.startswith(
        ("https://", "http://") if settings.DEMO_MODE else "https://"
    )
