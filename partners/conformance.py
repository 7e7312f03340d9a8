"""Good and bad calls to a running portal with a partner's own key, and what the portal has to answer to each. The rooms above
bring the checks of their calls by name: settings.API_CONFORMANCE."""

import json
import re
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

from django.conf import settings

from core import signatures
from core.calling import HttpCall
from core.signatures import COVERED

_TOO_FAR = timedelta(seconds=120)


@dataclass(frozen=True)
class Answer:
    """`headers` by names in small letters; `told` is the JSON body, or None."""

    status: int
    headers: dict[str, str]
    told: Any


Send = Callable[[HttpCall], Answer]


@dataclass(frozen=True)
class Result:
    check: str
    expected: str
    got: str

    @property
    def holds(self) -> bool:
        return self.expected == self.got


@dataclass(frozen=True)
class Signer:
    """A partner's program. `base_url` is the portal's public address."""

    base_url: str
    keyid: str
    private_key: str

    def call(self, method: str = "POST", path: str = "/api/v1/echo", *, say: str = "conformance") -> HttpCall:
        """Not signed yet; each write with an idempotency key of its own."""
        call = HttpCall(method, f"{self.base_url}{path}")
        if method == "POST":
            call.body = json.dumps({"say": say}).encode()
            call.headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
        return call

    def asking(self, path: str, **said: Any) -> HttpCall:
        """A write with this body; not signed yet."""
        return replace(self.call("POST", path), body=json.dumps(said).encode())

    def signed(self, call: HttpCall, **otherwise: Any) -> HttpCall:
        """A new call, with a signature of this moment."""
        facts = {"keyid": self.keyid, "private_key": self.private_key} | otherwise
        return replace(call, headers=call.headers | signatures.sign(call, **facts))


@dataclass
class Machine:
    """A kiosk or an ATM of the partner. `counter` is that of its newest call; after one that is never used, this moment."""

    identifier: str
    private_key: str
    counter: int = field(default_factory=lambda: int(time.time() * 1000))

    def says(self) -> dict[str, Any]:
        """What each call of it begins with."""
        self.counter += 1
        return {"device": self.identifier, "counter": self.counter}


# --- The fourteen ways to alter a signed call (security.md, API-1) ---------------------------------------------------
Mutation = Callable[[Signer], HttpCall]


def _another_method(signer: Signer) -> HttpCall:
    call = signer.call()
    return replace(signer.signed(replace(call, method="PUT")), method="POST")


def _another_path(signer: Signer) -> HttpCall:
    call = signer.call()
    return replace(signer.signed(replace(call, url=f"{signer.base_url}/api/v1/partner")), url=call.url)


def _another_query(signer: Signer) -> HttpCall:
    signed = signer.signed(signer.call())
    return replace(signed, url=f"{signed.url}?say=more")


def _another_host(signer: Signer) -> HttpCall:
    call = signer.call()
    return replace(signer.signed(replace(call, url="https://portal.invalid/api/v1/echo")), url=call.url)


def _another_body(signer: Signer) -> HttpCall:
    return replace(signer.signed(signer.call()), body=b'{"say": "forged"}')


def _another_body_with_its_digest(signer: Signer) -> HttpCall:
    signed, forged = signer.signed(signer.call()), signer.signed(signer.call(say="forged"))
    return replace(
        signed, body=forged.body, headers=signed.headers | {"Content-Digest": forged.headers["Content-Digest"]}
    )


def _no_digest(signer: Signer) -> HttpCall:
    signed = signer.signed(signer.call())
    return replace(signed, headers={name: told for name, told in signed.headers.items() if name != "Content-Digest"})


def _digest_not_signed(signer: Signer) -> HttpCall:
    return signer.signed(signer.call(), covered=COVERED[:2])


def _too_old(signer: Signer) -> HttpCall:
    return signer.signed(signer.call(), created=datetime.now(UTC) - _TOO_FAR)


def _from_the_future(signer: Signer) -> HttpCall:
    return signer.signed(signer.call(), created=datetime.now(UTC) + _TOO_FAR)


def _no_time(signer: Signer) -> HttpCall:
    return _without_parameter(signer, "created")


def _no_nonce(signer: Signer) -> HttpCall:
    return _without_parameter(signer, "nonce")


def _unknown_key(signer: Signer) -> HttpCall:
    return signer.signed(signer.call(), keyid=f"{signer.keyid}x")


