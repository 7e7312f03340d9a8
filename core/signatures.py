"""HTTP Message Signatures (RFC 9421) as the portal and its partners use them: one signature over the method, the address and
the digest of the body (also of an empty one), with the time, a nonce and the name of the key."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import http_sf
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as new_ec_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from http_message_signatures import (
    ContentDigest,
    HTTPMessageSignaturesException,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureAlgorithm,
    MappingKeyResolver,
)
from http_message_signatures.algorithms import ECDSA_P256_SHA256, ED25519

from core.calling import HttpCall

COVERED = ("@method", "@target-uri", "content-digest")
ALGORITHMS: dict[str, type[HTTPSignatureAlgorithm]] = {
    algorithm.algorithm_id: algorithm for algorithm in (ED25519, ECDSA_P256_SHA256)
}
_HEADERS = ("content-digest", "signature-input", "signature")
# As they are parsed: a name, and no parameters of it.
_COVERED_ITEMS = sorted(str((name, {})) for name in COVERED)
_NEEDED = {"created", "keyid", "nonce"}
_Private = Ed25519PrivateKey | EllipticCurvePrivateKey
_Public = Ed25519PublicKey | EllipticCurvePublicKey


class NotSigned(Exception):
    """`reason` is for the log of whoever checks, never for whoever calls."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class KeyRefused(Exception):
    """`reason`: private_key, unreadable or unsupported."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Claimed:
    """What a signature says of itself, before anybody has checked it. `created` in seconds since 1970."""

    keyid: str
    nonce: str
    created: int


@dataclass(frozen=True)
class PublicKey:
    """`pem` in one spelling, whatever was typed."""

    algorithm: str
    pem: str


def sign(
    call: HttpCall,
    *,
    keyid: str,
    private_key: str,
    created: datetime | None = None,
    nonce: str = "",
    covered: Sequence[str] = COVERED,
) -> dict[str, str]:
    """The three headers for the call. `private_key` is PEM; time and nonce are this moment's unless given."""
    key = _private_key(private_key)
    message = HttpCall(call.method, call.url, headers={"Content-Digest": ContentDigest.create(call.body)})
    signer = HTTPMessageSigner(
        signature_algorithm=ALGORITHMS[_algorithm_of(key)],
        key_resolver=MappingKeyResolver(public_keys={}, private_keys={keyid: key}),
    )
    signer.sign(
        message,
        key_id=keyid,
        created=created or datetime.now(UTC),
        nonce=nonce or new_nonce(),
        label="sig1",
        include_alg=False,
        covered_component_ids=covered,
        use_existing_digest=True,
    )
    return message.headers


def claimed(headers: Mapping[str, str]) -> Claimed:
    """Reads the one signature of a call. Raises NotSigned when it covers or says something else than it must."""
    found = _parsed(headers.get("signature-input", ""))
    if len(found) != 1:
        raise NotSigned("not_one_signature")
    ((components, parameters),) = found.values()
    if not isinstance(components, list) or sorted(map(str, components)) != _COVERED_ITEMS:
        raise NotSigned("other_components")
    if not _NEEDED <= set(parameters) <= _NEEDED | {"alg"}:
        raise NotSigned("other_parameters")
    keyid, nonce, created = (parameters[name] for name in ("keyid", "nonce", "created"))
    if type(keyid) is not str or type(nonce) is not str or type(created) is not int:
        raise NotSigned("parameters_of_another_type")
    return Claimed(keyid, nonce, created)


def verify(call: HttpCall, *, keyid: str, algorithm: str, public_key: str) -> None:
    """Raises NotSigned. Its time and nonce are for the caller to judge: `claimed` reads them."""
    resolver = MappingKeyResolver(public_keys={keyid: _public_key(public_key)}, private_keys={})
    verifier = _TimelessVerifier(signature_algorithm=ALGORITHMS[algorithm], key_resolver=resolver)
    try:
        results = verifier.verify(call, max_age=None, require_components=COVERED, body=call.body)
    except HTTPMessageSignaturesException:
        raise NotSigned("signature_does_not_hold") from None
    if [result.body for result in results] != [call.body]:
        raise NotSigned("body_not_covered")


def signed_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Those of a call's headers that a signature needs; names in small letters."""
    return {name: headers[name] for name in _HEADERS if name in headers}


def new_nonce() -> str:
    return secrets.token_urlsafe(18)


def new_private_key(algorithm: str) -> str:
    key = Ed25519PrivateKey.generate() if algorithm == ED25519.algorithm_id else new_ec_key(SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_key_of(private_key: str) -> PublicKey:
    return _as_pem(_private_key(private_key).public_key())


def read_public_key(text: str) -> PublicKey:
    """Raises KeyRefused."""
    if "PRIVATE" in text.upper():
        raise KeyRefused("private_key")
    try:
        key = load_pem_public_key(text.strip().encode())
    except (ValueError, UnsupportedAlgorithm):
        raise KeyRefused("unreadable") from None
    if not isinstance(key, _Public):
        raise KeyRefused("unsupported")
    return _as_pem(key)


class _TimelessVerifier(HTTPMessageVerifier):
    """The library would ask this machine's clock."""

    def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
        pass


def _parsed(field_value: str) -> dict[str, Any]:
    try:
        parsed = http_sf.parse(field_value.encode(), tltype="dictionary", on_duplicate_key=_refuse_duplicate)
    except (ValueError, TypeError, RecursionError):
        raise NotSigned("unreadable") from None
    return parsed if isinstance(parsed, dict) else {}


def _refuse_duplicate(key: str, context: str) -> None:
    raise NotSigned("said_twice")


def _private_key(pem: str) -> _Private:
    """Raises KeyRefused."""
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyRefused("unreadable") from None
    if not isinstance(key, _Private):
        raise KeyRefused("unsupported")
    return key


@lru_cache(512)
def _public_key(pem: str) -> _Public:
    key = load_pem_public_key(pem.encode())
    assert isinstance(key, _Public)
    return key


def _as_pem(key: _Public) -> PublicKey:
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return PublicKey(_algorithm_of(key), pem)


def _algorithm_of(key: _Private | _Public) -> str:
    """Raises KeyRefused for another curve than P-256."""
    if isinstance(key, Ed25519PrivateKey | Ed25519PublicKey):
        return ED25519.algorithm_id
    if not isinstance(key.curve, SECP256R1):
        raise KeyRefused("unsupported")
    return ECDSA_P256_SHA256.algorithm_id
