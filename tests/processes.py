"""The portal's other processes, on the database of the running test: started for real, or in a thread."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.db import connection, connections

from messaging.relay import Relay
from tests.waiting import PATIENCE_SECONDS, wait_until

Process = AbstractContextManager[subprocess.Popen[bytes]]


def database_url() -> str:
    """Of the test database, for a process of its own. Works in transactional tests only: others never commit."""
    facts = connection.settings_dict
    if connection.vendor == "sqlite":
        assert "memory" not in str(facts["NAME"]), "Other processes cannot see a database in memory."
        return f"sqlite:///{facts['NAME']}"
    where = f"{facts['HOST'] or '127.0.0.1'}:{facts['PORT'] or 5432}"
    return f"postgresql://{facts['USER']}:{facts['PASSWORD'] or ''}@{where}/{facts['NAME']}"


@contextmanager
def running(*command: str, log: Path, says: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """`python <command>` in the project's folder, from the moment its log says `says`; killed at the end."""
    surroundings = {"DEMO_MODE": "true", "REDIS_URL": "", "DATABASE_URL": database_url()}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=settings.BASE_DIR,
            env=os.environ | surroundings | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:

        def has_said_it() -> bool:
            assert process.poll() is None, log.read_text()
            return says in log.read_text()

        wait_until(has_said_it)
        yield process
    finally:
        # The whole group: a web server's own children would keep their connections.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def relay_in_thread() -> Iterator[Relay]:
    """Of this process; stopped at the end."""
    relay = Relay(threads=2)

    def run() -> None:
        try:
            relay.run()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield relay
    finally:
        relay.stop()
        thread.join(PATIENCE_SECONDS)


def running_relay(log: Path, **environment: str) -> Process:
    return running("manage.py", "relay", log=log, says="relay_started", **environment)


def running_worker(log: Path, redis_url: str, **environment: str) -> Process:
    worker = ("-m", "celery", "-A", "absher_portal", "worker", "-Q", "otp,notices", "--pool", "threads", "-c", "8")
    return running(*worker, log=log, says="ready", REDIS_URL=redis_url, **environment)
