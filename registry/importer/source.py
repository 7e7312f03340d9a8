"""From bytes to the cells of one line. Refuses files that are not what they should be, saying where and why."""

import csv
import hashlib
from collections.abc import Iterator
from typing import BinaryIO

from core.text import clean, fold_digits

COLUMNS = (
    "id_number", "kind", "name_ar", "name_en", "sex", "birth_date", "nationality", "id_expires_on", "head_id_number",
    "relation", "fingerprint_on_file", "passport_number", "passport_expires_on",
)  # fmt: skip
OPTIONAL_COLUMNS = ("life", "died_on")

LONGEST_LINE_BYTES = 20_000

Cells = dict[str, str]
"""By column; an optional column that the file does not have is missing."""


class FileRefused(Exception):
    """The file as a whole; the text says what to do about it."""


class Source:
    """Iterates over the numbered lines after the header, each as its cells or the reason why it has none. Lines that
    hold nothing are passed over."""

    def __init__(self, file: BinaryIO) -> None:
        self.bytes_read = 0
        self._sha256 = hashlib.sha256()
        self._lines = enumerate(self._texts(file), start=1)
        self._columns = self._header()

    def __iter__(self) -> Iterator[tuple[int, Cells | str]]:
        for number, text in self._lines:
            if text.strip(", "):
                yield number, self._cells(text)

    def sha256(self) -> str:
        return self._sha256.hexdigest()

    def _texts(self, file: BinaryIO) -> Iterator[str]:
        number = 0
        while raw := file.readline(LONGEST_LINE_BYTES):
            number += 1
            self._sha256.update(raw)
            text = _decoded(raw, number, self.bytes_read)
            self.bytes_read += len(raw)
            yield fold_digits(clean(text))  # which also takes away a byte-order mark

    def _cells(self, text: str) -> Cells | str:
        try:
            cells = _split(text)
        except csv.Error:
            return "A quotation mark is not closed, or stands inside of a cell."
        if len(cells) != len(self._columns):
            return f"The line has {len(cells)} cells, but the header has {len(self._columns)}."
        return dict(zip(self._columns, cells, strict=True))

    def _header(self) -> list[str]:
        first = next(self._lines, (1, ""))[1]
        if not (first or next(self._lines, None)):
            raise FileRefused("The file is empty.")
        try:
            columns = [column.lower() for column in _split(first)]
        except csv.Error:
            columns = []
        problems = list(_header_problems(columns))
        if problems:
            raise FileRefused(f"The first line has to name the columns. {' '.join(problems)}")
        return columns


def _decoded(raw: bytes, number: int, offset: int) -> str:
    if len(raw) == LONGEST_LINE_BYTES and not raw.endswith(b"\n"):
        raise FileRefused(f"Line {number} is longer than {LONGEST_LINE_BYTES} bytes. This is not a file of people.")
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        position = f"line {number}, byte {error.start + 1} of the line (byte {offset + error.start + 1} of the file)"
        raise FileRefused(f"The file is not UTF-8: {position} is 0x{raw[error.start]:02x}. {_guess(raw)}") from None


def _guess(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "It looks like UTF-16. Save it as UTF-8."
    # Windows-1256 has its Arabic letters here; nearly every byte of an Arabic name is one of them.
    high = [byte for byte in raw if byte >= 0x80]
    if len(high) > 3 and sum(byte >= 0xC0 for byte in high) > len(high) * 0.8 and _is_arabic(raw):
        return 'It looks like Windows-1256. Save it as "CSV UTF-8".'
    return "Some bytes are broken. Export the file again as UTF-8."


def _is_arabic(raw: bytes) -> bool:
    text = raw.decode("windows-1256", errors="replace")
    letters = [char for char in text if char.isalpha() and not char.isascii()]
    return sum("\u0621" <= char <= "\u064a" for char in letters) > len(letters) * 0.8


def _split(text: str) -> list[str]:
    """Cells never hold a line break, so each line is read by itself: an open quotation mark cannot swallow the next."""
    if '"' not in text:
        return [cell.strip() for cell in text.split(",")]
    return [cell.strip() for cell in next(csv.reader([text], strict=True))]


def _header_problems(columns: list[str]) -> Iterator[str]:
    if len(columns) == 1 and any(mark in columns[0] for mark in ";\t|"):
        yield "The cells have to be separated by commas."
        return
    if missing := [column for column in COLUMNS if column not in columns]:
        yield f"Missing: {', '.join(missing)}."
    if unknown := [column or "(empty)" for column in columns if column not in COLUMNS + OPTIONAL_COLUMNS]:
        yield f"Unknown: {', '.join(unknown)}."
    if twice := sorted({column for column in columns if columns.count(column) > 1} - set(unknown)):
        yield f"Twice: {', '.join(twice)}."
