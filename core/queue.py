"""Nudging whoever does the work, once the transaction has committed.

The row in the database is the truth, and a relay finds rows whose nudge was lost, so a nudge may fail in silence.
With a broker it is a Celery task, published from a thread of its own (a page never waits for the broker), with short
time-outs, no retries, and a pause after a failure: Celery's `delay()` was measured to hang for over 25 s on a frozen
Redis. Without one it is a NOTIFY on PostgreSQL, and nothing on SQLite, where the relay polls.
"""

import os
import queue
import threading
import time
from functools import cache
from typing import NamedTuple

import structlog
from celery import current_app
from django.conf import settings
from django.db import connection, transaction

PAUSE_AFTER_FAILURE_SECONDS = 10
CHANNEL = "nudges"
_WAITING_AT_MOST = 1000

log = structlog.get_logger(__name__)


class Nudge(NamedTuple):
    task: str
    row_id: int
    queue: str


def nudge_on_commit(task: str, row_id: int, *, queue: str) -> None:
    """Nothing happens for a transaction that rolls back."""
    if settings.REDIS_URL:
        _publish_on_commit(Nudge(task, row_id, str(queue)))
    elif connection.vendor == "postgresql":
        # PostgreSQL itself holds it back until the commit, and folds equal ones of a transaction into one.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])


def _publish_on_commit(nudge: Nudge) -> None:
    def publish() -> None:
        _publisher().hand_over(nudge)

    transaction.on_commit(publish)


class _Publisher:
    def __init__(self) -> None:
        self._waiting: queue.Queue[Nudge] = queue.Queue(_WAITING_AT_MOST)
        self._paused_until = 0.0
        self._start_lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def hand_over(self, nudge: Nudge) -> None:
        if time.monotonic() < self._paused_until:
            return
        try:
            self._ensure_running()
            self._waiting.put_nowait(nudge)
        except (queue.Full, RuntimeError):  # RuntimeError: the host has no thread left
            log.warning("nudge_dropped", task=nudge.task, row_id=nudge.row_id)

    def _ensure_running(self) -> None:
        if self._thread and self._thread.is_alive():
            return
        with self._start_lock:
            if not (self._thread and self._thread.is_alive()):
                self._thread = threading.Thread(target=self._run, name="nudges", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            nudge = self._waiting.get()
            if time.monotonic() >= self._paused_until:
                self._publish(nudge)

    def _publish(self, nudge: Nudge) -> None:
        try:
            current_app.send_task(nudge.task, args=[nudge.row_id], queue=nudge.queue, retry=False, ignore_result=True)
        except Exception as error:  # whatever the broker's client raises, the relay delivers
            self._paused_until = time.monotonic() + PAUSE_AFTER_FAILURE_SECONDS
            log.warning("nudge_failed", task=nudge.task, row_id=nudge.row_id, error=type(error).__name__)


@cache
def _publisher() -> _Publisher:
    return _Publisher()


# A forked web worker has its parent's publisher, but not the thread, and perhaps a lock that nobody will release.
os.register_at_fork(after_in_child=_publisher.cache_clear)
