"""Keeping a text so that only this installation can read it, and comparing a secret without keeping it."""

import base64
import hashlib
import hmac
from functools import cache

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
    return _digest(settings.SEALING_KEYS[0], purpose, parts)


def is_digest(claimed: str, purpose: str, *parts: str) -> bool:
    """Whether `digest` made it, now or before the keys were changed. Compares in constant time."""
    return any([same(claimed, _digest(secret, purpose, parts)) for secret in settings.SEALING_KEYS])  # noqa: C419


def same(one: str, other: str) -> bool:
    """Compares in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


def _digest(secret: str, purpose: str, parts: tuple[str, ...]) -> str:
    begun = _keyed(secret, purpose).copy()
    begun.update(_SEPARATOR.join(parts).encode())
    return begun.hexdigest()


@cache
def _keyed(secret: str, purpose: str) -> hmac.HMAC:
    """To be copied: taking the key in is half of the work."""
    return hmac.new(hashlib.sha256(f"{purpose}{_SEPARATOR}{secret}".encode()).digest(), digestmod="sha256")


def _keys() -> MultiFernet:
    return _keys_of(tuple(settings.SEALING_KEYS))


@cache
def _keys_of(secrets: tuple[str, ...]) -> MultiFernet:
    return MultiFernet(
        [Fernet(base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest())) for secret in secrets]
    )
