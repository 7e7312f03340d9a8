"""One HTTP call to an operator, with an end (security.md, time-outs), whatever the operator does meanwhile."""

import base64
import json as jsons
import time
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import urlencode

import httpcore

from messaging.gateways.base import SEND_SECONDS, TemporaryFailure

_CONNECT_SECONDS = 2
_ANSWER_AT_MOST = 64 * 1024


class Answer(NamedTuple):
    status: int
    content: bytes


def call(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    content: bytes = b"",
    json: Any = None,
    data: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
    auth: tuple[str, str] | None = None,
) -> Answer:
    """`json`, `data` (a form) or `content` is the body, `params` the query, `auth` a name and password. Raises
    TemporaryFailure; what it raises holds nothing of the request."""
    sent = dict(headers or {})
    if json is not None:
        content, sent["Content-Type"] = jsons.dumps(json, ensure_ascii=False).encode(), "application/json"
    if data is not None:
        content, sent["Content-Type"] = urlencode(data, doseq=True).encode(), "application/x-www-form-urlencoded"
    if auth:
        sent["Authorization"] = f"Basic {base64.b64encode(':'.join(auth).encode()).decode()}"
    if params:
        url += ("&" if "?" in url else "?") + urlencode(params, doseq=True)
    return _exchange(method, url, [(name.encode(), value.encode()) for name, value in sent.items()], content)


def _exchange(method: str, url: str, headers: list[tuple[bytes, bytes]], content: bytes) -> Answer:
    try:
        with _pool().stream(
            method, url, headers=headers, content=content or None, extensions={"timeout": _TimeOuts()}
        ) as response:
            return Answer(response.status, _read(response))
    except (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout):
        raise TemporaryFailure("unreachable") from None
    except httpcore.TimeoutException:
        raise TemporaryFailure("no_answer", may_have_arrived=True) from None
    except (httpcore.NetworkError, httpcore.RemoteProtocolError):
        raise TemporaryFailure("answer_lost", may_have_arrived=True) from None


def _read(response: httpcore.Response) -> bytes:
    read = bytearray()
    for piece in response.iter_stream():
        read += piece
        if len(read) > _ANSWER_AT_MOST:
            raise TemporaryFailure("unreadable_answer", may_have_arrived=True)
    return bytes(read)


class _Deadline(float):
    """Seconds that are left when a phase of the call begins, and the moment when they are over."""

    ends: float


class _TimeOuts(dict[str, float]):
    """By phase (connect, write, read, pool), asked for as each begins: what the whole call still has."""

    def __init__(self) -> None:
        super().__init__()
        self.ends = time.monotonic() + SEND_SECONDS

    def get(self, phase: str, default: object = None) -> _Deadline:
        left = max(0.001, self.ends - time.monotonic())
        deadline = _Deadline(min(left, _CONNECT_SECONDS) if phase in ("connect", "pool") else left)
        deadline.ends = self.ends
        return deadline


class _Stream(httpcore.NetworkStream):
    """Each read ends with the call: an answer that drips in, headers or body, would begin its time anew with each byte."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if isinstance(timeout, _Deadline):
            timeout = timeout.ends - time.monotonic()
            if timeout <= 0:
                raise httpcore.ReadTimeout
        return self._stream.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(self, *args: Any, **kwargs: Any) -> "_Stream":
        return _Stream(self._stream.start_tls(*args, **kwargs))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Backend(httpcore.SyncBackend):
    def connect_tcp(self, *args: Any, **kwargs: Any) -> _Stream:
        return _Stream(super().connect_tcp(*args, **kwargs))


@cache
def _pool() -> httpcore.ConnectionPool:
    return httpcore.ConnectionPool(max_connections=None, keepalive_expiry=5, network_backend=_Backend())
