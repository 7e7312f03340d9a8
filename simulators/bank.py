"""The demonstration's bank, as a real bank's program would be: it knows the portal by its public address and its documentation
only, and signs with a key of its own."""

import json
import time
import uuid
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
from django.conf import settings
from joserfc.jwk import OKPKey

from core.signatures import HttpCall, NotSigned, claimed, new_private_key, sign, verify
from partners.actions import admission
from partners.actions.admission import Agreement
from partners.models import Kind, Partner
from partners.states import State
from partners.words import Mode, Purpose
from simulators.partners import PARTNERS

BANK = next(partner for partner in PARTNERS if partner.kind == Kind.BANK)
_ACTIVATION = "/api/v1/activation"
_PATIENCE_SECONDS, _TOLERANCE_SECONDS = 15, 60
# Nobody's, in the demonstration.
OTHER_MOBILE = "0500000000"
# How a call can be played wrong.
FORGED, TWICE = "forged", "twice"


@dataclass(frozen=True)
class Exchange:
    """A call, as the page shows it, and its answer. `status` 0: nobody answered. `is_replay`: of a call sent before."""

    call: str
    status: int
    told: dict[str, Any]
    is_replay: bool = False

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300

    def problem(self, language: str) -> dict[str, str]:
        """Title and detail, as the portal words them."""
        ending = "_ar" if language == "ar" else ""
        return {name: str(self.told.get(f"{name}{ending}", "")) for name in ("title", "detail")}

    @property
    def problem_type(self) -> str:
        return str(self.told.get("type", "")).rpartition("/")[2]


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
    return _post("attempts", {"id_number": id_number, "mobile": mobile, "mode": str(mode)}, play)


def send_again(reference: str) -> Exchange:
    return _post(f"attempts/{reference}/code", {}, "")


def confirm(reference: str, code: str, *, play: str = "") -> Exchange:
    """The customer has typed the code and agreed."""
    return _post(f"attempts/{reference}/confirmation", {"code": code}, play)


def _post(path: str, said: dict[str, str], play: str) -> Exchange:
    call = HttpCall("POST", f"{settings.PUBLIC_URL}{_ACTIVATION}/{path}", json.dumps(said).encode() if said else b"")
    call.headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
    if play == TWICE:
        _sent(call, play)
    return _sent(call, play)


def _sent(call: HttpCall, play: str) -> Exchange:
    """Signed anew each time, as the portal wants it of repetitions."""
    private_key = new_private_key("ed25519") if play == FORGED else BANK.private_key()
    headers = call.headers | sign(call, keyid=BANK.keyid, private_key=private_key)
    shown = f"{call.method} {call.url.removeprefix(settings.PUBLIC_URL)}"
    try:
        with httpx.Client(timeout=_PATIENCE_SECONDS, trust_env=False) as client:
            answer = client.post(call.url, content=call.body, headers=headers)
    except httpx.HTTPError:
        return Exchange(shown, 0, {})
    told = answer.json() if "json" in answer.headers.get("content-type", "") else {}
    return Exchange(shown, answer.status_code, told, answer.headers.get("idempotency-replayed") == "true")
