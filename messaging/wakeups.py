"""How a relay waits for the next message without asking the database all the time."""

import select
import socket
import time
from typing import Any

from django.db import connection

from core.queue import CHANNEL

# SQLite says in some microseconds whether anything was written at all; the outbox is read only then.
_LOOK_EVERY_SECONDS = 0.05


class Wakeup:
    """Waits until the time is up, somebody calls `wake`, or the database has news. One thread waits, any may wake."""

    def __init__(self) -> None:
        self._ear, self._bell = socket.socketpair()
        self._ear.setblocking(False)
        self._bell.setblocking(False)

    def wake(self) -> None:
        try:
            self._bell.send(b"!")
        except BlockingIOError:
            pass  # it rings already

    def wait(self, seconds: float) -> None:
        """Raises django.db.Error when the database is gone."""
        raise NotImplementedError

    def rest(self, seconds: float) -> None:
        """Waits without asking the database for anything."""
        self._listen([], seconds)

    def _listen(self, besides: list[Any], seconds: float) -> bool:
        """Whether the bell rang."""
        ready, _, _ = select.select([self._ear, *besides], [], [], max(0, seconds))
        if self._ear in ready:
            self._ear.recv(4096)
        return self._ear in ready


class PostgresWakeup(Wakeup):
    """LISTEN: `core.queue` writes the NOTIFY in the transaction of the message."""

    def __init__(self) -> None:
        super().__init__()
        self._listening_on: Any = None

    def wait(self, seconds: float) -> None:
        with connection.wrap_database_errors:
            session = self._session()
            session.poll()
            if not session.notifies:
                self._listen([session], seconds)
                session.poll()
            session.notifies.clear()

    def _session(self) -> Any:
        connection.ensure_connection()
        if connection.connection is not self._listening_on:
            with connection.cursor() as cursor:
                cursor.execute(f"LISTEN {CHANNEL}")
            self._listening_on = connection.connection
        return self._listening_on


class SqliteWakeup(Wakeup):
    def __init__(self) -> None:
        super().__init__()
        # Kept between two waits: what is written while the relay reads the outbox is news to the next wait.
        self._seen = -1

    def wait(self, seconds: float) -> None:
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            if self._news() or self._listen([], min(left, _LOOK_EVERY_SECONDS)):
                return

    def _news(self) -> bool:
        """Whether another connection has committed anything since the last time."""
        before = self._seen
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA data_version")
            self._seen = int(cursor.fetchone()[0])
        return self._seen != before


def for_this_database() -> Wakeup:
    return PostgresWakeup() if connection.vendor == "postgresql" else SqliteWakeup()
