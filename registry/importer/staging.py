"""The staged lines in a temporary table, judged together and merged by a few statements: the work of a million lines
is done where the data are, and this process needs no memory for them."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from registry.importer.lines import PERSON_COLUMNS, STAGED_COLUMNS, LineError, StagedLine
from registry.importer.source import FileRefused

_IMPORT_LOCK = 0x1AB0
_SHARE_OF_PERSONS = 0.7  # of the time of a merge, as measured with a million
_NAME_COLUMNS = tuple(column for column in PERSON_COLUMNS if "name" in column)
_COLUMN_TYPES = {
    "line": "bigint PRIMARY KEY",
    "birth_date": "date", "id_expires_on": "date", "died_on": "date", "passport_expires_on": "date",
    "fingerprint_on_file": "boolean",
    "is_bad": "boolean NOT NULL",
}  # fmt: skip
# An import takes longer than a page may; sorts and index entries of a million lines need more room than a page's.
_POSTGRESQL_SETTINGS = (
    "statement_timeout = 0",
    "idle_in_transaction_session_timeout = 0",
    "work_mem = '64MB'",
    "maintenance_work_mem = '128MB'",
    "gin_pending_list_limit = '64MB'",
)


def lock_against_other_imports() -> None:
    """Until the transaction ends. On SQLite the transaction itself is the lock. Raises FileRefused."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_IMPORT_LOCK])
        if not cursor.fetchone()[0]:
            raise FileRefused("Another import is under way. Start this one when it has ended.")
        for setting in _POSTGRESQL_SETTINGS:
            cursor.execute(f"SET LOCAL {setting}")


@dataclass(frozen=True)
class _Check:
    """`sql` selects the lines that fail and, optionally, what is put into the reason."""

    column: str
    reason: str
    sql: str


# `s` is a line of the file (a cell that could not be read is NULL), `h` its head's line, `p` and `hp` the two in the register.
_HEAD = """
    FROM registry_staging s
    LEFT JOIN registry_staging h ON h.id_number = s.head_id_number AND NOT h.is_bad
    LEFT JOIN registry_person hp ON hp.id_number = s.head_id_number
    WHERE s.head_id_number IS NOT NULL"""
_KNOWN = """
    FROM registry_staging s
    JOIN registry_person p ON p.id_number = s.id_number"""

_CHECKS = (
    _Check(
        "id_number",
        "This number stands on line {} already.",
        """
    SELECT s.line, twice.first_line FROM registry_staging s
    JOIN (SELECT id_number, min(line) AS first_line FROM registry_staging GROUP BY id_number HAVING count(*) > 1) twice
      ON twice.id_number = s.id_number AND twice.first_line < s.line""",
    ),
    _Check(
        "id_number",
        "Whoever entered with this border number is a resident by now, with the number of an iqama.",
        """
    SELECT s.line FROM registry_staging s
    JOIN registry_person p ON p.border_number = s.id_number AND p.border_number <> ''""",
    ),
    _Check(
        "head_id_number",
        "The head of household is neither in this file nor in the register.",
        f"SELECT s.line {_HEAD} AND h.line IS NULL AND hp.id IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM registry_staging bad WHERE bad.id_number = s.head_id_number)",
    ),
    _Check(
        "relation",
        "The head of household has the same sex.",
        f"SELECT s.line {_HEAD} AND s.relation IN ('husband', 'wife') AND COALESCE(h.sex, hp.sex) = s.sex",
    ),
    _Check(
        "relation",
        "A child is born after its parents: see the date of birth of the head of household.",
        f"SELECT s.line {_HEAD} AND ("
        "(s.relation IN ('son', 'daughter') AND s.birth_date <= COALESCE(h.birth_date, hp.birth_date))"
        " OR (s.relation IN ('father', 'mother') AND s.birth_date >= COALESCE(h.birth_date, hp.birth_date)))",
    ),
    _Check(
        "head_id_number",
        "The head of household is a dependent of this person, on line {}.",
        f"SELECT s.line, h.line AS other_line {_HEAD} AND h.head_id_number = s.id_number AND h.line < s.line",
    ),
    _Check(
        "head_id_number",
        "The register has the head of household as a dependent of this person.",
        f"""SELECT s.line {_KNOWN} AND EXISTS (
        SELECT 1 FROM registry_dependencylink l JOIN registry_person d ON d.id = l.dependent_id
        WHERE l.head_id = p.id AND l.until IS NULL AND d.id_number = s.head_id_number)""",
    ),
    _Check(
        "head_id_number",
        "The register has another head of household for this person.",
        f"""SELECT s.line {_KNOWN} AND s.head_id_number IS NOT NULL AND EXISTS (
        SELECT 1 FROM registry_dependencylink l JOIN registry_person other ON other.id = l.head_id
        WHERE l.dependent_id = p.id AND l.until IS NULL AND other.id_number <> s.head_id_number)""",
    ),
    _Check(
        "passport_number",
        "This passport stands on line {} already.",
        """
    SELECT s.line, twice.first_line FROM registry_staging s
    JOIN (SELECT nationality, passport_number, min(line) AS first_line FROM registry_staging
          WHERE passport_number IS NOT NULL GROUP BY nationality, passport_number HAVING count(*) > 1) twice
      ON twice.nationality = s.nationality AND twice.passport_number = s.passport_number AND twice.first_line < s.line""",
    ),
    _Check(
        "passport_number",
        "The register has this passport for somebody else.",
        """
    SELECT s.line FROM registry_staging s
    JOIN registry_document d ON d.kind = 'passport' AND d.status = 'valid'
      AND d.issued_by = s.nationality AND d.number = s.passport_number
    JOIN registry_person holder ON holder.id = d.holder_id AND holder.id_number <> s.id_number""",
    ),
    _Check(
        "passport_expires_on",
        "The register has a later date of issue for this passport.",
        f"""SELECT s.line {_KNOWN} AND EXISTS (
        SELECT 1 FROM registry_document d WHERE d.holder_id = p.id AND d.kind = 'passport' AND d.status = 'valid'
        AND d.number = s.passport_number AND d.issued_on >= s.passport_expires_on)""",
    ),
    _Check(
        "id_expires_on",
        "The register has a later date of issue for this number.",
        f"SELECT s.line {_KNOWN} AND s.id_expires_on <= p.id_issued_on",
    ),
    _Check(
        "birth_date",
        "The register has an earlier date of entry or death for this person.",
        f"SELECT s.line {_KNOWN} AND (s.birth_date > p.entered_on OR (s.life IS NULL AND s.birth_date > p.died_on))",
    ),
)
# Runs last and again until it finds nothing, because each line it finds may be the head of others.
_HEAD_IS_BAD = _Check(
    "head_id_number",
    "The line of the head of household has errors itself.",
    f"SELECT s.line {_HEAD} AND NOT s.is_bad AND h.line IS NULL AND hp.id IS NULL",
)

