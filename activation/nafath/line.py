"""Calls to Nafath, each with an end, and the breaker behind which nobody calls while it is down. All processes share it."""

import base64
import json as jsons
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus, urlencode

import structlog
from django.conf import settings
from django.db.models import F

from activation.models import NafathLine
from core import clock
from core.calling import CallFailed, exchange

WITHIN_SECONDS = 5
ERRORS_IN_A_ROW, REST = 3, timedelta(seconds=60)
_UNREADABLE, _NOT_AUTHORISED, _FAULT = "unreadable_answer", "not_authorised", "operator_error"

log = structlog.get_logger(__name__)


class NafathFailed(Exception):
    """No answer, or none that says anything. `problem` is a slug."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class NafathDown(NafathFailed):
    """Nobody calls until `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__("resting")
        self.until = until


class NafathRefused(Exception):
    """Nafath answered, and will not do it; `code` is its own."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def down_until() -> datetime | None:
    """None while Nafath is called. One small query."""
    resting = NafathLine.objects.filter(mode=settings.NAFATH["mode"], down_until__gt=clock.now())
    return resting.values_list("down_until", flat=True).first()


def ask(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    json: Mapping[str, Any] | None = None,
    form: Mapping[str, str] | None = None,
    auth: tuple[str, str] = ("", ""),
) -> dict[str, Any]:
    """Nafath's answer, a JSON object, to a call with a body of `json` or a `form`, with a name and password in `auth`. To be
    called outside of any transaction. Raises NafathFailed, NafathDown, NafathRefused."""
    if until := down_until():
        raise NafathDown(until)
    sent, content = {"Accept": "application/json", **(headers or {})}, b""
    if json is not None:
        content, sent["Content-Type"] = jsons.dumps(json).encode(), "application/json"
    if form is not None:
        content, sent["Content-Type"] = urlencode(form).encode(), "application/x-www-form-urlencoded"
    if any(auth):
        sent["Authorization"] = f"Basic {base64.b64encode(':'.join(map(quote_plus, auth)).encode()).decode()}"
    try:
        told = _told(method, url, sent, content)
    except NafathFailed as failed:
        note_error(failed.problem)
        raise
    except NafathRefused:
        _note_success()
        raise
    _note_success()
    return told


def note_error(problem: str) -> None:
    """Also for an answer that was JSON and still said nothing."""
    mode = settings.NAFATH["mode"]
    if not NafathLine.objects.filter(mode=mode).update(errors_in_a_row=F("errors_in_a_row") + 1, last_problem=problem):
        NafathLine.objects.bulk_create(
            [NafathLine(mode=mode, errors_in_a_row=1, last_problem=problem)], ignore_conflicts=True
        )
    # The count begins anew, so of several callers who see the same errors one closes the line.
    too_many = NafathLine.objects.filter(mode=mode, errors_in_a_row__gte=ERRORS_IN_A_ROW)
    if too_many.update(errors_in_a_row=0, down_until=clock.ahead(REST)):
        log.error("nafath_down", problem=problem, seconds=int(REST.total_seconds()))


def _note_success() -> None:
    NafathLine.objects.filter(mode=settings.NAFATH["mode"], errors_in_a_row__gt=0).update(errors_in_a_row=0)


def _told(method: str, url: str, headers: Mapping[str, str], content: bytes) -> dict[str, Any]:
    try:
        answer = exchange(method, url, seconds=WITHIN_SECONDS, headers=headers, content=content)
    except CallFailed as failed:
        raise NafathFailed(failed.problem) from None
    if answer.status >= 500:
        raise NafathFailed(_FAULT)
    if answer.status in (401, 403):
        raise NafathFailed(_NOT_AUTHORISED)
    told = _object(answer.content)
    if not 200 <= answer.status < 300:
        raise NafathRefused(_code_of(told))
    return told


def _object(content: bytes) -> dict[str, Any]:
    try:
        told = jsons.loads(content)
    except (ValueError, RecursionError):
        raise NafathFailed(_UNREADABLE) from None
    if not isinstance(told, dict):
        raise NafathFailed(_UNREADABLE)
    return told


def _code_of(told: dict[str, Any]) -> str:
    """What the log can hold: no text of theirs that might name somebody."""
    code = str(told.get("code") or told.get("error") or "")
    return code if len(code) <= 40 and code.replace("-", "").replace("_", "").isalnum() else ""
