"""What the conformance kit does at a kiosk or an ATM of an operator in test: as conformance.py, with what a fingerprint reader
found, signed by the machine."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, OKPKey

from activation.conformance import expected
from activation.fingerprints import TYPE
from activation.problems import (
    CHANNEL_DOWN,
    CODE_WRONG,
    FINGERPRINT_NEEDED,
    FINGERPRINT_NOT_MATCHED,
    FINGERPRINT_NOT_READABLE,
    FINGERPRINT_ON_FILE,
    NO_CLAIM,
    VISIT_CODE_UNKNOWN,
)
from activation.sandbox import (
    BORDER_NUMBER,
    MATCHES,
    OF_BORDER_VISIT,
    OF_CODES,
    OF_NUMBERS,
    OF_NUMBERS_AT_KIOSKS,
    OF_VISIT,
    RIGHT_CODE,
    WHILE_DOWN,
)
from core.signatures import new_nonce, public_key_of
from partners.conformance import Answer, Machine, Result, Send, Signer, replayed, told, waits
from partners.problems import COUNTER_NOT_RISEN, DEVICE_UNKNOWN
from partners.rehearsal import Step

_MOBILE, _NOBODY, _WRONG_CODE, _NO_VISIT = "+966512345678", "1111111116", "471302", "AAAA7777"
_VISITS, _ATTEMPTS = "/api/v1/kiosk/visits", "/api/v1/atm/attempts"
_BOTH = ("right_index", "left_index")


def checks(signer: Signer, send: Send, partner: dict[str, Any], machine: Machine | None) -> Iterator[Result]:
    """`partner` as GET /api/v1/partner tells it. Nothing without a machine."""
    if machine and partner["kind"] == "kiosk_operator":
        yield from _at_kiosk(_Desk(signer, send, machine, _VISITS, _BOTH))
    if machine and partner["kind"] == "atm_network":
        yield from _at_atm(_Desk(signer, send, machine, _ATTEMPTS, _BOTH[:1]))


def steps(partner_kind: str) -> list[Step]:
    """What an operator's program has to have lived through in test."""
    place = {"kiosk_operator": _VISITS, "atm_network": _ATTEMPTS}.get(partner_kind)
    if place is None:
        return []
    of_person = (*OF_NUMBERS.values(), NO_CLAIM, VISIT_CODE_UNKNOWN)
    of_reader = (FINGERPRINT_NOT_MATCHED, FINGERPRINT_NOT_READABLE)
    return [
        Step("a visit was begun", operation=f"POST {place}", status=201),
        Step(f"an outage is told: {CHANNEL_DOWN.slug}", problem=CHANNEL_DOWN.slug),
        *[Step(f"a person is told: {kind.slug}", problem=kind.slug) for kind in of_person],
        *[Step(f"a reader is told: {kind.slug}", problem=kind.slug) for kind in of_reader],
        *[Step(f"a code is told: {kind.slug}", problem=kind.slug) for kind in (CODE_WRONG, *OF_CODES.values())],
        Step("another code was sent", operation=f"POST {place}/{{reference}}/code", status=200),
        Step("a visit was confirmed", operation=f"POST {place}/{{reference}}/confirmation", status=200),
    ]


@dataclass
class _Desk:
    """Calls of one machine. `fingers` is what its reader reads."""

    signer: Signer
    send: Send
    machine: Machine
    place: str
    fingers: tuple[str, ...]

    def post(self, *path: str, **said: Any) -> Answer:
        return self.send(self.signer.signed(self.call(*path, **said)))

    def call(self, *path: str, **said: Any) -> Any:
        return self.signer.asking("/".join((self.place, *path)), **(self.machine.says() | said))

    def found(self, id_number: str, result: str = "matched", *, visit_code: str = "") -> str:
        """As the machine signs it."""
        fingers = {name: {"reference": f"conformance-{name}", "score": 0.97} for name in self.fingers}
        found = {
            "device": self.machine.identifier, "result": result, "fingers": fingers, "at": int(time.time()),
            "nonce": new_nonce(),
        } | ({"visit_code": visit_code} if visit_code else {"id_number": id_number})  # fmt: skip
        is_curve = public_key_of(self.machine.private_key).algorithm.startswith("ecdsa")
        header = {"alg": "ES256" if is_curve else "Ed25519", "kid": self.machine.identifier, "typ": TYPE}
        key = (ECKey if is_curve else OKPKey).import_key(self.machine.private_key)
        registry = jws.JWSRegistry(algorithms=[header["alg"]])
        return jws.serialize_compact(header, json.dumps(found), key, registry=registry)


