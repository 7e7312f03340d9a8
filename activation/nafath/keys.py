"""The keys of whoever signs tokens. Kept for a while; an unknown key id fetches the list anew, but seldom, so that whoever
invents key ids does not make us call."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

_KEPT_SECONDS, _FETCHED_AT_MOST_EVERY_SECONDS = 3600.0, 30.0
_LEAST_RSA_BITS = 2048

Key = RSAKey | ECKey


class KeyList:
    def __init__(self, fetch: Callable[[], Mapping[str, Any]]) -> None:
        """`fetch` returns a JWK set, and may raise whatever the caller of `find` expects."""
        self._fetch = fetch
        self._lock = threading.Lock()
        self._keys: dict[str, Key] = {}
        self._fetched_at = 0.0
        self._tried_at = 0.0

    def find(self, kid: str) -> Key | None:
        """None when nobody signs with a key of that name. Raises what `fetch` raises when no key is known yet."""
        if kid not in self._keys or time.monotonic() - self._fetched_at > _KEPT_SECONDS:
            self._renew()
        return self._keys.get(kid)

    def _renew(self) -> None:
        with self._lock:
            if self._tried_at and time.monotonic() - self._tried_at < _FETCHED_AT_MOST_EVERY_SECONDS:
                return
            self._tried_at = time.monotonic()
            try:
                self._keys = _usable(self._fetch())
            except Exception:
                # Keys that were good a moment ago are better than none.
                if not self._keys:
                    self._tried_at = 0.0
                    raise
                return
            self._fetched_at = time.monotonic()


def _usable(key_set: Mapping[str, Any]) -> dict[str, Key]:
    """By key id. Whatever is no public key for signatures, or a weak one, is left out."""
    found = key_set.get("keys")
    read = [_read(jwk) for jwk in found if isinstance(jwk, dict)] if isinstance(found, list) else []
    return {key.kid: key for key in read if key and key.kid}


def _read(jwk: dict[str, Any]) -> Key | None:
    if jwk.get("use", "sig") != "sig" or "d" in jwk or not isinstance(jwk.get("kid"), str):
        return None
    try:
        if jwk.get("kty") == "RSA" and _bits(jwk) >= _LEAST_RSA_BITS:
            return RSAKey.import_key(jwk)
        return ECKey.import_key(jwk) if jwk.get("kty") == "EC" else None
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def _bits(jwk: Mapping[str, Any]) -> int:
    """Of the modulus, give or take a byte; joserfc warns of short ones only."""
    return len(str(jwk.get("n", ""))) * 6
