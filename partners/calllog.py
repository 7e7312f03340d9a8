"""What is kept of a call: who, what, how it ended and how long it took. No address, no body, no person."""

from dataclasses import dataclass

import structlog
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from core.context import current
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
    notes, problem = _notes_of(request), getattr(response, "problem", None)
    facts = {"operation": operation_of(request), "status": response.status_code, "latency_ms": latency_ms}
    if notes.partner is None:
        return
    try:
        Call.objects.create(
            partner=notes.partner, device=notes.device, reason=notes.reason, problem=problem.slug if problem else "",
            correlation_id=current.get().correlation_id, is_replay="Idempotency-Replayed" in response, **facts,
        )  # fmt: skip
    except DatabaseError as error:
        log.warning("api_call_not_kept", error=type(error).__name__, partner_id=notes.partner.pk, **facts)


def operation_of(request: HttpRequest) -> str:
    """Method and pattern of the address, so that nothing of what stands in it is kept."""
    match = request.resolver_match
    return f"{request.method} /{match.route}"[:120] if match else f"{request.method} –"


def _notes_of(request: HttpRequest) -> Notes:
    if not hasattr(request, "call_notes"):
        request.call_notes = Notes()  # type: ignore[attr-defined]
    return request.call_notes  # type: ignore[attr-defined]