# What a line makes of a person: an empty cell says nothing and takes nothing away, nor does a "no" take away a
# fingerprint that somebody has recorded since.
_MERGED = {column: f"s.{column}" for column in PERSON_COLUMNS} | {
    "id_expires_on": "COALESCE(s.id_expires_on, p.id_expires_on)",
    "fingerprint_on_file": "(s.fingerprint_on_file OR COALESCE(p.fingerprint_on_file, FALSE))",
    "life": "COALESCE(s.life, p.life, 'alive')",
    "died_on": "CASE WHEN s.life IS NULL THEN p.died_on ELSE s.died_on END",
}
_COLUMNS = ", ".join(_MERGED)
_VALUES = ", ".join(_MERGED.values())
# PostgreSQL's and SQLite's ways to say "is another value, or only one of them is NULL".
_DIFFERS = {"postgresql": "IS DISTINCT FROM", "sqlite": "IS NOT"}
_PERSON_DIFFERS = f"({', '.join(f'p.{column}' for column in _MERGED)}) {{differs}} ({_VALUES})"
_LINK_DIFFERS = "(s.head_id_number IS NOT NULL AND l.relation {differs} s.relation)"
_PASSPORT_DIFFERS = (
    "(s.passport_number IS NOT NULL AND (d.issued_by, d.number, d.expires_on)"
    " {differs} (s.nationality, s.passport_number, s.passport_expires_on))"
)
_LINK = "LEFT JOIN registry_dependencylink l ON l.dependent_id = p.id AND l.until IS NULL"
_PASSPORT = "LEFT JOIN registry_document d ON d.holder_id = p.id AND d.kind = 'passport' AND d.status = 'valid'"

_COUNT_EFFECTS = f"""
    SELECT count(*), count(*) FILTER (WHERE p.id IS NULL),
      count(*) FILTER (WHERE p.id IS NOT NULL AND ({_PERSON_DIFFERS} OR {_LINK_DIFFERS} OR {_PASSPORT_DIFFERS}))
    FROM registry_staging s LEFT JOIN registry_person p ON p.id_number = s.id_number {_LINK} {_PASSPORT}
    WHERE NOT s.is_bad"""

_SLICE = "NOT s.is_bad AND s.line BETWEEN %s AND %s"
_MERGE_PERSONS = f"""
    INSERT INTO registry_person (id_number, {_COLUMNS})
    SELECT s.id_number, {_VALUES}
    FROM registry_staging s LEFT JOIN registry_person p ON p.id_number = s.id_number
    WHERE {_SLICE} AND {_PERSON_DIFFERS}
    ON CONFLICT (id_number) DO UPDATE SET {", ".join(f"{column} = excluded.{column}" for column in _MERGED)}"""
_MERGE_LINKS = f"""
    INSERT INTO registry_dependencylink (head_id, dependent_id, relation)
    SELECT hp.id, p.id, s.relation
    FROM registry_staging s
    JOIN registry_person p ON p.id_number = s.id_number
    JOIN registry_person hp ON hp.id_number = s.head_id_number {_LINK}
    WHERE {_SLICE} AND {_LINK_DIFFERS}
    ON CONFLICT (dependent_id) WHERE until IS NULL DO UPDATE SET relation = excluded.relation"""
