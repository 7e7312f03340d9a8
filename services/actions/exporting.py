"""A list of requests leaves the portal: who took it, what was asked for and how many rows there were stays in the trail."""

from tempfile import TemporaryFile
from typing import IO, Any

from django.db import transaction

from accounts.models import User
from audit.actions import record
from audit.events import Event
from services import exports
from services.exports import Wanted


class TooManyRows(Exception):
    """More than exports.ROWS_AT_MOST."""


def export(wanted: Wanted, file_format: str, supervisor: User) -> IO[bytes]:
    """A file that is read once, and gone when it is closed. Raises TooManyRows."""
    if exports.is_too_long(wanted):
        raise TooManyRows
    file = TemporaryFile()  # noqa: SIM115 (the answer closes it)
    with transaction.atomic():
        rows = exports.write(wanted, file_format, file)
        record(Event.REQUESTS_EXPORTED, actor=supervisor, format=file_format, rows=rows, **_asked(wanted))
    file.seek(0)
    return file


def _asked(wanted: Wanted) -> dict[str, Any]:
    narrowed = {"state": wanted.state, "department": wanted.department, "service": wanted.service}
    return {"first": f"{wanted.first}", "last": f"{wanted.last}"} | {name: v for name, v in narrowed.items() if v}
