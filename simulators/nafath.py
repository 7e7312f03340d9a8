"""The demonstration's Nafath, as the real one would be: a server with keys of its own, which knows the portal by its callback
only, and the app in the person's hands. Both speak over HTTP with the portal."""

import json
import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings
from joserfc import jwt
from joserfc.jwk import RSAKey

from core import clock
from simulators.kept import kept
from simulators.models import NafathTransaction

# As the server of the portal's demonstration settings.
APP_ID, APP_KEY = "demo-portal", "demo-mode-only"
LIFE_SECONDS = {"Login": 60}
_OTHER_SERVICES_SECONDS = 180
_PATIENCE_SECONDS = 15
_KEY_FILE: Path = settings.BASE_DIR / "var" / "nafath" / "key.json"
_TOKEN_LIFE_SECONDS = 300
# Anybody's, in the app of the demonstration.
PIN = "2468"
# Nobody's number, with which a callback can be played wrong.
OTHER_PERSON = "1000000008"
FORGED, LATE, TWICE, OTHER = "forged", "late", "twice", "other_person"


class OpenAlready(Exception):
    """One request a person, as the real one has it."""


@dataclass(frozen=True)
class Callback:
    """A call to the portal, as the page shows it. `status` 0: nobody answered."""

    status: int


def issuer() -> str:
    return f"{settings.PUBLIC_URL}/demo/nafath"


def key() -> RSAKey:
    return RSAKey.import_key(json.loads(kept(_KEY_FILE, _new_key)))


def _new_key() -> str:
    return json.dumps(RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}).as_dict(private=True))


def key_list() -> dict[str, Any]:
    own = key()
    return {"keys": [own.as_dict(private=False) | {"kid": own.thumbprint()}]}


def open_request(national_id: str, service: str, request_id: str) -> NafathTransaction:
    """Raises OpenAlready."""
    if NafathTransaction.objects.waiting().filter(national_id=national_id).exists():
        raise OpenAlready
    numbers = secrets.SystemRandom().sample(range(10, 100), 3)
    life = timedelta(seconds=LIFE_SECONDS.get(service, _OTHER_SERVICES_SECONDS))
    facts = {"national_id": national_id, "service": service[:60], "request_id": request_id[:40]}
    chosen = {"random": f"{numbers[0]:02d}", "numbers": [f"{number:02d}" for number in sorted(numbers)]}
    return NafathTransaction.objects.create(trans_id=str(uuid.uuid4()), expires_at=clock.ahead(life), **facts, **chosen)


def status_of(trans_id: str, national_id: str, random: str) -> str | None:
    """None when nobody knows of it."""
    found = NafathTransaction.objects.read().filter(trans_id=trans_id, national_id=national_id, random=random).first()
    if found is None:
        return None
    return "EXPIRED" if found.status == "WAITING" and not found.seconds_left else str(found.status)


def answer(request: NafathTransaction, status: str, *, play: str = "") -> list[Callback]:
    """The person answered in the app: the portal is called. How a call is played wrong, the server itself does not believe."""
    if play not in (FORGED, LATE, OTHER):
        NafathTransaction.objects.waiting().filter(pk=request.pk).update(status=status)
    token = token_for(request, status, play=play)
    return [_call_back(request, token) for _time in range(2 if play == TWICE else 1)]


def expire(request: NafathTransaction) -> None:
    """Nobody answers: no callback, the next poll hears of it."""
    NafathTransaction.objects.filter(pk=request.pk, status="WAITING").update(status="EXPIRED")


def token_for(request: NafathTransaction, status: str, *, play: str = "") -> str:
    now = int(clock.read().timestamp()) - (7200 if play == LATE else 0)
    claims = {
        "iss": issuer(),
        "aud": APP_ID,
        "iat": now,
        "nbf": now,
        "exp": now + _TOKEN_LIFE_SECONDS,
        "transId": request.trans_id,
        "nationalId": OTHER_PERSON if play == OTHER else request.national_id,
        "random": request.random,
        "status": status,
    }
    return signed(claims, by=RSAKey.generate_key(2048) if play == FORGED else key())


def signed(claims: dict[str, Any], *, by: RSAKey) -> str:
    """A forger names the right key, too."""
    return jwt.encode({"alg": "RS256", "kid": key().thumbprint()}, claims, by)


def _call_back(request: NafathTransaction, token: str) -> Callback:
    said = {"token": token, "transId": request.trans_id, "requestId": request.request_id}
    try:
        with httpx.Client(timeout=_PATIENCE_SECONDS, trust_env=False) as client:
            return Callback(client.post(f"{settings.PUBLIC_URL}/nafath/callback", json=said).status_code)
    except httpx.HTTPError:
        return Callback(0)
