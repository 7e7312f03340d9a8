"""A bank with its key, and its program, which calls the portal. Loaded as a plug-in by tests/conftest.py."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from core.calling import HttpCall
from core.signatures import new_private_key, public_key_of
from partners.actions import admission
from partners.actions.admission import Agreement
from partners.conformance import Answer, Signer
from partners.models import Kind, Partner
from partners.states import State
from partners.words import Mode, Purpose

_kept = threading.local()


def _client() -> Client:
    """One a thread: a new one sets up the middleware before its first call."""
    if not hasattr(_kept, "client"):
        _kept.client = Client(raise_request_exception=False)
    return _kept.client


@dataclass(frozen=True)
class Program(Signer):
    """Signs with the partner's key and sends through Django's test client, from one address."""

    address: str = "198.51.100.20"

    def send(self, call: HttpCall) -> Answer:
        headers = dict(call.headers)
        content_type = headers.pop("Content-Type", "")
        path = call.url.removeprefix(self.base_url)
        response = _client().generic(
            call.method, path, call.body, content_type=content_type, headers=headers, REMOTE_ADDR=self.address
        )
        is_json = "json" in response.get("Content-Type", "")
        told = json.loads(response.content) if is_json and response.content else None
        return Answer(response.status_code, {name.lower(): told for name, told in response.headers.items()}, told)

    def get(self, path: str = "/api/v1/partner") -> Answer:
        return self.send(self.signed(self.call("GET", path)))

    def say(self, say: str = "hello", *, key: str = "") -> Answer:
        call = self.call(say=say)
        if key:
            call.headers["Idempotency-Key"] = key
        return self.send(self.signed(call))

    def from_address(self, address: str) -> "Program":
        return replace(self, address=address)


def admit(slug: str = "riyadh-bank", kind: Kind = Kind.BANK, **agreed: Any) -> Partner:
    known: dict[str, Any] = {
        "name_ar": "بنك التجربة",
        "name_en": "Trial Bank",
        "modes": (Mode.APP, Mode.ATM),
        "purposes": (Purpose.ACTIVATION,),
    }
    return admission.admit(slug, kind, Agreement(**(known | agreed)), actor=None)


def agreement_of(partner: Partner, **changed: Any) -> Agreement:
    names = Agreement.__dataclass_fields__
    return Agreement(**({name: getattr(partner, name) for name in names} | changed))


@pytest.fixture
def bank(db: None) -> Partner:
    """Live, with the modes app and ATM, for activations."""
    partner = admit()
    admission.change(partner, agreement_of(partner), state=State.LIVE, actor=None)
    partner.refresh_from_db()
    return partner


@pytest.fixture
def make_program() -> Callable[..., Program]:
    """Registers a new key for the partner."""

    def make(partner: Partner, algorithm: str = "ed25519") -> Program:
        private_key = new_private_key(algorithm)
        key = admission.add_key(partner, public_key_of(private_key), actor=None)
        return Program(settings.PUBLIC_URL, key.keyid, private_key)

    return make


@pytest.fixture
def program(bank: Partner, make_program: Callable[..., Program]) -> Program:
    return make_program(bank)


def slug_of(answer: Answer) -> str:
    return str(answer.told["type"]).rpartition("/")[2]
