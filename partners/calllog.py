"""What is kept of a call: who, what, how it ended and how long it took. No address, no body, no person."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import structlog
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse

from core import clock
from core.context import current
from core.prepared import Given, Statement
from partners.models import Call, Device, Partner

log = structlog.get_logger(__name__)


@dataclass
class Notes:
    partner: Partner | None = None
    device: Device | None = None
    reason: str = ""


def note(
    request: HttpRequest, *, partner: Partner | None = None, device: Device | None = None, reason: str = ""
) -> None:
    notes = _notes_of(request)
    notes.partner = partner or notes.partner
    notes.device = device or notes.device
    notes.reason = reason or notes.reason


def write(request: HttpRequest, response: HttpResponse, latency_ms: int) -> None:
    """Calls that claim to be nobody's are not kept: whoever wished could fill the table. An answer is never held back
    because it could not be written down."""
    notes = _notes_of(request)
    if notes.partner is None:
        return
    operation, status = operation_of(request), response.status_code
    try:
        _insert(notes, operation, status, latency_ms, response)
    except DatabaseError as error:
        facts = {"operation": operation, "status": status, "latency_ms": latency_ms}
        log.warning("api_call_not_kept", error=type(error).__name__, partner_id=notes.partner.pk, **facts)


def _insert(notes: Notes, operation: str, status: int, latency_ms: int, response: HttpResponse) -> None:
    """The last commit of every call, which waits for the disk with all that was committed before it."""
    problem = getattr(response, "problem", None)
    row: dict[str, Any] = {
        "partner_id": notes.partner and notes.partner.pk, "device_id": notes.device and notes.device.pk, "operation": operation,
        "status": status, "problem": problem.slug if problem else "", "reason": notes.reason,
        "is_replay": "Idempotency-Replayed" in response, "latency_ms": latency_ms,
        "correlation_id": current.get().correlation_id,
    }  # fmt: skip
    with connection.cursor() as cursor:
        _statement(tuple(row)).run_by(cursor, row)


@cache
def _statement(columns: tuple[str, ...]) -> Statement:
    table, places = connection.ops.quote_name(Call._meta.db_table), ", ".join(["%s"] * len(columns))
    return Statement(
        f"INSERT INTO {table} ({', '.join(columns)}, at) VALUES ({places}, {clock.sql_ahead()})",
        [Given(name) for name in columns],
    )


def operation_of(request: HttpRequest) -> str:
    """Method and pattern of the address, so that nothing of what stands in it is kept."""
    match = request.resolver_match
    return f"{request.method} /{match.route}"[:120] if match else f"{request.method} –"


def _notes_of(request: HttpRequest) -> Notes:
    if not hasattr(request, "call_notes"):
        request.call_notes = Notes()  # type: ignore[attr-defined]
    return request.call_notes  # type: ignore[attr-defined]
