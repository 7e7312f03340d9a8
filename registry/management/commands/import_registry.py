import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from registry.importer import FileRefused, ImportReport, LineError, import_file
from registry.importer.source import COLUMNS, OPTIONAL_COLUMNS


class Command(BaseCommand):
    help = (
        "Brings a CSV file of people into the register. All lines or, when one is bad, none. A second run changes nothing. "
        f"Columns: {', '.join(COLUMNS)}; and, if you like, {', '.join(OPTIONAL_COLUMNS)}. "
        "An empty cell says nothing and takes nothing away."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE.csv", type=Path)
        parser.add_argument("--keep-good", action="store_true", help="keep the good lines when others are bad")

    def handle(self, *args: Any, file: Path, keep_good: bool, **options: Any) -> None:
        try:
            report = self._import(file, keep_good)
        except FileRefused as refusal:
            raise CommandError(f"{file.name} was refused, and nothing was imported. {refusal}") from None
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
        self._conclude(report)

    def _import(self, file: Path, keep_good: bool) -> ImportReport:
        size = os.stat(file).st_size
        # Its own line of the terminal; once in a while only when the output goes to a file.
        interval = 0.3 if self.stderr.isatty() else 10.0
        with tqdm(total=size, unit="B", unit_scale=True, desc=file.name, mininterval=interval, file=self.stderr) as bar:

            def tell(error: LineError) -> None:
                with bar.external_write_mode(file=self.stderr):
                    self.stderr.write(str(error))

            return import_file(file, keep_good, bar.update, tell)

    def _conclude(self, report: ImportReport) -> None:
        problems = f"{_counted(report.errors, 'error')} on {_counted(report.bad_lines, 'line')}"
        if not report.is_kept:
            raise CommandError(
                f"Nothing was imported: {problems}. Mend them and import the file again, or keep the good lines with "
                "--keep-good."
            )
        if report.errors:
            self.stderr.write(self.style.WARNING(f"{problems}: these lines were left out."))
        counts = f"{report.new:,} new, {report.changed:,} changed, {report.unchanged:,} unchanged"
        self.stdout.write(self.style.SUCCESS(f"{counts}."))


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
