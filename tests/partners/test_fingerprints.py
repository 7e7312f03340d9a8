"""What a reader found, as its machine signed it: only for this device, person, moment and call, and only surely."""

import base64
import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import OctKey, OKPKey

from accounts.models import User
from activation.actions import at_machines
from activation.fingerprints import Named
from activation.models import ActivationCase, UsedFingerprint
from activation.tasks import purge_machines
from core import clock
from core.signatures import new_nonce, new_private_key
from messaging.models import Message
from partners.models import Device, Partner
from tests.devices import BOTH, ONE, Kiosk, problem

pytestmark = pytest.mark.django_db

NOT_READABLE = (422, "fingerprint-not-readable")


def _begin(kiosk: Kiosk, resident: User, signed: str) -> tuple[int, str]:
    answer = kiosk.visit("activation", resident, resident.mobile, fingerprint=signed)
    return (answer.status, "") if answer.status == 201 else problem(answer)


def _part(told: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(told).encode()).rstrip(b"=").decode()


def _unsigned(kiosk: Kiosk, resident: User) -> str:
    head, payload, _signature = kiosk.finds(resident.id_number).split(".")
    assert head
    return f"{_part({'alg': 'none', 'kid': 'kiosk-1', 'typ': 'fingerprint+jwt'})}.{payload}."


def _by_the_public_key_as_a_secret(kiosk: Kiosk, resident: User) -> str:
    payload = base64.urlsafe_b64decode(kiosk.finds(resident.id_number).split(".")[1] + "==")
    head = {"alg": "HS256", "kid": "kiosk-1", "typ": "fingerprint+jwt"}
    # The library refuses a key in PEM as a secret; an attacker's would not.
    key = OctKey.import_key(base64.b64encode(kiosk.device.public_key.encode()))
    return jws.serialize_compact(head, payload, key, algorithms=["HS256"])


def _by_another_key(kiosk: Kiosk, resident: User) -> str:
    kiosk.private_key = new_private_key("ed25519")
    return kiosk.finds(resident.id_number)


def _with_its_key_in_the_header(kiosk: Kiosk, resident: User) -> str:
    own = new_private_key("ed25519")
    head = {
        "alg": "Ed25519",
        "kid": "kiosk-1",
        "typ": "fingerprint+jwt",
        "jwk": OKPKey.import_key(own).as_dict(private=False),
    }
    payload = base64.urlsafe_b64decode(kiosk.finds(resident.id_number).split(".")[1] + "==")
    return jws.serialize_compact(head, payload, OKPKey.import_key(own), algorithms=["Ed25519"])


def _with_another_payload(kiosk: Kiosk, resident: User) -> str:
    head, payload, signature = kiosk.finds(resident.id_number, "not_matched").split(".")
    told = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return f"{head}.{_part(told | {'result': 'matched'})}.{signature}"


def _told(kiosk: Kiosk, resident: User) -> dict[str, Any]:
    return {
        "device": "kiosk-1", "id_number": resident.id_number, "result": "matched", "fingers": BOTH,
        "at": int(time.time()), "nonce": new_nonce(),
    }  # fmt: skip


def _differing(**other: Any) -> Callable[[Kiosk, User], str]:
    return lambda kiosk, resident: kiosk.signed(_told(kiosk, resident) | other)


def _at(of_now: Callable[[float], Any]) -> Callable[[Kiosk, User], str]:
    return lambda kiosk, resident: kiosk.finds(resident.id_number, at=of_now(time.time()))


def _headed(**header: Any) -> Callable[[Kiosk, User], str]:
    return lambda kiosk, resident: kiosk.signed(_told(kiosk, resident), **header)


def _saying(told: Any) -> Callable[[Kiosk, User], str]:
    return lambda kiosk, resident: kiosk.signed(told)


def _without(name: str) -> Callable[[Kiosk, User], str]:
    return lambda kiosk, resident: kiosk.signed(
        {key: value for key, value in _told(kiosk, resident).items() if key != name}
    )


