"""The demonstration's bank: what its program calls, in whichever of its channels the customer stands."""

import json
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
from django.conf import settings
from joserfc.jwk import OKPKey

from core.calling import HttpCall
from core.signatures import NotSigned, claimed, verify
from partners.actions import admission
from partners.actions.admission import Agreement
from partners.models import Kind, Partner
from partners.states import State
from partners.words import Mode, Purpose
from simulators.client import Exchange, Program
from simulators.partners import demo_partner

BANK = demo_partner("demo-bank")
_PROGRAM = Program(BANK, "/api/v1/activation")
_PATIENCE_SECONDS, _TOLERANCE_SECONDS = 15, 60


@dataclass(frozen=True)
class Told:
    """A webhook as it came. `is_genuine`: signed by a key that the portal publishes."""

    event: str
    reference: str
    occurred_at: datetime
    is_genuine: bool


# The newest first; the demonstration has one web process, and forgets them with it.
WEBHOOKS: deque[Told] = deque(maxlen=20)


def take_webhook(method: str, url: str, body: bytes, headers: Mapping[str, str]) -> bool:
    """Keeps one for the page; whether it is genuine and readable. The same again is shown once."""
    call = HttpCall(method, url, body, {name.lower(): value for name, value in headers.items()})
    try:
        said = json.loads(body)
        told = Told(said["event"], said["reference"], datetime.fromisoformat(said["occurred_at"]), _is_genuine(call))
    except (ValueError, KeyError, TypeError):
        return False
    if told not in WEBHOOKS:
        WEBHOOKS.appendleft(told)
    return told.is_genuine


def _is_genuine(call: HttpCall) -> bool:
    try:
        claim = claimed(call.headers)
        verify(call, keyid=claim.keyid, algorithm="ed25519", public_key=_portal_keys()[claim.keyid])
    except (NotSigned, KeyError, httpx.HTTPError):
        return False
    return abs(time.time() - claim.created) < _TOLERANCE_SECONDS


def _portal_keys() -> dict[str, str]:
    """Asked for anew each time, as nobody but a demonstration should."""
    answer = httpx.get(f"{settings.PUBLIC_URL}/api/v1/keys", timeout=_PATIENCE_SECONDS, trust_env=False)
    return {key["kid"]: OKPKey.import_key(key).as_pem(private=False).decode() for key in answer.json()["keys"]}


def admit_others(banks: Iterable[dict[str, Any]]) -> None:
    """Live, without keys: they stand in lists, and nothing can be signed in their name."""
    known = set(Partner.objects.values_list("slug", flat=True))
    for facts in banks:
        if facts["slug"] not in known:
            agreement = Agreement(facts["name_ar"], facts["name_en"], tuple(facts["modes"]), (Purpose.ACTIVATION,))
            partner = admission.admit(facts["slug"], Kind.BANK, agreement, actor=None)
            admission.change(partner, agreement, state=State.LIVE, actor=None)


def begin(id_number: str, mobile: str, mode: Mode, *, play: str = "") -> Exchange:
    """The customer has accepted: the portal sends the code."""
    said = {"id_number": id_number, "mobile": mobile, "mode": str(mode)}
    return _PROGRAM.post("attempts", said, play=play)


def send_again(reference: str) -> Exchange:
    return _PROGRAM.post(f"attempts/{reference}/code", {})


def confirm(reference: str, code: str, *, play: str = "") -> Exchange:
    """The customer has typed the code and agreed."""
    return _PROGRAM.post(f"attempts/{reference}/confirmation", {"code": code}, play=play)
