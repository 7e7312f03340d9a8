"""Starts the SMS centre of tests/smpp_centre.py and listens to what it prints."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.waiting import PATIENCE_SECONDS, wait_until

ROOT = Path(__file__).parents[1]


class Centre:
    """`said` is what the process printed so far."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.said: list[dict[str, Any]] = []
        self.listening = threading.Thread(target=self._listen, daemon=True)
        self.listening.start()
        self.port = wait_until(lambda: self.told("port"))[0]

    def told(self, what: str) -> list[Any]:
        return [line[what] for line in list(self.said) if what in line]

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [line for line in list(self.said) if "octets" in line]

    def _listen(self) -> None:
        for line in self.process.stdout or ():
            self.said.append(json.loads(line))


@contextmanager
def running_centre(*options: str) -> Iterator[Centre]:
    command = [sys.executable, "-m", "tests.smpp_centre", *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    centre = None
    try:
        centre = Centre(process)
        yield centre
    finally:
        process.kill()
        process.wait()
        if centre and process.stdout:
            centre.listening.join(PATIENCE_SECONDS)
            process.stdout.close()


def line_to(centre: Centre, **known: Any) -> dict[str, Any]:
    """settings.SMS_SMPP."""
    usual = {
        "host": "127.0.0.1",
        "port": centre.port,
        "tls": False,
        "ca_file": "",
        "system_id": "portal",
        "password": "trial",
    }
    return usual | {"system_type": "", "sender": "Portal", "receipt_ids": "same"} | known
