"""Files as other systems write them: what is taken, and what is refused as a whole with a clear sentence."""

import re

import pytest

from registry.importer import FileRefused
from registry.importer.source import COLUMNS, LONGEST_LINE_BYTES
from registry.models import Person
from tests.registry.conftest import HEADER, OMAR, RANA, SAMER, Bring, csv_line, csv_text

pytestmark = pytest.mark.django_db

GOOD = csv_text(SAMER, RANA)


def _refusal(bring: Bring, content: bytes) -> str:
    with pytest.raises(FileRefused) as refused:
        bring(content)
    assert not Person.objects.exists()
    return str(refused.value)


@pytest.mark.parametrize(
    "content",
    [
        GOOD.encode(),
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.replace("\n", "\r\n").encode(),
        GOOD.strip().encode(),
        (GOOD + "\n\n" + "," * (len(COLUMNS) - 1) + "\n   \n").encode(),
        GOOD.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")).encode(),
        GOOD.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")).encode(),
        re.sub(r"([^,\n]+)", r'"\1"', GOOD).encode(),
        GOOD.replace(",", " , ").encode(),
        GOOD.replace(HEADER, HEADER.upper()).encode(),
    ],
    ids=["plain", "bom", "crlf", "no_last_newline", "blank", "arabic", "persian", "quoted", "spaces", "capitals"],
)  # fmt: skip
def test_a_good_file_is_taken_however_it_was_written(bring: Bring, content: bytes) -> None:
    assert bring(content).counts == (2, 0, 0)


def test_columns_may_stand_in_any_order(bring: Bring) -> None:
    assert bring(SAMER, RANA, header=",".join(reversed(COLUMNS))).counts == (2, 0, 0)


@pytest.mark.parametrize(
    "bad_line",
    [
        csv_line(SAMER | {"name_en": '"Samer\nAlomari"'}),
        csv_line(SAMER | {"name_en": '"Samer Alomari'}),
        csv_line(SAMER | {"name_en": 'Samer "Sam" Alomari', "name_ar": '"سامر"'}),
    ],
    ids=["newline_in_quotes", "open_quote", "quote_inside"],
)
def test_quotation_marks_that_do_not_fit_spoil_their_own_lines_only(bring: Bring, bad_line: str) -> None:
    outcome = bring(bad_line, OMAR, keep_good=True)
    assert outcome.told[0].startswith("line 2, ")
    assert {error.line for error in outcome.errors} == set(range(2, 2 + len(bad_line.splitlines())))
    assert outcome.report.new == 1


def test_a_quoted_comma_is_part_of_the_cell(bring: Bring) -> None:
    assert bring(SAMER | {"name_en": '"Alomari, Samer"'}).told == [
        "line 2, name_en: “,” is not a letter of an English name."
    ]


@pytest.mark.parametrize(("line", "cells"), [("1,2,3", 3), (csv_line(SAMER) + ",x", 14)])
def test_a_line_with_too_few_or_too_many_cells_is_told(bring: Bring, line: str, cells: int) -> None:
    assert bring(OMAR, line).told == [f"line 3, line: The line has {cells} cells, but the header has 13."]


def test_line_numbers_count_blank_lines_as_an_editor_does(bring: Bring) -> None:
    assert bring(OMAR, "", "", SAMER | {"sex": "?"}).errors[0].line == 5


def test_an_empty_file_is_refused(bring: Bring) -> None:
    assert _refusal(bring, b"") == "The file is empty."
    assert _refusal(bring, b"\xef\xbb\xbf") == "The file is empty."


def test_a_file_of_a_header_alone_brings_nobody(bring: Bring) -> None:
    assert bring(f"{HEADER}\n".encode()).counts == (0, 0, 0)


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        (HEADER.replace(",sex", ""), "Missing: sex."),
        (HEADER.replace(",sex", "").replace(",relation", ""), "Missing: sex, relation."),
        (HEADER + ",salary", "Unknown: salary."),
        (HEADER + ",", "Unknown: (empty)."),
        (HEADER + ",sex", "Twice: sex."),
        (HEADER.replace("sex", "gender"), "Missing: sex. Unknown: gender."),
        (HEADER.replace(",", ";"), "The cells have to be separated by commas."),
        (HEADER.replace(",", "\t"), "The cells have to be separated by commas."),
        (csv_line(SAMER), "Missing: id_number"),
        ('"id_number', "Missing: id_number"),
    ],
)
def test_a_header_that_does_not_fit_is_refused(bring: Bring, header: str, problem: str) -> None:
    refusal = _refusal(bring, f"{header}\n{csv_line(SAMER)}\n".encode())
    assert refusal.startswith("The first line has to name the columns. ")
    assert problem in refusal


def test_windows_1256_is_refused_by_its_name(bring: Bring) -> None:
    refusal = _refusal(bring, GOOD.encode("windows-1256"))
    assert refusal.startswith("The file is not UTF-8: line 2, byte 21 of the line (byte 173 of the file) is 0x")
    assert refusal.endswith('It looks like Windows-1256. Save it as "CSV UTF-8".')


def test_utf_16_is_refused_by_its_name(bring: Bring) -> None:
    assert _refusal(bring, GOOD.encode("utf-16")).endswith("It looks like UTF-16. Save it as UTF-8.")


def test_broken_utf_8_is_refused_with_its_place(bring: Bring) -> None:
    broken = GOOD.encode().replace("رنا".encode(), "رنا".encode()[:-1], 1)
    refusal = _refusal(bring, broken)
    assert re.match(r"The file is not UTF-8: line 3, byte \d+ of the line \(byte \d+ of the file\) is 0xd8\. ", refusal)
    assert refusal.endswith("Some bytes are broken. Export the file again as UTF-8.")


def test_latin_1_is_not_taken_for_arabic(bring: Bring) -> None:
    refusal = _refusal(bring, csv_text(SAMER | {"name_ar": "x", "name_en": "Zoë Müller"}).encode("latin-1"))
    assert refusal.endswith("Some bytes are broken. Export the file again as UTF-8.")


def test_a_file_that_breaks_off_in_the_middle_of_a_letter_is_refused(bring: Bring) -> None:
    assert "not UTF-8" in _refusal(bring, GOOD.encode()[: GOOD.encode().index("رنا".encode()) + 1])


def test_a_line_without_end_is_refused_before_it_fills_the_memory(bring: Bring) -> None:
    endless = csv_text(SAMER).encode() + b"x" * (LONGEST_LINE_BYTES * 3)
    assert _refusal(bring, endless) == "Line 3 is longer than 20000 bytes. This is not a file of people."


def test_a_huge_cell_is_one_error(bring: Bring) -> None:
    assert bring(SAMER | {"name_en": "a" * 15_000}).told == [
        f"line 2, name_en: “{'a' * 20}…” is longer than 60 characters."
    ]


@pytest.mark.parametrize("hostile", ["\x00", "Samer\x00", "\u2028", "👍", "\\N", "\\."])
def test_hostile_names_are_errors_not_crashes(bring: Bring, hostile: str) -> None:
    assert {error.column for error in bring(SAMER | {"name_en": f"Ali{hostile}Ali"}).errors} == {"name_en"}


def test_a_photo_is_refused(bring: Bring) -> None:
    assert _refusal(bring, b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 200)