def _at_kiosk(desk: _Desk) -> Iterator[Result]:
    def visit(id_number: str, result: str = "matched", **other: Any) -> Answer:
        said = {"purpose": "activation", "id_number": id_number, "mobile": _MOBILE}
        return desk.post(**(said | {"fingerprint": desk.found(id_number, result)} | other))

    begun = visit(MATCHES)
    yield told("kiosk: a visit begins", "201", begun)
    if begun.status != 201:
        return
    for number, kind in {**OF_NUMBERS_AT_KIOSKS, _NOBODY: NO_CLAIM}.items():
        yield told(f"kiosk: {kind.slug}", expected(kind), visit(number))
    yield told("kiosk: a visit code instead of the mobile", "201", visit(MATCHES, mobile=None, visit_code=OF_VISIT))
    unknown = visit(MATCHES, mobile=None, visit_code=_NO_VISIT)
    yield told(f"kiosk: {VISIT_CODE_UNKNOWN.slug}", expected(VISIT_CODE_UNKNOWN), unknown)
    yield waits(f"kiosk: {CHANNEL_DOWN.slug}", expected(CHANNEL_DOWN), visit(WHILE_DOWN))
    yield told("kiosk: the fingers are not those", expected(FINGERPRINT_NOT_MATCHED), visit(MATCHES, "not_matched"))
    yield told("kiosk: taken though on file", expected(FINGERPRINT_ON_FILE), visit(MATCHES, "taken"))
    yield from _of_every_machine(desk, visit)
    yield from _codes(desk, str(begun.told["reference"]))


def _at_atm(desk: _Desk) -> Iterator[Result]:
    def begin(id_number: str, **other: Any) -> Answer:
        return desk.post(**({"id_number": id_number, "mobile": _MOBILE} | other))

    begun, of_border = begin(MATCHES), begin(BORDER_NUMBER)
    yield told("ATM: an attempt begins", "201", begun)
    if begun.status != 201 or of_border.status != 201:
        return
    for number, kind in {**OF_NUMBERS, _NOBODY: NO_CLAIM}.items():
        yield told(f"ATM: {kind.slug}", expected(kind), begin(number))
    yield from _by_visit_code(desk)
    yield waits(f"ATM: {CHANNEL_DOWN.slug}", expected(CHANNEL_DOWN), begin(WHILE_DOWN))
    at_border = str(of_border.told["reference"])
    bare = desk.post(at_border, "confirmation", code=RIGHT_CODE)
    yield told("ATM: a border number without a finger", expected(FINGERPRINT_NEEDED), bare)
    with_finger = desk.post(at_border, "confirmation", code=RIGHT_CODE, fingerprint=desk.found(BORDER_NUMBER))
    yield told("ATM: and with one", "200", with_finger)
    other = desk.post(at_border, "confirmation", code=RIGHT_CODE, fingerprint="abc")
    yield told("ATM: a finger that cannot be read", expected(FINGERPRINT_NOT_READABLE), other)
    yield told("ATM: a counter that did not rise", expected(COUNTER_NOT_RISEN), begin(MATCHES, counter=1))
    yield told("ATM: somebody else's machine", expected(DEVICE_UNKNOWN), begin(MATCHES, device="no-such-machine"))
    yield from _codes(desk, str(begun.told["reference"]))


def _by_visit_code(desk: _Desk) -> Iterator[Result]:
    def begin(visit_code: str) -> Answer:
        return desk.post(visit_code=visit_code, mobile=_MOBILE)

    yield told("ATM: a visit code instead of the number", "201", begin(OF_VISIT))
    yield told(f"ATM: {VISIT_CODE_UNKNOWN.slug}", expected(VISIT_CODE_UNKNOWN), begin(_NO_VISIT))
    yield told("ATM: neither number nor visit code", "422 invalid-input", begin(""))
    of_border = str(begin(OF_BORDER_VISIT).told.get("reference"))
    finger = desk.found("", visit_code=OF_BORDER_VISIT)
    confirmed = desk.post(of_border, "confirmation", code=RIGHT_CODE, fingerprint=finger)
    yield told("ATM: a finger with the visit code", "200", confirmed)


def _of_every_machine(desk: _Desk, visit: Any) -> Iterator[Result]:
    once = desk.found(MATCHES)
    yield told("a result of the reader", "201", visit(MATCHES, fingerprint=once))
    again = visit(MATCHES, fingerprint=once)
    yield told("the same result in another call", expected(FINGERPRINT_NOT_READABLE), again)
    of_another = visit(MATCHES, fingerprint=desk.found(BORDER_NUMBER))
    yield told("a result of another person", expected(FINGERPRINT_NOT_READABLE), of_another)
    yield told("no result at all", expected(FINGERPRINT_NOT_READABLE), visit(MATCHES, fingerprint="abc"))
    yield told("a counter that did not rise", expected(COUNTER_NOT_RISEN), visit(MATCHES, counter=1))
    yield told("somebody else's machine", expected(DEVICE_UNKNOWN), visit(MATCHES, device="no-such-machine"))


def _codes(desk: _Desk, reference: str) -> Iterator[Result]:
    yield told("another code", "200", desk.post(reference, "code"))
    for code, kind in {_WRONG_CODE: CODE_WRONG, **OF_CODES}.items():
        judge = waits if kind.can_retry else told
        yield judge(f"confirm: {kind.slug}", expected(kind), desk.post(reference, "confirmation", code=code))
    call = desk.call(reference, "confirmation", code=RIGHT_CODE)
    confirmed = desk.send(desk.signer.signed(call))
    yield told("confirm: the right code", "200", confirmed)
    yield replayed("confirm: the same call again", "200", confirmed, desk.send(desk.signer.signed(call)))
