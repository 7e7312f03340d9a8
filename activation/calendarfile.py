"""A booked visit as a file for the calendar of a phone or computer (RFC 5545)."""

from collections.abc import Iterator
from datetime import UTC, datetime

from django.conf import settings
from django.utils.translation import gettext as _

from activation import slots
from activation.models import Visit

CONTENT_TYPE = "text/calendar; charset=utf-8"
_LINE_BYTES = 75


def file_of(visit: Visit, *, times_moved: int) -> str:
    """Who adds it once more after moving the visit has one entry still: same name, higher number."""
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//residents-portal//visits//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:visit-{visit.attempt_id}@{settings.PUBLIC_HOST}",
        f"SEQUENCE:{times_moved}",
        f"DTSTAMP:{_moment(visit.booked_at)}",
        f"DTSTART:{_moment(visit.starts_at)}",
        f"DTEND:{_moment(visit.starts_at + slots.LENGTH)}",
        f"SUMMARY:{_escaped(_('Visit to activate an account'))}",
        f"LOCATION:{_escaped(f'{visit.branch.name}, {visit.branch.address}')}",
        f"DESCRIPTION:{_escaped(_description(visit))}",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "TRIGGER:-PT2H",
        f"DESCRIPTION:{_escaped(_('Visit to activate an account'))}",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    return "".join(f"{piece}\r\n" for line in lines for piece in _folded(line))


def _description(visit: Visit) -> str:
    code = _("Visit code: %s") % visit.attempt.visit_code
    return f"{code}\n{_('Identity document: iqama, national ID, or passport with the border number')}"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    for special, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(special, written)
    return text


def _folded(line: str) -> Iterator[str]:
    """Pieces of at most 75 bytes, never cut within a letter; each but the first begins with a space."""
    piece = ""
    for letter in line:
        if len(f"{piece}{letter}".encode()) > _LINE_BYTES:
            yield piece
            piece = " "
        piece += letter
    yield piece