_RETIRE_PASSPORTS = f"""
    UPDATE registry_document SET status = 'replaced' WHERE id IN (
      SELECT d.id FROM registry_staging s JOIN registry_person p ON p.id_number = s.id_number {_PASSPORT}
      WHERE NOT s.is_bad AND (d.issued_by <> s.nationality OR d.number <> s.passport_number))"""
_MERGE_PASSPORTS = f"""
    INSERT INTO registry_document (holder_id, kind, number, issued_by, expires_on, status, details)
    SELECT p.id, 'passport', s.passport_number, s.nationality, s.passport_expires_on, 'valid', '{{{{}}}}'
    FROM registry_staging s JOIN registry_person p ON p.id_number = s.id_number {_PASSPORT}
    WHERE {_SLICE} AND {_PASSPORT_DIFFERS}
    ON CONFLICT (kind, issued_by, number) WHERE status = 'valid' AND NOT kind = 'insurance'
    DO UPDATE SET expires_on = excluded.expires_on"""


class Staging:
    def __init__(self) -> None:
        self._last_line = 0
        self.drop()
        columns = ", ".join(f"{column} {_COLUMN_TYPES.get(column, 'text')}" for column in STAGED_COLUMNS)
        _execute(f"CREATE TEMPORARY TABLE registry_staging ({columns})")

    def drop(self) -> None:
        _execute("DROP TABLE IF EXISTS registry_staging")

    def add(self, batch: list[StagedLine]) -> None:
        self._last_line = batch[-1][0]
        if connection.vendor == "postgresql":
            _copy(batch)
        else:
            places = ", ".join(["%s"] * len(STAGED_COLUMNS))
            with connection.cursor() as cursor:
                cursor.executemany(f"INSERT INTO registry_staging VALUES ({places})", batch)

    def judge_together(self) -> Iterator[LineError]:
        """To be called once, after the last line was added. The lines that fail are not merged."""
        _execute("CREATE INDEX registry_staging_by_number ON registry_staging (id_number)")
        _analyze("registry_staging")
        for check in _CHECKS:
            yield from _failures(check)
        while _any_fails(_HEAD_IS_BAD):
            yield from _failures(_HEAD_IS_BAD)

    def count_bad(self) -> int:
        return _fetch_one("SELECT count(*) FROM registry_staging WHERE is_bad")[0]

    def count_effects(self) -> tuple[int, int, int]:
        """How many lines will be new, changed and unchanged."""
        good, new, changed = _fetch_one(_COUNT_EFFECTS)
        return new, changed, good - new - changed

    def merge(self, slice_lines: int) -> Iterator[float]:
        """Writes what differs, and yields the share of the work that is done."""
        for first, last in self._slices(slice_lines):
            _execute(_MERGE_PERSONS, first, last)
            yield last / self._last_line * _SHARE_OF_PERSONS
        _analyze("registry_person")
        _execute(_RETIRE_PASSPORTS)
        for first, last in self._slices(slice_lines):
            for statement in (_MERGE_LINKS, _MERGE_PASSPORTS):
                _execute(statement, first, last)
            yield _SHARE_OF_PERSONS + last / self._last_line * (1 - _SHARE_OF_PERSONS)

    def _slices(self, slice_lines: int) -> Iterator[tuple[int, int]]:
        for first in range(1, self._last_line + 1, slice_lines):
            yield first, min(first + slice_lines - 1, self._last_line)


def _failures(check: _Check) -> Iterator[LineError]:
    if not _any_fails(check):
        return
    with connection.chunked_cursor() as cursor:
        cursor.execute(f"{check.sql} ORDER BY s.line")
        for line, *facts in cursor:
            yield LineError(line, check.column, check.reason.format(*facts))
    _execute(f"UPDATE registry_staging SET is_bad = TRUE WHERE line IN (SELECT line FROM ({check.sql}) failing)")


def _any_fails(check: _Check) -> bool:
    return bool(_fetch_one(f"SELECT EXISTS ({check.sql})")[0])


def _copy(batch: list[StagedLine]) -> None:
    rows = io.StringIO()
    csv.writer(rows).writerows(batch)
    rows.seek(0)
    names = ", ".join(_NAME_COLUMNS)  # an empty father's name is an empty text, not NULL
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY registry_staging FROM STDIN WITH (FORMAT csv, FORCE_NOT_NULL ({names}))", rows)


def _analyze(table: str) -> None:
    if connection.vendor == "postgresql":
        _execute(f"ANALYZE {table}")


def _execute(sql: str, *values: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.format(differs=_DIFFERS[connection.vendor]), values)


def _fetch_one(sql: str) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql.format(differs=_DIFFERS[connection.vendor]))
        row: tuple[int, ...] = cursor.fetchone()
    return row
