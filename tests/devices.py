"""Kiosks and ATMs with keys of their own, and the programs of those who run them. Loaded as a plug-in by tests/conftest.py."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import pytest
from django.urls import reverse
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey

from accounts.models import User
from core.signatures import new_nonce, new_private_key, public_key_of
from partners.actions import admission
from partners.conformance import Answer
from partners.models import Device, Kind, Partner
from partners.states import State
from partners.words import Mode, Purpose
from tests.programs import Program, admit, agreement_of

EVERY_PURPOSE = tuple(Purpose)
BOTH = {"right_index": {"reference": "r-1", "score": 0.97}, "left_index": {"reference": "l-1", "score": 0.95}}
ONE = {"right_index": BOTH["right_index"]}


@dataclass
class Machine:
    """A device, its private key and its counter; and its owner's program, which signs the calls."""

    device: Device
    private_key: str
    program: Program
    fingers: dict[str, Any]
    counter: "count[int]" = field(default_factory=lambda: count(1))

    def finds(self, id_number: str, /, result: str = "matched", **other: Any) -> str:
        """What the reader found, signed."""
        told = {
            "device": self.device.identifier, "id_number": id_number, "result": result, "fingers": self.fingers,
            "at": int(time.time()), "nonce": new_nonce(),
        }  # fmt: skip
        return self.signed(told | other)

    def signed(self, told: Any, **header: Any) -> str:
        is_curve = self.device.algorithm.startswith("ecdsa")
        known = {
            "alg": "ES256" if is_curve else "Ed25519",
            "kid": self.device.identifier,
            "typ": "fingerprint+jwt",
        } | header
        key = (ECKey if is_curve else OKPKey).import_key(self.private_key)
        payload = told if isinstance(told, str) else json.dumps(told)
        return jws.serialize_compact(known, payload, key, registry=jws.JWSRegistry(algorithms=[known["alg"]]))

    def post(self, operation: str, *reference: str, key: str = "", **said: Any) -> Answer:
        known = {"device": self.device.identifier, "counter": said.pop("counter", None) or next(self.counter)}
        call = self.program.call("POST", reverse(f"partner_api:{operation}", args=reference))
        if key:
            call.headers["Idempotency-Key"] = key
        return self.program.send(self.program.signed(replace(call, body=json.dumps(known | said).encode())))

    def get(self, operation: str, reference: str) -> Answer:
        return self.program.get(reverse(f"partner_api:{operation}", args=[reference]))


class Kiosk(Machine):
    def visit(
        self, purpose: str, person: User | str, mobile: str = "", *, finds: str = "matched", **other: Any
    ) -> Answer:
        id_number = person if isinstance(person, str) else person.id_number
        said: dict[str, Any] = {"purpose": purpose, "id_number": id_number}
        said |= {"fingerprint": self.finds(id_number, finds)} | ({"mobile": mobile} if mobile else {})
        return self.post("begin_visit", **said | other)

    def confirm(self, reference: str, code: str, **other: Any) -> Answer:
        return self.post("confirm_visit", reference, code=code, **other)

    def state_of(self, reference: str) -> str:
        return self.get("about_visit", reference).told["state"]


class Atm(Machine):
    def begin(self, person: User, **other: Any) -> Answer:
        return self.post("begin_at_atm", **{"id_number": person.id_number, "mobile": person.mobile} | other)

    def confirm(self, reference: str, code: str, **other: Any) -> Answer:
        return self.post("confirm_at_atm", reference, code=code, **other)


def problem(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.told["type"].rpartition("/")[2]


def live(slug: str, kind: Kind, mode: Mode, purposes: tuple[Purpose, ...]) -> Partner:
    partner = admit(slug, kind, modes=(mode,), purposes=purposes)
    admission.change(partner, agreement_of(partner), state=State.LIVE, actor=None)
    partner.refresh_from_db()
    return partner


def place(partner: Partner, identifier: str, kind: Device.Kind, algorithm: str = "ed25519") -> tuple[Device, str]:
    """A new device and its private key."""
    private_key = new_private_key(algorithm)
    public = public_key_of(private_key)
    device = Device(
        partner=partner, identifier=identifier, kind=kind, place_ar="بهو البلدية", place_en="Town hall",
        algorithm=public.algorithm, public_key=public.pem,
    )  # fmt: skip
    admission.save_device(device, actor=None)
    return device, private_key


@pytest.fixture
def operator(db: None) -> Partner:
    """Runs kiosks, and may do everything there."""
    return live("riyadh-kiosks", Kind.KIOSK_OPERATOR, Mode.KIOSK, EVERY_PURPOSE)


@pytest.fixture
def make_kiosk(make_program: Callable[..., Program]) -> Callable[..., Kiosk]:
    def make(partner: Partner, identifier: str, program: Program | None = None, algorithm: str = "ed25519") -> Kiosk:
        device, private_key = place(partner, identifier, Device.Kind.KIOSK, algorithm)
        return Kiosk(device, private_key, program or make_program(partner), BOTH)

    return make


@pytest.fixture
def kiosk(operator: Partner, make_kiosk: Callable[..., Kiosk]) -> Kiosk:
    return make_kiosk(operator, "kiosk-1")


@pytest.fixture
def second_kiosk(operator: Partner, kiosk: Kiosk, make_kiosk: Callable[..., Kiosk]) -> Kiosk:
    """Of the same operator."""
    return make_kiosk(operator, "kiosk-2", kiosk.program)


@pytest.fixture
def make_atm(make_program: Callable[..., Program]) -> Callable[..., Atm]:
    def make(partner: Partner, identifier: str) -> Atm:
        device, private_key = place(partner, identifier, Device.Kind.ATM)
        return Atm(device, private_key, make_program(partner), ONE)

    return make


@pytest.fixture
def network(db: None) -> Partner:
    return live("riyadh-atms", Kind.ATM_NETWORK, Mode.ATM, (Purpose.ACTIVATION, Purpose.LIFT_OF_PAUSE))


@pytest.fixture
def atm(network: Partner, make_atm: Callable[..., Atm]) -> Atm:
    return make_atm(network, "atm-1")
