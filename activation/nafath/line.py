"""Calls to Nafath, each with an end, and the breaker behind which nobody calls while it is down. All processes share it."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db.models import F

from activation.models import NafathLine
from core import clock
from core.calling import CallFailed, HttpCall, exchange
from core.refusals import Refused

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


class NafathRefused(Refused):
    """Nafath answered, and will not do it; `code` is its own."""


def down_until() -> datetime | None:
    """None while Nafath is called. One small query."""
    resting = NafathLine.objects.filter(mode=settings.NAFATH["mode"], down_until__gt=clock.now())
    return resting.values_list("down_until", flat=True).first()


def ask(call: HttpCall) -> dict[str, Any]:
    """Nafath's answer, a JSON object. To be called outside of any transaction. Raises NafathFailed, NafathDown,
    NafathRefused."""
    if until := down_until():
        raise NafathDown(until)
    try:
        told = _told(replace(call, headers={"Accept": "application/json", **call.headers}))
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
    counted = {"errors_in_a_row": F("errors_in_a_row") + 1, "last_problem": problem}
    if not NafathLine.objects.filter(mode=mode).update(**counted):
        NafathLine.objects.bulk_create([NafathLine(mode=mode)], ignore_conflicts=True)
        NafathLine.objects.filter(mode=mode).update(**counted)
    # The count begins anew, so of several callers who see the same errors one closes the line.
    too_many = NafathLine.objects.filter(mode=mode, errors_in_a_row__gte=ERRORS_IN_A_ROW)
    if too_many.update(errors_in_a_row=0, down_until=clock.ahead(REST)):
        log.error("nafath_down", problem=problem, seconds=int(REST.total_seconds()))


def _note_success() -> None:
    NafathLine.objects.filter(mode=settings.NAFATH["mode"], errors_in_a_row__gt=0).update(errors_in_a_row=0)


def _told(call: HttpCall) -> dict[str, Any]:
    try:
        answer = exchange(call, seconds=WITHIN_SECONDS)
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
        told = json.loads(content)
    except (ValueError, RecursionError):
        raise NafathFailed(_UNREADABLE) from None
    if not isinstance(told, dict):
        raise NafathFailed(_UNREADABLE)
    return told


def _code_of(told: dict[str, Any]) -> str:
    """What the log can hold: no text of theirs that might name somebody."""
    code = str(told.get("code") or told.get("error") or "")
    return code if len(code) <= 40 and code.replace("-", "").replace("_", "").isalnum() else ""
