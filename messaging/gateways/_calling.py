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


def call(method: str, url: str, **request: Any) -> Answer:
    """`request` is httpx's. Raises TemporaryFailure; what it raises holds nothing of the request."""
    ends = time.monotonic() + SEND_SECONDS
    try:
        with _client().stream(method, url, **request) as response:
            return Answer(response.status_code, _read(response, ends))
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
    timeout = httpx.Timeout(SEND_SECONDS - _CONNECT_SECONDS, connect=_CONNECT_SECONDS)
    return httpx.Client(timeout=timeout, follow_redirects=False)
