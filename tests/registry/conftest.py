"""Files of people as others send them, and what an import makes of them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from registry.importer import ImportReport, LineError, import_file
from registry.importer.source import COLUMNS

HEAD, WIFE, SON, OTHER = "2000000006", "2000000105", "2000000204", "2000010005"
HEADER = ",".join(COLUMNS)
SAMER = {
    "id_number": HEAD,
    "kind": "resident",
    "name_ar": "سامر نبيل حسن العمري",
    "name_en": "Samer Nabil Hasan Alomari",
    "sex": "male",
    "birth_date": "1988-04-17",
    "nationality": "JOR",
    "id_expires_on": "2031-01-31",
    "fingerprint_on_file": "yes",
    "passport_number": "N0000101",
    "passport_expires_on": "2032-06-30",
}
RANA = SAMER | {
    "id_number": WIFE,
    "name_ar": "رنا وليد مصطفى الخطيب",
    "name_en": "Rana Walid Mustafa Alkhatib",
    "sex": "female",
    "birth_date": "1990-09-02",
    "head_id_number": HEAD,
    "relation": "wife",
    "passport_number": "N0000102",
}
NABIL = SAMER | {
    "id_number": SON,
    "name_ar": "نبيل سامر نبيل العمري",
    "name_en": "Nabil Samer Nabil Alomari",
    "birth_date": "2014-05-11",
    "head_id_number": HEAD,
    "relation": "son",
    "fingerprint_on_file": "no",
    "passport_number": "N0000103",
}
OMAR = SAMER | {
    "id_number": OTHER,
    "name_ar": "عمر محمود عبد الرحمن السيد",
    "name_en": "Omar Mahmoud Abdel Rahman Elsayed",
    "nationality": "EGY",
    "passport_number": "A00000109",
}

Cells = dict[str, str]


def csv_line(cells: Cells, columns: str = HEADER) -> str:
    return ",".join(cells.get(column, "") for column in columns.split(","))


def csv_text(*people: Cells | str, header: str = HEADER) -> str:
    lines = [person if isinstance(person, str) else csv_line(person, header) for person in people]
    return "\n".join([header, *lines, ""])


@dataclass
class Outcome:
    report: ImportReport
    errors: list[LineError]

    @property
    def counts(self) -> tuple[int, int, int]:
        return self.report.new, self.report.changed, self.report.unchanged

    @property
    def told(self) -> list[str]:
        return [str(error) for error in self.errors]


Write = Callable[..., Path]
Bring = Callable[..., Outcome]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A file with this content, or with a line for each of these people."""

    def write(*content: Cells | str | bytes, header: str = HEADER) -> Path:
        path = tmp_path / "people.csv"
        if len(content) == 1 and isinstance(content[0], bytes):
            path.write_bytes(content[0])
        else:
            path.write_bytes(csv_text(*content, header=header).encode())  # type: ignore[arg-type]
        return path

    return write


@pytest.fixture
def bring(write: Write) -> Bring:
    """Imports such a file."""

    def bring(*content: Cells | str | bytes, header: str = HEADER, keep_good: bool = False) -> Outcome:
        errors: list[LineError] = []
        report = import_file(write(*content, header=header), keep_good=keep_good, on_error=errors.append)
        return Outcome(report, errors)

    return bring