BAD: dict[str, Callable[[Kiosk, User], str]] = {
    "no algorithm": _unsigned,
    "the public key as a secret": _by_the_public_key_as_a_secret,
    "another key": _by_another_key,
    "a key of its own in the header": _with_its_key_in_the_header,
    "another payload than was signed": _with_another_payload,
    "another device in the header": _headed(kid="kiosk-2"),
    "a kind of token that it is not": _headed(typ="JWT"),
    "no kind of token": _headed(typ=""),
    "one more header": _headed(cty="json"),
    "another device in the payload": _differing(device="kiosk-2"),
    "another person": _differing(id_number="2123456788"),
    "a number in other digits": _differing(id_number="٢٠٠٠٠٠٠٠٠٦"),
    "three minutes ago": _at(lambda now: int(now) - 180),
    "in three minutes": _at(lambda now: int(now) + 180),
    "a time in text": _at(lambda now: str(int(now))),
    "a time with a fraction": _at(lambda now: int(now) + 0.5),
    "a time before all time": _differing(at=-(10**30)),
    "one finger": _differing(fingers=ONE),
    "no finger": _differing(fingers={}),
    "a thumb": _differing(fingers=BOTH | {"right_thumb": BOTH["right_index"]}),
    "a score above one": _differing(fingers=BOTH | {"right_index": {"reference": "r", "score": 1.5}}),
    "a score in text": _differing(fingers=BOTH | {"right_index": {"reference": "r", "score": "0.99"}}),
    "a score that is none": _saying('{"fingers": {"right_index": {"reference": "r", "score": NaN}}}'),
    "no reference": _differing(fingers=BOTH | {"right_index": {"score": 0.99}}),
    "a long reference": _differing(fingers=BOTH | {"right_index": {"reference": "r" * 65, "score": 0.99}}),
    "a short nonce": _differing(nonce="abc"),
    "a nonce with a line break": _differing(nonce="abcdefghijklmnop\n"),
    "another result": _differing(result="perhaps"),
    "one more field": _differing(also="this"),
    "no JSON": _saying("matched"),
    "a list": _saying([1, 2, 3]),
    "deeply nested": _saying("[" * 2000),
    "nothing": _saying(""),
    "no time": _without("at"),
    "no nonce": _without("nonce"),
    "no fingers": _without("fingers"),
    "no token": lambda kiosk, resident: "abc",
    "three dots": lambda kiosk, resident: "...",
    "four parts": lambda kiosk, resident: kiosk.finds(resident.id_number) + ".x",
    "no letters of the alphabet": lambda kiosk, resident: "بصمة.بصمة.بصمة",
    "a header that is a list": lambda kiosk, resident: f"{_part(['alg'])}.{_part({})}.c2ln",
    "a header that is a text": lambda kiosk, resident: f"{_part('alg')}.{_part({})}.c2ln",
    "an algorithm that is a list": lambda kiosk, resident: f"{_part({'alg': ['Ed25519']})}.{_part({})}.c2ln",
}


@pytest.mark.parametrize("make", BAD.values(), ids=BAD.keys())
def test_what_is_not_surely_of_this_device_person_and_moment_is_refused_and_changes_nothing(
    make: Callable[[Kiosk, User], str], kiosk: Kiosk, second_kiosk: Kiosk, resident: User
) -> None:
    assert _begin(kiosk, resident, make(kiosk, resident)) == NOT_READABLE
    assert not (ActivationCase.objects.exists() or Message.objects.exists() or UsedFingerprint.objects.exists())


@pytest.mark.parametrize("length", [4097, 100_000])
def test_a_result_that_is_too_long_is_no_input(length: int, kiosk: Kiosk, resident: User) -> None:
    assert _begin(kiosk, resident, "x" * length) == (422, "invalid-input")


def test_a_result_of_another_device_is_refused(kiosk: Kiosk, second_kiosk: Kiosk, resident: User) -> None:
    assert _begin(kiosk, resident, second_kiosk.finds(resident.id_number)) == NOT_READABLE


def test_a_result_is_used_once_by_whichever_device_signed_it(kiosk: Kiosk, second_kiosk: Kiosk, resident: User) -> None:
    found = kiosk.finds(resident.id_number, nonce="a-nonce-of-a-device")
    assert _begin(kiosk, resident, found) == (201, "")
    assert _begin(kiosk, resident, found) == NOT_READABLE
    assert _begin(kiosk, resident, kiosk.finds(resident.id_number, nonce="a-nonce-of-a-device")) == NOT_READABLE
    other = second_kiosk.finds(resident.id_number, nonce="a-nonce-of-a-device")
    assert _begin(second_kiosk, resident, other) == (429, "codes-rest"), "Nonces are those of one device."


@pytest.mark.parametrize(
    "other",
    [{"result": "not_matched"}, {"fingers": BOTH | {"left_index": {"reference": "l", "score": 0.89}}},
     {"result": "taken", "fingers": BOTH | {"left_index": {"reference": "l", "score": 0.2}}}],
)  # fmt: skip
def test_fingers_that_do_not_surely_match_prove_nobody(other: dict[str, Any], kiosk: Kiosk, resident: User) -> None:
    found = kiosk.finds(resident.id_number, **other)
    assert _begin(kiosk, resident, found) == (409, "fingerprint-not-matched")
    assert _begin(kiosk, resident, found) == NOT_READABLE
    assert not (ActivationCase.objects.exists() or Message.objects.exists())


@pytest.mark.parametrize(
    ("algorithm", "named"), [("ed25519", "Ed25519"), ("ed25519", "EdDSA"), ("ecdsa-p256-sha256", "ES256")]
)
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_both_kinds_of_key_sign_by_every_name_they_have(
    algorithm: str, named: str, operator: Partner, resident: User, make_kiosk: Callable[..., Kiosk]
) -> None:
    kiosk = make_kiosk(operator, "kiosk-1", algorithm=algorithm)
    assert _begin(kiosk, resident, kiosk.signed(_told(kiosk, resident), alg=named)) == (201, "")


def test_a_device_without_a_key_finds_nothing(kiosk: Kiosk, resident: User) -> None:
    device = Device(identifier="atm-1", kind="atm")
    machine = at_machines.Machine(device, "call")
    with pytest.raises(at_machines.fingerprints.NotReadable, match="device_without_key"):
        at_machines.read(kiosk.finds(resident.id_number), machine, Named(resident.id_number), "atm")


def test_what_cannot_come_again_is_forgotten(kiosk: Kiosk, resident: User) -> None:
    _begin(kiosk, resident, kiosk.finds(resident.id_number))
    purge_machines()
    assert UsedFingerprint.objects.count() == 1
    UsedFingerprint.objects.update(used_at=clock.ahead(-timedelta(minutes=11)))
    purge_machines()
    assert not UsedFingerprint.objects.exists()
