"""Measures `manage.py import_registry` on PostgreSQL in a scratch database: `python bench/import_registry.py [PEOPLE]`.

DATABASE_URL names the server (default: the local one); the scratch database is made and dropped there. The goal
(issue A, section 3): a million people in under 180 s and 400 MB on 2 cores.
"""

import csv
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.idnumbers import luhn_holds  # noqa: E402

SERVER = os.environ.get("DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
SCRATCH = f"bench_import_{os.getpid()}"
RESULT = ROOT / "bench" / "results" / "import.json"

COLUMNS = ["id_number", "kind", "name_ar", "name_en", "sex", "birth_date", "nationality", "id_expires_on",
           "head_id_number", "relation", "fingerprint_on_file", "passport_number", "passport_expires_on"]  # fmt: skip
SYLLABLES = [
    ("سا", "sa"), ("مر", "mer"), ("نا", "na"), ("بيل", "beel"), ("كا", "ka"), ("ريم", "reem"), ("حا", "ha"), ("مد", "med"),
    ("طا", "ta"), ("رق", "req"), ("لي", "li"), ("نور", "nour"), ("فا", "fa"), ("دي", "di"), ("جو", "jo"), ("شا", "sha"),
    ("عمر", "omar"), ("غا", "gha"), ("زي", "zi"), ("وا", "wa"), ("خل", "khal"), ("يا", "ya"), ("سين", "seen"), ("بو", "bou"),
]  # fmt: skip
NATIONALITIES = ["EGY", "IND", "PAK", "BGD", "PHL", "YEM", "SDN", "SYR", "JOR", "IDN"]


def people(count: int) -> Iterator[list[Any]]:
    """Four in ten are citizens; every household of a resident has four people. Seeded: the same file each time."""
    dice = random.Random(1)
    head, family = "", _name(dice, 3)
    for index in range(count):
        is_citizen = index % 10 < 4
        number = _with_check_digit(f"{1 if is_citizen else 2}{index:08}")
        place = index % 4
        if place == 0 or is_citizen:
            head, family = number, _name(dice, 3)
        yield _person(dice, number, is_citizen, head, place, family)


def _person(
    dice: random.Random, number: str, is_citizen: bool, head: str, place: int, family: tuple[str, str]
) -> list[Any]:
    relation = "" if head == number else ("", "wife", "son", "daughter")[place]
    is_woman = relation in ("wife", "daughter")
    names = [_name(dice, 2), _name(dice, 2), _name(dice, 2), family]
    born = date(1960, 1, 1) + timedelta(dice.randrange(9000) + (15_000 if relation in ("son", "daughter") else 0))
    expiry = date(2027, 1, 1) + timedelta(dice.randrange(1500))
    return [
        number, "citizen" if is_citizen else "resident", " ".join(n[0] for n in names), " ".join(n[1] for n in names),
        "female" if is_woman else "male", born, "SAU" if is_citizen else dice.choice(NATIONALITIES), expiry,
        head if relation else "", relation, "yes", f"P{number[1:]}", expiry,
    ]  # fmt: skip


def _name(dice: random.Random, syllables: int) -> tuple[str, str]:
    """Of 576 with two syllables and 13,824 with three, in Arabic and in English."""
    parts = [dice.choice(SYLLABLES) for _ in range(syllables)]
    return "".join(part[0] for part in parts), "".join(part[1] for part in parts).capitalize()


def _with_check_digit(nine_digits: str) -> str:
    return next(f"{nine_digits}{digit}" for digit in range(10) if luhn_holds(f"{nine_digits}{digit}"))


def write_people(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(people(count))


def run(*arguments: str) -> tuple[float, float, float, str]:
    """Seconds, seconds of processor and peak memory in MB of manage.py (not of the database), and what it said."""
    url = urlunsplit(urlsplit(SERVER)._replace(path=f"/{SCRATCH}"))
    environment = {"DEMO_MODE": "true", **os.environ, "DATABASE_URL": url}
    started = time.monotonic()
    with subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        said = process.stdout.read().strip()
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"manage.py {' '.join(arguments)} failed.")
    return time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, said


def on_server(sql: str) -> None:
    connection = psycopg2.connect(SERVER)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(sql)
    connection.close()


def measure(count: int, folder: Path) -> dict[str, Any]:
    file = folder / "people.csv"
    write_people(file, count)
    run("migrate", "--verbosity", "0")
    first_seconds, first_cpu, first_mb, first_said = run("import_registry", str(file))
    second_seconds, second_cpu, second_mb, second_said = run("import_registry", str(file))
    return {
        "people": count,
        "file_mb": round(file.stat().st_size / 1e6, 1),
        "seconds": round(first_seconds, 1),
        "people_per_second": round(count / first_seconds),
        "cpu_seconds": round(first_cpu, 1),
        "peak_memory_mb": round(first_mb),
        "said": first_said,
        "second_run_seconds": round(second_seconds, 1),
        "second_run_cpu_seconds": round(second_cpu, 1),
        "second_run_peak_memory_mb": round(second_mb),
        "second_run_said": second_said,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    on_server(f"CREATE DATABASE {SCRATCH}")
    try:
        with tempfile.TemporaryDirectory() as folder:
            result = measure(count, Path(folder))
    finally:
        on_server(f"DROP DATABASE {SCRATCH}")
    for name, value in result.items():
        print(f"{name:>26}  {value}")
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
