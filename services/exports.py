"""Lists of requests as files: written row by row into a file on disk, so that the memory does not grow with the list. No cell
can become a formula (EXP-1), and none tells who the applicant is: no name, number, answer, message or file."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import IO, Any, NamedTuple

import xlsxwriter
from django.db import models
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language_bidi, gettext_lazy
from django.utils.translation import gettext as _

from core.text import clean
from services import due
from services.catalogue import DEPARTMENTS, services
from services.models import ServiceRequest
from services.states import DECIDED, RequestState

# More than this would keep a web worker busy for too long.
ROWS_AT_MOST = 20_000
_ROWS_AT_ONCE = 1000
# By which a spreadsheet knows a formula, also in the full width of East Asian keyboards.
_FORMULA_SIGNS = "=+-@\t\r\n＝＋－＠﹢﹣﹦﹫"
_BOM = "\ufeff"
Cell = str | int | date | None


class ExportFormat(models.TextChoices):
    XLSX = "xlsx", gettext_lazy("Excel workbook (.xlsx)")
    CSV = "csv", gettext_lazy("Text table (.csv)")


MEDIA_TYPES = {
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ExportFormat.CSV: "text/csv; charset=utf-8",
}


@dataclass(frozen=True)
class Wanted:
    """Submitted on these days, both included; empty texts do not narrow."""

    first: date
    last: date
    state: str = ""
    department: str = ""
    service: str = ""

    @property
    def rows(self) -> models.QuerySet[ServiceRequest]:
        rows = ServiceRequest.objects.filter(submitted_at__gte=due.midnight(self.first))
        narrowed = {"state": self.state, "department": self.department, "service": self.service}
        before = due.midnight(date.fromordinal(self.last.toordinal() + 1))
        return rows.filter(submitted_at__lt=before, **{name: value for name, value in narrowed.items() if value})


class _Row(NamedTuple):
    """What is read of a request; the names are those of its columns."""

    number: str
    department: str
    service: str
    state: str
    submitted_at: datetime
    due_on: date
    reopened_at: datetime | None
    ended_at: datetime | None
    officer__username: str | None


class _Columns:
    """What stands in a row of the list. Words and numbers of days come again and again, and are made once."""

    def __init__(self) -> None:
        self._closed = due.closed_days()
        self._departments = {name: str(title) for name, title in DEPARTMENTS.items()}
        self._services = {slug: str(service.title) for slug, service in services().items()}
        self._states = {state.value: str(state.label) for state in RequestState}
        self._in_time = {True: _("yes"), False: _("no")}
        self._days: dict[tuple[date, date], int] = {}

    def of(self, row: _Row) -> list[Cell]:
        submitted_on, reopened_on, ended_on = (_day(at) for at in (row.submitted_at, row.reopened_at, row.ended_at))
        return [
            row.number,
            self._departments.get(row.department, row.department),
            self._services.get(row.service, row.service),
            self._states[row.state],
            submitted_on,
            row.due_on,
            reopened_on,
            ended_on,
            self._took(reopened_on or submitted_on, ended_on),
            self._in_time[ended_on <= row.due_on] if ended_on and row.state in DECIDED else None,
            row.officer__username,
        ]

    def _took(self, began: date | None, ended: date | None) -> int | None:
        if began is None or ended is None:
            return None
        if (began, ended) not in self._days:
            self._days[began, ended] = due.working_days_between(began, ended, self._closed)
        return self._days[began, ended]


HEADINGS: tuple[Promise, ...] = (
    gettext_lazy("Request number"),
    gettext_lazy("Department"),
    gettext_lazy("Service"),
    gettext_lazy("State"),
    gettext_lazy("Submitted on"),
    gettext_lazy("Answer due by"),
    gettext_lazy("Reopened on"),
    gettext_lazy("Ended on"),
    gettext_lazy("Working days taken"),
    gettext_lazy("Answered in time"),
    gettext_lazy("Officer"),
)


def is_too_long(wanted: Wanted) -> bool:
    return wanted.rows.order_by().values("pk")[: ROWS_AT_MOST + 1].count() > ROWS_AT_MOST


def write(wanted: Wanted, file_format: str, file: IO[bytes]) -> int:
    """In the language of the page; returns how many rows there are under the headings."""
    headings = [str(heading) for heading in HEADINGS]
    return _WRITERS[file_format](headings, _cells(wanted), file)


@lru_cache(4096)
def safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula, also after somebody saves the file in another format: an apostrophe in
    front of what could begin one, behind spaces and signs that nobody sees, too."""
    begins = clean(text).lstrip() or text
    return f"'{text}" if text[:1] in _SIGNS or begins[:1] in _SIGNS else text


_SIGNS = tuple(_FORMULA_SIGNS)


def _cells(wanted: Wanted) -> Iterator[list[Cell]]:
    columns = _Columns()
    rows = wanted.rows.order_by("submitted_at", "pk").values_list(*_Row._fields)[:ROWS_AT_MOST]
    for row in rows.iterator(chunk_size=_ROWS_AT_ONCE):
        yield [safe(cell) if isinstance(cell, str) else cell for cell in columns.of(_Row(*row))]


def _write_csv(headings: Sequence[str], rows: Iterable[list[Cell]], file: IO[bytes]) -> int:
    """With the mark by which Excel knows that the letters are UTF-8."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    text.write(_BOM)
    table = csv.writer(text, quoting=csv.QUOTE_ALL)
    table.writerow(headings)
    written = sum(1 for row in rows if table.writerow(["" if cell is None else cell for cell in row]))
    text.detach()
    return written


def _write_xlsx(headings: Sequence[str], rows: Iterable[list[Cell]], file: IO[bytes]) -> int:
    written = 0
    with xlsxwriter.Workbook(file, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet(_("Requests"))
        if get_language_bidi():
            sheet.right_to_left()
        sheet.set_column(0, len(headings) - 1, 18)
        sheet.freeze_panes(1, 0)
        for column, heading in enumerate(headings):
            sheet.write_string(0, column, heading, book.add_format({"bold": True}))
        for written, row in enumerate(rows, start=1):
            _write_row(sheet, written, row)
    return written


def _write_row(sheet: Any, number: int, row: list[Cell]) -> None:
    """By kind: what is a text is never read as anything else."""
    for column, cell in enumerate(row):
        if isinstance(cell, str):
            sheet.write_string(number, column, cell)
        elif isinstance(cell, int):
            sheet.write_number(number, column, cell)
        elif cell is not None:
            sheet.write_datetime(number, column, cell)


def _day(moment: datetime | None) -> date | None:
    return timezone.localtime(moment).date() if moment else None


_WRITERS: dict[str, Callable[[Sequence[str], Iterable[list[Cell]], IO[bytes]], int]] = {
    ExportFormat.XLSX: _write_xlsx,
    ExportFormat.CSV: _write_csv,
}
