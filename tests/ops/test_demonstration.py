"""`make run` as somebody meets it who has just unpacked the project: a folder of its own, nothing prepared."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from django.conf import settings

from tests.waiting import PATIENCE_SECONDS, wait_until

pytestmark = pytest.mark.slow

_ENDS_THE_BANNER = "Ctrl-C ends everything."


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    folder = tmp_path / "portal"
    shutil.copytree(settings.BASE_DIR, folder, ignore=shutil.ignore_patterns(".*", "var", "*.mo", "__pycache__"))
    return folder


@contextmanager
def _started(folder: Path, address: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """The demonstration, once its page is there, and what it printed before."""
    host, port = address.split(":")
    ours = {"DATABASE_URL", "REDIS_URL", "DEMO_MODE", "SECRET_KEY", "PUBLIC_URL", "DJANGO_SETTINGS_MODULE"}
    surroundings = {name: value for name, value in os.environ.items() if name not in ours}
    command = [sys.executable, "scripts/run.py", "--host", host, "--port", port]
    process = subprocess.Popen(command, cwd=folder, env=surroundings, stdout=subprocess.PIPE, text=True)
    try:
        printed = ""
        while _ENDS_THE_BANNER not in printed:
            line = process.stdout.readline() if process.stdout else ""
            assert line, printed
            printed += line
        wait_until(lambda: _answers(address))
        yield process, printed
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_SECONDS)


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"http://{address}/ar/").status_code == 200
    except httpx.TransportError:
        return False


def test_it_starts_from_nothing_and_again_from_what_it_made(unpacked: Path, free_address: str) -> None:
    with _started(unpacked, free_address) as (first, printed):
        people = httpx.get(f"http://{free_address}/en/demo/people/").text
        for shown in ("2000000006", "passports2026"):
            assert shown in printed and shown in people
        made = _made(unpacked)
    assert first.returncode == 0
    assert not _answers(free_address)
    with _started(unpacked, free_address) as (second, _printed):
        assert _made(unpacked) == made
    assert second.returncode == 0


def _made(folder: Path) -> list[int]:
    """When the key of this installation and its static files were made."""
    return [(folder / "var" / name).stat().st_mtime_ns for name in ("secret_key", "static.mark")]
