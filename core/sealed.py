"""Keeping a text so that only this installation can read it, and comparing a secret without keeping it."""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

_SEPARATOR = "\x1f"


class Unreadable(Exception):
    """The seal was made with a key this installation does not have (any more), or was altered."""


def seal(text: str) -> str:
    """Authenticated encryption (Fernet) with the first of settings.SEALING_KEYS."""
    return _keys().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Raises Unreadable."""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Unreadable from None


def digest(purpose: str, *parts: str) -> str:
    """64 hex digits: HMAC-SHA256 of the parts under a key of its own for each purpose."""
    key = hashlib.sha256(f"{purpose}{_SEPARATOR}{settings.SEALING_KEYS[0]}".encode()).digest()
    return hmac.new(key, _SEPARATOR.join(parts).encode(), hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Compares in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(_fernet_key(secret)) for secret in settings.SEALING_KEYS])


def _fernet_key(secret: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest())
