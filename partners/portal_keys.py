"""The portal's own keys: the first of settings.SIGNING_KEYS signs, all of them are told, so that a new one can be known before
it signs, and an old one as long as something signed by it is on its way."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from joserfc.jwk import OKPKey

from core import signing_keys


@dataclass(frozen=True)
class SigningKey:
    """`keyid` is the key's own thumbprint (RFC 7638); `pem` is private, `public` a JSON Web Key."""

    keyid: str
    pem: str
    public: dict[str, Any]


def signing() -> SigningKey:
    return _read(settings.SIGNING_KEYS[0])


def public() -> dict[str, Any]:
    """As a JSON Web Key Set (RFC 7517)."""
    return {"keys": [_read(key).public for key in settings.SIGNING_KEYS]}


@cache
def _read(key: str) -> SigningKey:
    pem = signing_keys.pem_of(key)
    known = OKPKey.import_key(pem)
    keyid = known.thumbprint()
    public = known.as_dict(private=False) | {"kid": keyid, "use": "sig", "alg": "EdDSA"}
    return SigningKey(keyid, pem, public)
