"""What every partner's program of the demonstration does: it knows the portal by its public address and its documentation only,
signs with a key of its own, and can be played wrong."""

import json
import ssl
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import httpx
from django.conf import settings

from core.calling import HttpCall
from core.signatures import new_private_key, sign
from simulators.partners import DemoPartner

# How a call can be played wrong.
FORGED, LATE, TWICE = "forged", "late", "twice"
# Nobody's, in the demonstration.
OTHER_MOBILE = "0500000000"
WRONG_CODE = "000000"
_PATIENCE_SECONDS = 15
_ON_THE_WAY = timedelta(minutes=2)


@cache
def _certificates() -> ssl.SSLContext:
    """Read once: to read them for each call takes longer than the call."""
    return httpx.create_ssl_context(trust_env=False)


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
class Program:
    """`base` is the path under which the portal answers this sort of partner."""

    partner: DemoPartner
    base: str

    def post(self, path: str, said: dict[str, Any], *, play: str = "") -> Exchange:
        """`said` empty: a call without a body."""
        call = HttpCall("POST", f"{settings.PUBLIC_URL}{self.base}/{path}", json.dumps(said).encode() if said else b"")
        call.headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
        if play == TWICE:
            self._sent(call, play)
        return self._sent(call, play)

    def _sent(self, call: HttpCall, play: str) -> Exchange:
        """Signed anew each time, as the portal wants it of repetitions."""
        private_key = new_private_key("ed25519") if play == FORGED else self.partner.private_key()
        created = datetime.now(UTC) - (_ON_THE_WAY if play == LATE else timedelta())
        signature = sign(call, keyid=self.partner.keyid, private_key=private_key, created=created)
        shown = f"{call.method} {call.url.removeprefix(settings.PUBLIC_URL)}"
        try:
            with httpx.Client(timeout=_PATIENCE_SECONDS, trust_env=False, verify=_certificates()) as client:
                answer = client.post(call.url, content=call.body, headers=call.headers | signature)
        except httpx.HTTPError:
            return Exchange(shown, 0, {})
        told = answer.json() if "json" in answer.headers.get("content-type", "") else {}
        return Exchange(shown, answer.status_code, told, answer.headers.get("idempotency-replayed") == "true")
