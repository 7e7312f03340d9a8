"""One HTTP call to an operator, with an end (security.md, time-outs), whatever the operator does meanwhile."""

import time
from functools import cache
from typing import Any, NamedTuple

import httpx

from messaging.gateways.base import SEND_SECONDS, TemporaryFailure

_CONNECT_SECONDS = 2
_ANSWER_AT_MOST = 64 * 1024


class Answer(NamedTuple):
    status: int
    content: bytes


class _Left(dict[str, float]):
    """httpx's time-outs, asked for by phase (connect, write, read, pool) as each begins: what the call still has."""

    def __init__(self) -> None:
        super().__init__()
        self.ends = time.monotonic() + SEND_SECONDS

    def get(self, phase: str, default: object = None) -> float:
        left = max(0.001, self.ends - time.monotonic())
        return min(left, _CONNECT_SECONDS) if phase in ("connect", "pool") else left


def call(method: str, url: str, *, auth: tuple[str, str] | None = None, **request: Any) -> Answer:
    """`request` is httpx's. Raises TemporaryFailure; what it raises holds nothing of the request."""
    left = _Left()
    try:
        built = _client().build_request(method, url, extensions={"timeout": left}, **request)
        response = _client().send(built, auth=auth, stream=True)
        try:
            return Answer(response.status_code, _read(response, left.ends))
        finally:
            response.close()
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
        raise TemporaryFailure("unreachable") from None
    except httpx.TimeoutException:
        raise TemporaryFailure("no_answer", may_have_arrived=True) from None
    except httpx.HTTPError:
        raise TemporaryFailure("answer_lost", may_have_arrived=True) from None


def _read(response: httpx.Response, ends: float) -> bytes:
    """The read time-out starts anew with each byte: an answer that drips in is cut off here."""
    read = bytearray()
    for piece in response.iter_bytes():
        read += piece
        if time.monotonic() > ends:
            raise TemporaryFailure("no_answer", may_have_arrived=True)
        if len(read) > _ANSWER_AT_MOST:
            raise TemporaryFailure("unreadable_answer", may_have_arrived=True)
    return bytes(read)


@cache
def _client() -> httpx.Client:
    return httpx.Client(follow_redirects=False)
