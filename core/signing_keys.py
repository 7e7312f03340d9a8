"""Private keys as they stand in the environment: the base64 of an Ed25519 key in DER (PKCS #8), on one line."""

import base64
import hashlib

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key


def derived_from(secret: str) -> str:
    """The same key for the same secret, on every node."""
    key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"portal.signing\x1f{secret}".encode()).digest())
    return base64.b64encode(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())).decode()


def is_readable(key: str) -> bool:
    try:
        _read(key)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return True


def pem_of(key: str) -> str:
    return _read(key).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _read(key: str) -> Ed25519PrivateKey:
    """Raises ValueError, TypeError, UnsupportedAlgorithm."""
    read = load_der_private_key(base64.b64decode(key, validate=True), password=None)
    if not isinstance(read, Ed25519PrivateKey):
        raise ValueError
    return read
