"""Runs the suite on SQLite and, when they answer, again on PostgreSQL and Redis; the last lines say what did not run.

TEST_DATABASE_URL, TEST_REDIS_URL and CHROMIUM say where things are; the usual local places are tried otherwise.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
POSTGRES = os.environ.get("TEST_DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/5")


@dataclass
class Found:
    chromium: str
    postgres: bool
    redis: bool
    kannel: bool
    not_run: list[str] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nothing-skipped", action="store_true", help="what did not run counts as a failure")
    arguments = parser.parse_args()
    _build()
    found = _look_around()
    failed = [name for name, passed in _passes(found) if not passed]
    for reason in found.not_run:
        print(f"NOT RUN: {reason}")
    print(f"FAILED on {' and '.join(failed)}." if failed else "Everything that ran has passed.")
    sys.exit(bool(failed) or (arguments.nothing_skipped and bool(found.not_run)))


def _build() -> None:
    from scripts import compile_messages

    compile_messages.main()
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--clear", "-v", "0"]
    subprocess.run(command, cwd=ROOT, check=True, env=os.environ | {"DEMO_MODE": "true"})


def _look_around() -> Found:
    found = Found(
        os.environ.get("CHROMIUM") or chromium(), _postgres(), _redis(), bool(which("bearerbox") and which("smsbox"))
    )
    if not found.chromium:
        found.not_run.append("tests in a browser: no Chromium was found (CHROMIUM says where it is)")
    if not found.postgres:
        found.not_run.append("the suite on PostgreSQL: none answers (TEST_DATABASE_URL says where it is)")
    if not found.redis:
        found.not_run.append("tests with a Celery worker: no Redis answers (TEST_REDIS_URL says where it is)")
    if not found.kannel:
        found.not_run.append("tests through Kannel: not installed (Debian packages kannel and kannel-extras)")
    return found


def chromium() -> str:
    """Where it is, or nothing. The shell without windows comes first: the pages are the same, at half the work."""
    return next(filter(None, map(which, ("chromium-headless-shell", "chromium", "chromium-browser"))), "")


def _postgres() -> bool:
    import psycopg2

    try:
        psycopg2.connect(POSTGRES, connect_timeout=3).close()
    except psycopg2.OperationalError:
        return False
    return True


def _redis() -> bool:
    import redis

    try:
        return bool(redis.Redis.from_url(REDIS, socket_timeout=2, socket_connect_timeout=2).ping())
    except redis.RedisError:
        return False


def _passes(found: Found) -> list[tuple[str, bool]]:
    absent = [*([] if found.chromium else ["browser"]), *([] if found.kannel else ["kannel"])]
    # A page that axe has judged on one database it does not judge again on the other (tests/browser/looking.py).
    with tempfile.TemporaryDirectory() as judged:
        both = {"JUDGED_PAGES": judged}
        passes = [("SQLite", _run("SQLite", [*absent, "postgres", "redis"], both | {"DATABASE_URL": ""}, found))]
        if found.postgres:
            absent += [] if found.redis else ["redis"]
            both |= {"TEST_REDIS_URL": REDIS} if found.redis else {}
            passes.append(("PostgreSQL", _run("PostgreSQL", absent, both | {"DATABASE_URL": POSTGRES}, found)))
    return passes


def _run(name: str, absent: list[str], surroundings: dict[str, str], found: Found) -> bool:
    print(f"\n=== {name} ===", flush=True)
    environment = {key: value for key, value in (os.environ | surroundings).items() if value}
    environment |= {"CHROMIUM": found.chromium} if found.chromium else {}
    # What one process has compiled, the next one reads: rewriting the asserts of all tests takes longer than importing them.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        marks = " and ".join(f"not {mark}" for mark in absent)
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            # One more than the two cores of CI: a test that waits for a page or a process leaves its core to another.
            "-n",
            "3",
            # Whoever is done takes over tests that the other one has not begun.
            "--dist",
            "worksteal",
            f"--junit-xml={report}",
            *(["-m", marks] if marks else []),
        ]
        passed = subprocess.run(command, cwd=ROOT, env=environment).returncode == 0
        found.not_run += [f"on {name}: {test}" for test in _skipped(report)]
    return passed


def _skipped(report: Path) -> list[str]:
    if not report.exists():
        return []
    cases = ElementTree.parse(report).iter("testcase")
    return [f"{case.get('name')} ({skip.get('message')})" for case in cases for skip in case.iter("skipped")]


if __name__ == "__main__":
    main()
