"""Brings a CSV file of people into the register: streamed, in one transaction, repeatable without effect."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from core.trail import record
from registry.importer.lines import LineError, StagedLine, judge
from registry.importer.source import FileRefused, Source
from registry.importer.staging import Staging, lock_against_other_imports

__all__ = ["FileRefused", "ImportReport", "LineError", "import_file"]

BATCH_LINES = 5000
SLICE_LINES = 50_000

Progress = Callable[[int], object]
"""Is called with the bytes done since the last call; they sum up to the size of the file."""
ErrorSink = Callable[[LineError], object]


@dataclass
class ImportReport:
    """Counts of lines, and of `errors` on the bad ones (a line can have several). `is_kept` says whether the good
    lines are in the register now."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    errors: int = 0
    bad_lines: int = 0
    is_kept: bool = False


def import_file(
    path: Path | str,
    keep_good: bool = False,
    progress: Progress | None = None,
    on_error: ErrorSink | None = None,
) -> ImportReport:
    """All lines or, when one is bad, none; with `keep_good` the good ones. Every error goes to `on_error` as it is
    found. Raises FileRefused when the file as a whole cannot be read, OSError when it cannot be opened."""
    with open(path, "rb") as file, transaction.atomic():
        lock_against_other_imports()
        run = _Run(Source(file), progress or (lambda count: None), on_error or (lambda error: None))
        run.stage()
        if run.report.errors and not keep_good:
            transaction.set_rollback(True)
        else:
            run.write()
        return run.report


@dataclass
class _Run:
    source: Source
    progress: Progress
    on_error: ErrorSink
    report: ImportReport = field(default_factory=ImportReport)
    staging: Staging = field(default_factory=Staging)
    _bytes_told: int = 0

    def stage(self) -> None:
        """First half: every line is read and judged, then the lines against each other and the register."""
        lines = self._judged()
        while batch := list(islice(lines, BATCH_LINES)):
            self.staging.add(batch)
            self._proceed(self.source.bytes_read / 2)
        for error in self.staging.judge_together():
            self._tell(error)
        self.report.bad_lines += self.staging.count_bad()

    def write(self) -> None:
        """Second half: what is good goes into the register."""
        report = self.report
        report.new, report.changed, report.unchanged = self.staging.count_effects()
        if report.new or report.changed:
            for share in self.staging.merge(SLICE_LINES):
                self._proceed(self.source.bytes_read * (1 + share) / 2)
        self._proceed(self.source.bytes_read)
        self.staging.drop()
        report.is_kept = True
        record(
            "register_imported",
            file_sha256=self.source.sha256(),
            new=report.new,
            changed=report.changed,
            unchanged=report.unchanged,
            bad_lines=report.bad_lines,
        )

    def _proceed(self, bytes_done: float) -> None:
        self.progress(int(bytes_done) - self._bytes_told)
        self._bytes_told = int(bytes_done)

    def _judged(self) -> Iterator[StagedLine]:
        today = timezone.localdate()
        for number, cells in self.source:
            line, errors = judge(number, cells, today)
            for error in errors:
                self._tell(error)
            if line is not None:
                yield line
            else:
                self.report.bad_lines += 1

    def _tell(self, error: LineError) -> None:
        self.report.errors += 1
        self.on_error(error)
