"""What the reader of a kiosk or an ATM found, as the machine signed it: a compact JWS (RFC 7515) by the key of the device, for
one person, one moment and one call."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import structlog
from django.db import connection
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from activation.channels.base import ChannelPolicy
from activation.models import Fingerprint, UsedFingerprint
from core import clock
from partners.models import Device

LONGEST = 4096
TOLERANCE_SECONDS = 120
TYPE = "fingerprint+jwt"
_NAMES = {"right_index", "left_index"}
# By the algorithm of the device's key. EdDSA is what Ed25519 was called before RFC 9864.
_KEYS: dict[str, tuple[type[OKPKey | ECKey], set[str]]] = {
    "ed25519": (OKPKey, {"Ed25519", "EdDSA"}),
    "ecdsa-p256-sha256": (ECKey, {"ES256"}),
}
log = structlog.get_logger(__name__)


class NotReadable(Exception):
    """`reason` is for the log; the machine is told only that it has to ask for the fingers again."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotMatched(Exception):
    """The fingers are not, or not surely enough, those on file."""


@dataclass(frozen=True)
class Named:
    """By what the person of a call is known: the ID number, and the visit codes that may be typed in its place."""

    id_number: str
    visit_codes: frozenset[str] = frozenset()

    def is_meant_by(self, id_number: str, visit_code: str) -> bool:
        """Whether the one that was signed is right."""
        return (id_number, visit_code) in {(self.id_number, ""), *(("", code) for code in self.visit_codes)}


class _Exact(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Finger(_Exact):
    reference: str = Field(min_length=1, max_length=64)
    score: float = Field(ge=0, le=1)


class _Result(_Exact):
    device: str
    id_number: str = ""
    visit_code: str = ""
    result: Literal["matched", "not_matched", "taken"]
    fingers: dict[str, _Finger]
    at: int
    nonce: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/=._-]{16,64}$")]


class _OneAlgorithm(jws.JWSRegistry):
    """Those of the device's key and no other; the library would warn of EdDSA, whose name alone has aged."""

    def get_alg(self, name: str) -> Any:
        if name not in (self.allowed or ()):
            raise NotReadable("other_algorithm")
        return self.algorithms[name]


def read(signed: str, device: Device, person: Named, *, policy: ChannelPolicy, call: str) -> Fingerprint:
    """What was found of the person, in a result that was not used by another `call`. Raises NotReadable, NotMatched."""
    try:
        result = _result(signed, device)
        _judge(result, device, person, policy)
        _burn(device, result.nonce, call)
    except NotReadable as refused:
        log.warning("fingerprint_not_readable", reason=refused.reason, device_id=device.pk)
        raise
    if result.result == "not_matched" or any(f.score < policy.least_score for f in result.fingers.values()):
        raise NotMatched
    return Fingerprint(result.result)


def _result(signed: str, device: Device) -> _Result:
    if len(signed) > LONGEST:
        raise NotReadable("too_long")
    try:
        return _Result.model_validate_json(_verified(signed, device))
    except ValidationError:
        raise NotReadable("no_result") from None


def _verified(signed: str, device: Device) -> bytes:
    if device.algorithm not in _KEYS:
        raise NotReadable("device_without_key")
    kind, algorithms = _KEYS[device.algorithm]
    try:
        found = jws.deserialize_compact(
            signed, kind.import_key(device.public_key), registry=_OneAlgorithm(algorithms=algorithms)
        )
    except (JoseError, ValueError, TypeError):
        raise NotReadable("signature_does_not_hold") from None
    if found.headers() != {"alg": found.headers()["alg"], "kid": device.identifier, "typ": TYPE}:
        raise NotReadable("other_header")
    return found.payload


def _judge(result: _Result, device: Device, person: Named, policy: ChannelPolicy) -> None:
    if result.device != device.identifier or not person.is_meant_by(result.id_number, result.visit_code):
        raise NotReadable("of_another_device_or_person")
    if abs(clock.read().timestamp() - result.at) > TOLERANCE_SECONDS:
        raise NotReadable("not_now")
    if not set(result.fingers) <= _NAMES or len(result.fingers) < policy.fingers:
        raise NotReadable("finger_missing")


def _burn(device: Device, nonce: str, call: str) -> None:
    """One INSERT, so of any number of calls at once one has the result."""
    table = connection.ops.quote_name(UsedFingerprint._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (device_id, nonce, call, used_at) VALUES (%s, %s, %s, {clock.sql_ahead()})"
            " ON CONFLICT DO NOTHING",
            [device.pk, nonce, call],
        )
        is_first = cursor.rowcount == 1
    if not (is_first or UsedFingerprint.objects.filter(device=device, nonce=nonce, call=call).exists()):
        raise NotReadable("nonce_used")
