"""Judges one line by itself: every cell, then the cells against each other."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from core.idnumbers import IdNumberError, parse
from core.text import compact_digits
from registry.importer.source import Cells
from registry.models import WOMEN, Kind, Life, Relation, Sex
from registry.names import (
    NOT_ARABIC,
    NOT_LATIN,
    OTHER_GCC_STATES,
    SAUDI_ARABIA,
    NameParts,
    country_codes,
    folded_names,
    split_name,
)

PERSON_COLUMNS = (
    "kind", "first_name_ar", "father_name_ar", "grandfather_name_ar", "family_name_ar", "first_name_en",
    "father_name_en", "grandfather_name_en", "family_name_en", "name_key", "sex", "birth_date", "nationality",
    "id_expires_on", "fingerprint_on_file", "life", "died_on",
)  # fmt: skip
STAGED_COLUMNS = (
    "line", "id_number", *PERSON_COLUMNS, "head_id_number", "relation", "passport_number", "passport_expires_on", "is_bad",
)  # fmt: skip

_COLUMNS_AFTER_NAMES = STAGED_COLUMNS[STAGED_COLUMNS.index("sex") : -1]
_NO_NAME = ("", "", "", "")

StagedLine = tuple[Any, ...]
"""Values in the order of STAGED_COLUMNS; dates are ISO text."""
Values = dict[str, Any]


@dataclass(frozen=True)
class LineError:
    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.column}: {self.reason}"


class Wrong(ValueError):
    """A cell that cannot be taken; the text is the reason."""


def judge(number: int, cells: Cells | str, today: date) -> tuple[StagedLine | None, list[LineError]]:
    """The line for the staging table, and what is wrong with it. Of a bad line what could be read is staged, so that it and the
    others are judged together all the same; not at all when its number could not."""
    if isinstance(cells, str):
        return None, [LineError(number, "line", cells)]
    values, errors = _read(number, cells)
    errors += [LineError(number, column, reason) for column, reason in _contradictions(values, today.isoformat())]
    if "id_number" not in values:
        return None, errors
    return _staged(number, values, is_bad=bool(errors)), errors


def _read(number: int, cells: Cells) -> tuple[Values, list[LineError]]:
    values: Values = {}
    errors = []
    for column, (read, is_required) in _READERS.items():
        try:
            if cell := cells.get(column):
                values[column] = read(cell)
            elif is_required:
                raise Wrong("The cell is empty.")
            else:
                values[column] = None
        except Wrong as wrong:
            errors.append(LineError(number, column, str(wrong)))
    return values, errors


def _contradictions(values: Values, today: str) -> Iterator[tuple[str, str]]:
    for column, reason, is_broken in _RULES:
        try:
            if is_broken(values, today):
                yield column, reason
        except KeyError:
            continue  # a cell that the rule speaks of is bad by itself


def _staged(number: int, values: Values, *, is_bad: bool) -> StagedLine:
    name_ar, name_en = values.get("name_ar") or _NO_NAME, values.get("name_en") or _NO_NAME
    return (
        number, values["id_number"], values.get("kind"), *name_ar, *name_en,
        folded_names(*name_ar, *name_en),
        *map(values.get, _COLUMNS_AFTER_NAMES), is_bad,
    )  # fmt: skip


# --- Cells ----------------------------------------------------------------------------------------------------------
_ID_NUMBER_REASONS = {
    "letters": "A number has ten digits and nothing else.",
    "leading_zero": "This looks like a mobile number.",
    "length": "A number has ten digits.",
    "first_digit": "A number starts with 1 (citizen), 2 (resident) or 3 to 6 (visitor, GCC citizen).",
    "checksum": "One of the digits is not right: the check digit does not fit.",
}
_YES_OR_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_SEXES = {"male": Sex.MALE.value, "m": Sex.MALE.value, "female": Sex.FEMALE.value, "f": Sex.FEMALE.value}
_PASSPORT_NUMBER = re.compile(r"[A-Z0-9]{5,20}")
_PUNCTUATION = " .'`\u2018\u2019-"
_LONGEST_PARTS = (60, 60, 60, 120)
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Nobody alive was born earlier, and the Hijri calendar will not get there for a while.
EARLIEST_DATE = "1880-01-01"
_NEVER = "9999-12-31"


def _one_of(values: dict[str, Any]) -> Callable[[str], Any]:
    def read(cell: str) -> Any:
        try:
            return values[cell.lower()]
        except KeyError:
            raise Wrong(f"“{cell}” is none of: {', '.join(values)}.") from None

    return read


def _id_number(cell: str) -> str:
    try:
        return parse(cell).digits
    except IdNumberError as error:
        raise Wrong(_ID_NUMBER_REASONS[error.code]) from None


def _name(foreign: re.Pattern[str], language: str) -> Callable[[str], NameParts]:
    def read(cell: str) -> NameParts:
        if stranger := foreign.search(cell):
            raise Wrong(f"“{stranger[0]}” is not a letter of an {language} name.")
        parts = split_name(cell)
        if not cell.strip(_PUNCTUATION):
            raise Wrong("There are no letters.")
        if len(cell) > min(_LONGEST_PARTS):
            _refuse_long_parts(parts)
        return parts

    return read


def _refuse_long_parts(parts: NameParts) -> None:
    for part, longest in zip(parts, _LONGEST_PARTS, strict=True):
        if len(part) > longest:
            raise Wrong(f"“{part[:20]}…” is longer than {longest} characters.")


@lru_cache(maxsize=100_000)
def _date(cell: str) -> str:
    if not _ISO_DATE.fullmatch(cell):
        raise Wrong(f"“{cell}” is not a date like 1990-12-31 (year-month-day).")
    if cell < EARLIEST_DATE:
        raise Wrong(f"{cell} looks like a Hijri date. Dates are Gregorian here.")
    try:
        return date.fromisoformat(cell).isoformat()
    except ValueError:
        raise Wrong(f"There is no such day as {cell}.") from None


def _nationality(cell: str) -> str:
    code = cell.upper()
    if code not in country_codes():
        raise Wrong(f"“{cell}” is not a country of ISO 3166-1 (three letters, for example EGY).")
    return code


def _passport_number(cell: str) -> str:
    number = compact_digits(cell).upper()
    if not _PASSPORT_NUMBER.fullmatch(number):
        raise Wrong("A passport number has 5 to 20 letters A to Z and digits.")
    return number


def _choices(values: list[str]) -> dict[str, str]:
    return {value: value for value in values}


# How a cell is read, and whether it has to be there.
_READERS: dict[str, tuple[Callable[[str], Any], bool]] = {
    "id_number": (_id_number, True),
    "kind": (_one_of(_choices(Kind.values)), True),
    "name_ar": (_name(NOT_ARABIC, "Arabic"), True),
    "name_en": (_name(NOT_LATIN, "English"), True),
    "sex": (_one_of(_SEXES), True),
    "birth_date": (_date, True),
    "nationality": (_nationality, True),
    "id_expires_on": (_date, False),
    "head_id_number": (_id_number, False),
    "relation": (_one_of(_choices(Relation.values)), False),
    "fingerprint_on_file": (_one_of(_YES_OR_NO), True),
    "passport_number": (_passport_number, False),
    "passport_expires_on": (_date, False),
    "life": (_one_of(_choices(Life.values)), False),
    "died_on": (_date, False),
}

# --- Cells against each other ---------------------------------------------------------------------------------------
_KIND_OF_FIRST_DIGIT = {
    "1": {Kind.CITIZEN},
    "2": {Kind.RESIDENT},
    **{key: {Kind.VISITOR, Kind.GCC} for key in "3456"},
}

# (column, reason, is it broken?); a rule that meets a cell which is bad by itself is passed over.
_RULES: tuple[tuple[str, str, Callable[[Values, str], bool]], ...] = (
    (
        "kind",
        "The first digit of the number says otherwise: citizen 1, resident 2, visitor and gcc 3 to 6.",
        lambda v, today: v["kind"] not in _KIND_OF_FIRST_DIGIT[v["id_number"][0]],
    ),
    (
        "nationality",
        "Citizens have the nationality SAU, and nobody else has.",
        lambda v, today: (v["kind"] == Kind.CITIZEN) != (v["nationality"] == SAUDI_ARABIA),
    ),
    (
        "nationality",
        f"A GCC citizen's nationality is one of {', '.join(OTHER_GCC_STATES)}.",
        lambda v, today: v["kind"] == Kind.GCC and v["nationality"] not in OTHER_GCC_STATES,
    ),
    ("birth_date", "The date lies in the future.", lambda v, today: v["birth_date"] > today),
    (
        "id_expires_on",
        "The number of a resident or visitor has an expiry date; the cell is empty.",
        lambda v, today: v["id_expires_on"] is None and v["kind"] in (Kind.RESIDENT, Kind.VISITOR),
    ),
    (
        "id_expires_on",
        "The date lies before the date of birth.",
        lambda v, today: (v["id_expires_on"] or _NEVER) < v["birth_date"],
    ),
    (
        "head_id_number",
        "This is the person's own number: nobody is a dependent of their own.",
        lambda v, today: v["head_id_number"] == v["id_number"],
    ),
    (
        "head_id_number",
        "There is a relation, but no head of household.",
        lambda v, today: v["relation"] is not None and v["head_id_number"] is None,
    ),
    (
        "relation",
        "There is a head of household, but no relation.",
        lambda v, today: v["relation"] is None and v["head_id_number"] is not None,
    ),
    (
        "relation",
        "The sex says otherwise: a wife, daughter, mother or mother-in-law is female, the others are male.",
        lambda v, today: v["relation"] is not None and (v["relation"] in WOMEN) != (v["sex"] == Sex.FEMALE),
    ),
    (
        "passport_number",
        "There is an expiry date, but no passport number.",
        lambda v, today: v["passport_number"] is None and v["passport_expires_on"] is not None,
    ),
    (
        "passport_expires_on",
        "A passport has an expiry date; the cell is empty.",
        lambda v, today: v["passport_number"] is not None and v["passport_expires_on"] is None,
    ),
    (
        "passport_expires_on",
        "The date lies before the date of birth.",
        lambda v, today: (v["passport_expires_on"] or _NEVER) < v["birth_date"],
    ),
    (
        "died_on",
        "A deceased person has a date of death, and nobody else has.",
        lambda v, today: (v["life"] == Life.DECEASED) != (v["died_on"] is not None),
    ),
    ("died_on", "The date lies in the future.", lambda v, today: (v["died_on"] or today) > today),
    (
        "died_on",
        "The date lies before the date of birth.",
        lambda v, today: (v["died_on"] or _NEVER) < v["birth_date"],
    ),
)