def _key_of_somebody_else(signer: Signer) -> HttpCall:
    return signer.signed(signer.call(), private_key=signatures.new_private_key("ed25519"))


def _without_parameter(signer: Signer, name: str) -> HttpCall:
    signed = signer.signed(signer.call())
    told = re.sub(rf';{name}=("[^"]*"|\d+)', "", signed.headers["Signature-Input"])
    return replace(signed, headers=signed.headers | {"Signature-Input": told})


MUTATIONS: dict[str, Mutation] = {
    "signed for another method": _another_method,
    "signed for another path": _another_path,
    "sent with another query": _another_query,
    "signed for another host": _another_host,
    "another body": _another_body,
    "another body with its digest": _another_body_with_its_digest,
    "no Content-Digest": _no_digest,
    "Content-Digest not signed": _digest_not_signed,
    "created two minutes ago": _too_old,
    "created in two minutes": _from_the_future,
    "no created": _no_time,
    "no nonce": _no_nonce,
    "unknown keyid": _unknown_key,
    "signed with somebody else's key": _key_of_somebody_else,
}


# --- The run --------------------------------------------------------------------------------------------------------
def run(signer: Signer, send: Send, machine: Machine | None = None) -> Iterator[Result]:
    """With a machine, also what is called at machines."""
    me = send(signer.signed(signer.call("GET", "/api/v1/partner")))
    yield told("who am I", "200", me)
    yield from _of_every_partner(signer, send)
    if me.status == 200 and me.told["state"] == "test":
        for room in map(import_module, settings.API_CONFORMANCE):
            yield from room.checks(signer, send, me.told, machine)


def _of_every_partner(signer: Signer, send: Send) -> Iterator[Result]:
    yield told("a signed write", "200", send(signer.signed(signer.call())))
    yield told("no signature", "401 not-authenticated", send(signer.call()))
    for name, mutation in MUTATIONS.items():
        yield told(name, "401 not-authenticated", send(mutation(signer)))
    yield from _repetitions(signer, send)
    yield from _manners(signer, send)


def _repetitions(signer: Signer, send: Send) -> Iterator[Result]:
    call = signer.call()
    signed = signer.signed(call)
    first = send(signed)
    yield told("the same bytes a second time", "401 not-authenticated", send(signed))
    again = send(signer.signed(call))
    yield replayed("the same call, signed anew", "200", first, again)
    other = replace(call, body=b'{"say": "something else"}')
    yield told("its key with another body", "422 idempotency-key-reused", send(signer.signed(other)))
    bare = replace(call, headers={"Content-Type": "application/json"})
    yield told("a write without a key", "400 idempotency-key-missing", send(signer.signed(bare)))


def _manners(signer: Signer, send: Send) -> Iterator[Result]:
    wrong = replace(signer.call(), body=b'{"shout": 1}')
    yield told("a field nobody knows", "422 invalid-input", send(signer.signed(wrong)))
    yield told("no JSON", "400 bad-request", send(signer.signed(replace(signer.call(), body=b"{"))))
    yield told("no such address", "404 not-found", send(signer.signed(signer.call("GET", "/api/v1/nothing"))))
    correlation_id = str(uuid.uuid4())
    asked = signer.call("GET", "/api/v1/partner")
    asked.headers["X-Correlation-Id"] = correlation_id
    answer = send(signer.signed(asked))
    yield Result("the correlation id comes back", correlation_id, answer.headers.get("x-correlation-id", "–"))


def told(check: str, expected: str, answer: Answer) -> Result:
    """`expected`: the status, and the slug of the problem."""
    problem = answer.told.get("type", "") if isinstance(answer.told, dict) and answer.status >= 400 else ""
    return Result(check, expected, f"{answer.status} {problem.rpartition('/')[2]}".strip())


def replayed(check: str, status: str, first: Answer, again: Answer) -> Result:
    """`again` has to be the kept answer of `first`."""
    is_same = again.told == first.told and again.headers.get("idempotency-replayed") == "true"
    return Result(check, f"{status} replayed", f"{again.status} {'replayed' if is_same else 'another answer'}")


def waits(check: str, expected: str, answer: Answer) -> Result:
    """As `told`, and with the time after which to call again, in header and body."""
    seconds = answer.headers.get("retry-after", "")
    is_told = seconds.isdigit() and answer.told and str(answer.told.get("retry_in_seconds")) == seconds
    result = told(check, expected, answer)
    return replace(
        result, expected=f"{expected} Retry-After", got=f"{result.got} Retry-After" if is_told else result.got
    )
