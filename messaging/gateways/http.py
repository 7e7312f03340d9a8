"""Any operator that takes a text by one HTTP call, described by settings.SMS_HTTP."""

import json
import re
import time
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning

from messaging.gateways.base import SEND_SECONDS, Gateway, PermanentRefusal, TemporaryFailure

# security.md, time-outs.
CONNECT_SECONDS = 2
_ANSWER_AT_MOST = 64 * 1024
_PLACEHOLDER = re.compile(r"\{(to|to_digits|text|reference)\}")
# The operator is busy with this very call, with too many of ours, or gave up waiting for it: not a verdict on the message.
_MAY_WORK_LATER = (408, 409, 429)
_LOCAL = ("localhost", "127.0.0.1", "::1")


class Http(Gateway):
    name = "http"

    @property
    def knows_repeats(self) -> bool:
        """Who asks for the reference is expected to look at it."""
        return _carries_reference()

    def send(self, *, to: str, text: str, reference: str) -> str:
        values = {"to": to, "to_digits": to.removeprefix("+"), "text": text, "reference": reference}
        answer = self._call(_request(values))
        _judge_status(answer.status_code)
        _judge_answer(answer)
        return str(_at_path(answer, settings.SMS_HTTP.get("reference_path", "")) or "")[:80]

    def check_config(self) -> list[CheckMessage]:
        return [*_url_faults(), *_template_faults()]

    def _call(self, request: dict[str, Any]) -> httpx.Response:
        ends = time.monotonic() + SEND_SECONDS
        try:
            with self._client.stream(**request) as response:
                return _read_in_time(response, ends)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            raise TemporaryFailure("unreachable") from None
        except httpx.TimeoutException:
            raise TemporaryFailure("no_answer", may_have_arrived=True) from None
        except httpx.HTTPError:
            raise TemporaryFailure("answer_lost", may_have_arrived=True) from None

    @cached_property
    def _client(self) -> httpx.Client:
        timeout = httpx.Timeout(SEND_SECONDS - CONNECT_SECONDS, connect=CONNECT_SECONDS)
        return httpx.Client(timeout=timeout, follow_redirects=False)


def _request(values: dict[str, str]) -> dict[str, Any]:
    http = settings.SMS_HTTP
    place = "json" if http["body_format"] == "json" else "params" if http["method"] == "GET" else "data"
    return {
        "method": http["method"],
        "url": http["url"],
        "headers": _filled(http["headers"], values),
        place: _filled(http["body"], values),
    }


def _read_in_time(response: httpx.Response, ends: float) -> httpx.Response:
    """The read time-out starts anew with each byte: an answer that drips in is cut off here."""
    read = bytearray()
    for piece in response.iter_bytes():
        read += piece
        if time.monotonic() > ends:
            raise TemporaryFailure("no_answer", may_have_arrived=True)
        if len(read) > _ANSWER_AT_MOST:
            raise TemporaryFailure("unreadable_answer", may_have_arrived=True)
    return httpx.Response(response.status_code, content=bytes(read))


def _judge_status(status: int) -> None:
    if status >= 500 or status in _MAY_WORK_LATER:
        raise TemporaryFailure("busy" if status == 429 else "operator_error")
    if not 200 <= status < 300:
        raise PermanentRefusal("refused")


def _judge_answer(answer: httpx.Response) -> None:
    path = settings.SMS_HTTP["success_path"]
    if path and _text_of(_at_path(answer, path)) != settings.SMS_HTTP["success_value"]:
        raise PermanentRefusal("refused")


def _at_path(answer: httpx.Response, path: str) -> Any:
    """The value at `data.0.id`; None when it is not there or there is no path."""
    if not path:
        return None
    try:
        value = answer.json()
    except ValueError:
        raise TemporaryFailure("unreadable_answer", may_have_arrived=True) from None
    for step in path.split("."):
        try:
            value = value[int(step)] if isinstance(value, list) else value[step]
        except (KeyError, IndexError, TypeError, ValueError):
            return None
    return value


def _text_of(value: Any) -> str:
    """As JSON writes it (true, null, 0), but a string without its quotes."""
    return value if isinstance(value, str) else json.dumps(value)


def _filled(template: Any, values: dict[str, str]) -> Any:
    """All placeholders of a string at once, so that a text which contains "{to}" stays as it is."""
    if isinstance(template, dict):
        return {key: _filled(part, values) for key, part in template.items()}
    if isinstance(template, list):
        return [_filled(part, values) for part in template]
    if isinstance(template, str):
        return _PLACEHOLDER.sub(lambda found: values[found[1]], template)
    return template


def _carries_reference() -> bool:
    return "{reference}" in str(settings.SMS_HTTP["body"]) + str(settings.SMS_HTTP["headers"])


def _url_faults() -> list[CheckMessage]:
    url = urlsplit(settings.SMS_HTTP["url"])
    if url.scheme not in ("http", "https") or not url.hostname:
        return [
            Error(
                "SMS_HTTP_URL is not set. Set it to the address of your operator's HTTP API.",
                id="messaging.E010",
            )
        ]
    if url.scheme == "http" and url.hostname not in _LOCAL:
        return [Error("SMS_HTTP_URL carries codes and must start with https://.", id="messaging.E011")]
    return []


def _template_faults() -> list[CheckMessage]:
    http, faults = settings.SMS_HTTP, list[CheckMessage]()
    body = str(http["body"])
    if "{text}" not in body or not ("{to}" in body or "{to_digits}" in body):
        faults.append(Error("SMS_HTTP_BODY needs the places {to} (or {to_digits}) and {text}.", id="messaging.E012"))
    if not _carries_reference():
        hint = "Without it the operator cannot tell a repeat: a text whose answer got lost is not sent to it again."
        faults.append(Warning("SMS_HTTP_BODY has no place for {reference}.", hint=hint, id="messaging.W013"))
    if http["success_value"] and not http["success_path"]:
        faults.append(Error("SMS_HTTP_SUCCESS_VALUE needs SMS_HTTP_SUCCESS_PATH.", id="messaging.E014"))
    if http["method"] not in ("POST", "PUT", "GET") or (http["method"] == "GET" and http["body_format"] == "json"):
        faults.append(
            Error(
                "SMS_HTTP_METHOD must be POST or PUT, or GET with SMS_HTTP_BODY_FORMAT=form.",
                id="messaging.E015",
            )
        )
    if not isinstance(http["body"], dict) or not isinstance(http["headers"], dict):
        faults.append(Error("SMS_HTTP_BODY and SMS_HTTP_HEADERS must be JSON objects.", id="messaging.E016"))
    return faults
