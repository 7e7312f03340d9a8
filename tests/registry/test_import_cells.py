"""Every way in which a line can be wrong by itself is told with its line, its column and the reason."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from registry.importer.lines import _READERS, _RULES
from registry.models import Kind, Person, Sex
from tests.registry.conftest import HEAD, RANA, SAMER, WIFE, Bring

pytestmark = pytest.mark.django_db

# Stands for the day that is the next one when the test runs.
TOMORROW = "tomorrow"
CITIZEN = SAMER | {"id_number": "1000000008", "kind": "citizen", "nationality": "SAU"}
VISITOR = SAMER | {"id_number": "3000000004", "kind": "visitor"}
GCC = VISITOR | {"kind": "gcc", "nationality": "KWT", "id_expires_on": ""}
LIFE_HEADER = ",".join([*SAMER, "life", "died_on", "head_id_number", "relation"])

BAD_CELLS = [
    ("id_number", "", "The cell is empty."),
    ("id_number", "20000000O6", "A number has ten digits and nothing else."),
    ("id_number", "0512345621", "This looks like a mobile number."),
    ("id_number", "200000000", "A number has ten digits."),
    ("id_number", "7000000000", "A number starts with 1 (citizen), 2 (resident) or 3 to 6 (visitor, GCC citizen)."),
    ("id_number", "2000000007", "One of the digits is not right: the check digit does not fit."),
    ("kind", "", "The cell is empty."),
    ("kind", "tourist", "“tourist” is none of: citizen, resident, visitor, gcc."),
    ("name_ar", "", "The cell is empty."),
    ("name_ar", "Samer", "“S” is not a letter of an Arabic name."),
    ("name_ar", "سامر ١", "“1” is not a letter of an Arabic name."),
    ("name_ar", "-", "There are no letters."),
    ("name_ar", "س" * 61, f"“{'س' * 20}…” is longer than 60 characters."),
    ("name_en", "سامر", "“س” is not a letter of an English name."),
    ("name_en", "=HYPERLINK", "“=” is not a letter of an English name."),
    ("name_en", "...", "There are no letters."),
    ("name_en", "Ali Omar " + "a" * 121, f"“{'a' * 20}…” is longer than 120 characters."),
    ("sex", "", "The cell is empty."),
    ("sex", "x", "“x” is none of: male, m, female, f."),
    ("birth_date", "", "The cell is empty."),
    ("birth_date", "17/04/1988", "“17/04/1988” is not a date like 1990-12-31 (year-month-day)."),
    ("birth_date", "1988-02-30", "There is no such day as 1988-02-30."),
    ("birth_date", "1408-09-01", "1408-09-01 looks like a Hijri date. Dates are Gregorian here."),
    ("birth_date", TOMORROW, "The date lies in the future."),
    ("nationality", "", "The cell is empty."),
    ("nationality", "JO", "“JO” is not a country of ISO 3166-1 (three letters, for example EGY)."),
    ("nationality", "SAU", "Citizens have the nationality SAU, and nobody else has."),
    ("id_expires_on", "", "The number of a resident or visitor has an expiry date; the cell is empty."),
    ("id_expires_on", "2031-13-01", "There is no such day as 2031-13-01."),
    ("id_expires_on", "1980-01-01", "The date lies before the date of birth."),
    ("head_id_number", "12", "A number has ten digits."),
    ("relation", "cousin", "“cousin” is none of: husband, wife, son, daughter, father, mother, father_in_law, mother_in_law."),
    ("fingerprint_on_file", "", "The cell is empty."),
    ("fingerprint_on_file", "maybe", "“maybe” is none of: yes, true, 1, no, false, 0."),
    ("passport_number", "N-1", "A passport number has 5 to 20 letters A to Z and digits."),
    ("passport_number", "", "There is an expiry date, but no passport number."),
    ("passport_expires_on", "", "A passport has an expiry date; the cell is empty."),
    ("passport_expires_on", "soon", "“soon” is not a date like 1990-12-31 (year-month-day)."),
    ("passport_expires_on", "1980-01-01", "The date lies before the date of birth."),
    ("life", "gone", "“gone” is none of: alive, left, deceased."),
    ("died_on", "yesterday", "“yesterday” is not a date like 1990-12-31 (year-month-day)."),
]  # fmt: skip

CONTRADICTIONS = [
    (SAMER | {"kind": "citizen", "nationality": "SAU"}, "kind", "The first digit of the number says otherwise: citizen 1, resident 2, visitor and gcc 3 to 6."),
    (CITIZEN | {"nationality": "JOR"}, "nationality", "Citizens have the nationality SAU, and nobody else has."),
    (GCC | {"nationality": "JOR"}, "nationality", "A GCC citizen's nationality is one of ARE, BHR, KWT, OMN, QAT."),
    (VISITOR | {"id_expires_on": ""}, "id_expires_on", "The number of a resident or visitor has an expiry date; the cell is empty."),
    (SAMER | {"head_id_number": HEAD, "relation": "son"}, "head_id_number", "This is the person's own number: nobody is a dependent of their own."),
    (SAMER | {"relation": "son"}, "head_id_number", "There is a relation, but no head of household."),
    (SAMER | {"head_id_number": WIFE}, "relation", "There is a head of household, but no relation."),
    (SAMER | {"head_id_number": WIFE, "relation": "wife"}, "relation", "The sex says otherwise: a wife, daughter, mother or mother-in-law is female, the others are male."),
    (RANA | {"head_id_number": HEAD, "relation": "husband"}, "relation", "The sex says otherwise: a wife, daughter, mother or mother-in-law is female, the others are male."),
    (SAMER | {"life": "deceased"}, "died_on", "A deceased person has a date of death, and nobody else has."),
    (SAMER | {"died_on": "2020-01-01"}, "died_on", "A deceased person has a date of death, and nobody else has."),
    (SAMER | {"life": "left", "died_on": "2020-01-01"}, "died_on", "A deceased person has a date of death, and nobody else has."),
    (SAMER | {"life": "deceased", "died_on": TOMORROW}, "died_on", "The date lies in the future."),
    (SAMER | {"life": "deceased", "died_on": "1980-01-01"}, "died_on", "The date lies before the date of birth."),
]  # fmt: skip


def _told(bring: Bring, cells: dict[str, str]) -> list[str]:
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    return bring(
        {name: tomorrow if cell == TOMORROW else cell for name, cell in cells.items()}, header=LIFE_HEADER
    ).told


@pytest.mark.parametrize(("column", "cell", "reason"), BAD_CELLS)
def test_a_bad_cell_is_told_with_line_column_and_reason(bring: Bring, column: str, cell: str, reason: str) -> None:
    assert f"line 2, {column}: {reason}" in _told(bring, SAMER | {column: cell})
    assert not Person.objects.exists()


@pytest.mark.parametrize(("cells", "column", "reason"), CONTRADICTIONS)
def test_cells_that_contradict_each_other_are_told(
    bring: Bring, cells: dict[str, str], column: str, reason: str
) -> None:
    assert f"line 2, {column}: {reason}" in _told(bring, cells)


def test_every_rule_and_every_column_has_a_case_here() -> None:
    told = {(column, reason) for column, _cell, reason in BAD_CELLS} | {case[1:] for case in CONTRADICTIONS}
    assert {(column, reason) for column, reason, _is_broken in _RULES} <= told
    assert {column for column, _cell, _reason in BAD_CELLS} == set(_READERS)


def test_all_errors_of_a_line_are_told_at_once(bring: Bring) -> None:
    bad = SAMER | {"sex": "", "birth_date": "1988", "nationality": "XXX"}
    assert [error.column for error in bring(bad).errors] == ["sex", "birth_date", "nationality"]


def test_a_rule_does_not_speak_of_a_cell_that_is_bad_by_itself(bring: Bring) -> None:
    assert bring(SAMER | {"kind": "tourist", "id_expires_on": ""}).told == [
        "line 2, kind: “tourist” is none of: citizen, resident, visitor, gcc."
    ]


@pytest.mark.parametrize(
    ("column", "cell", "field", "value"),
    [
        ("id_number", "٢٠٠٠٠٠٠٠٠٦", "id_number", HEAD),
        ("id_number", "۲۰۰۰۰۰۰۰۰۶", "id_number", HEAD),
        ("id_number", " 2000-000-006 ", "id_number", HEAD),
        ("id_number", "\u200f2000000006\u200e", "id_number", HEAD),
        ("kind", "Resident", "kind", Kind.RESIDENT),
        ("sex", "M", "sex", Sex.MALE),
        ("sex", "male", "sex", Sex.MALE),
        ("birth_date", "١٩٨٨-٠٤-١٧", "birth_date", date(1988, 4, 17)),
        ("nationality", "jor", "nationality", "JOR"),
        ("fingerprint_on_file", "TRUE", "fingerprint_on_file", True),
        ("fingerprint_on_file", "0", "fingerprint_on_file", False),
        ("name_en", "Sa‘ad D’Aubois-Ben", "first_name_en", "Sa‘ad"),
        ("name_ar", "سَامِر العمري", "first_name_ar", "سَامِر"),
        ("name_en", "Suryani", "family_name_en", ""),
        ("name_en", "a" * 60 + " Ali Omar " + "b" * 120, "family_name_en", "b" * 120),
    ],
)  # fmt: skip
def test_other_ways_to_write_a_cell_are_understood(
    bring: Bring, column: str, cell: str, field: str, value: object
) -> None:
    assert bring(SAMER | {column: cell}).told == []
    assert getattr(Person.objects.get(), field) == value


def test_citizens_and_gcc_citizens_need_no_expiry_date(bring: Bring) -> None:
    assert bring(CITIZEN | {"id_expires_on": ""}, GCC | {"passport_number": "K1234567"}).counts == (2, 0, 0)


def test_a_person_needs_no_passport(bring: Bring) -> None:
    assert bring(SAMER | {"passport_number": "", "passport_expires_on": ""}).counts == (1, 0, 0)
