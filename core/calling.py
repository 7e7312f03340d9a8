"""One HTTP call to somebody outside, with an end (security.md, time-outs), whatever the other side does meanwhile."""

import base64
import json
import queue
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import urlencode

import httpcore

# Hosts that are called without TLS: nothing leaves the machine.
THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_CONNECT_SECONDS = 2
_ANSWER_AT_MOST = 64 * 1024

# Whether an address may be called.
Guard = Callable[[str], bool]


class CallFailed(Exception):
    """`problem` is a slug: unreachable, address_refused, no_answer, answer_lost or unreadable_answer. `may_have_arrived`: the
    other side may have the call."""

    def __init__(self, problem: str, *, may_have_arrived: bool = False) -> None:
        super().__init__(problem)
        self.problem = problem
        self.may_have_arrived = may_have_arrived


class Answer(NamedTuple):
    status: int
    content: bytes


@dataclass
class HttpCall:
    """`url` is absolute, as the caller wrote it; `method` in capitals."""

    method: str
    url: str
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    def with_json(self, said: Any) -> "HttpCall":
        return self._with("application/json", json.dumps(said, ensure_ascii=False))

    def with_form(self, fields: Mapping[str, Any]) -> "HttpCall":
        return self._with("application/x-www-form-urlencoded", urlencode(fields, doseq=True))

    def with_query(self, fields: Mapping[str, Any]) -> "HttpCall":
        joint = "&" if "?" in self.url else "?"
        return replace(self, url=f"{self.url}{joint}{urlencode(fields, doseq=True)}") if fields else self

    def with_password(self, name: str, password: str) -> "HttpCall":
        """Basic authentication (RFC 7617)."""
        told = base64.b64encode(f"{name}:{password}".encode()).decode()
        return replace(self, headers={**self.headers, "Authorization": f"Basic {told}"})

    def _with(self, media_type: str, body: str) -> "HttpCall":
        return replace(self, body=body.encode(), headers={**self.headers, "Content-Type": media_type})


def exchange(call: HttpCall, *, seconds: float, guard: Guard | None = None) -> Answer:
    """No redirect is followed. With a guard, the name is looked up once and only an address it lets pass is connected to.
    Raises CallFailed, which holds nothing of the call."""
    sent = [(name.encode(), value.encode()) for name, value in call.headers.items()]
    time_outs = {"timeout": _TimeOuts(seconds)}
    try:
        with _pool(guard).stream(
            call.method, call.url, headers=sent, content=call.body or None, extensions=time_outs
        ) as response:
            return Answer(response.status, _read(response))
    except _AddressRefused:
        raise CallFailed("address_refused") from None
    except (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout):
        raise CallFailed("unreachable") from None
    except httpcore.TimeoutException:
        raise CallFailed("no_answer", may_have_arrived=True) from None
    except (httpcore.NetworkError, httpcore.RemoteProtocolError):
        raise CallFailed("answer_lost", may_have_arrived=True) from None


def _read(response: httpcore.Response) -> bytes:
    read = bytearray()
    for piece in response.iter_stream():
        read += piece
        if len(read) > _ANSWER_AT_MOST:
            raise CallFailed("unreadable_answer", may_have_arrived=True)
    return bytes(read)


class _AddressRefused(Exception):
    """The guard lets none of the name's addresses pass."""


class _Deadline(float):
    """Seconds that are left when a phase of the call begins, and the moment when they are over."""

    ends: float


class _TimeOuts(dict[str, float]):
    """By phase (connect, write, read, pool), asked for as each begins: what the whole call still has."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.ends = time.monotonic() + seconds

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
    def __init__(self, guard: Guard | None) -> None:
        self._guard = guard

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, *rest: Any, **more: Any) -> _Stream:
        """The first address that answers. Raises _AddressRefused when there is none that the guard lets pass."""
        allowed = [host]
        if self._guard:
            allowed = list(filter(self._guard, _addresses(host, port, timeout or _CONNECT_SECONDS)))
        failed: Exception = _AddressRefused()
        for address in allowed:
            try:
                return _Stream(super().connect_tcp(address, port, timeout, *rest, **more))
            except httpcore.ConnectError as error:
                failed = error
        raise failed


def _addresses(host: str, port: int, seconds: float) -> list[str]:
    """In a thread of its own: the system's look-up has no time-out. Raises httpcore.ConnectError, ConnectTimeout."""
    found = queue.SimpleQueue[list[str]]()

    def look_up() -> None:
        with suppress(OSError, UnicodeError):
            known = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            return found.put([str(place[4][0]) for place in known])
        return found.put([])

    threading.Thread(target=look_up, name="look-up", daemon=True).start()
    try:
        addresses = found.get(timeout=seconds)
    except queue.Empty:
        raise httpcore.ConnectTimeout from None
    if not addresses:
        raise httpcore.ConnectError
    return addresses


@cache
def _pool(guard: Guard | None) -> httpcore.ConnectionPool:
    return httpcore.ConnectionPool(max_connections=None, keepalive_expiry=5, network_backend=_Backend(guard))
