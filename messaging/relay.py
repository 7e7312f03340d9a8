"""The process that delivers what no task has: without a broker everything, with one whatever its nudge did not reach.

Any number of relays may run side by side; who claims a row delivers it. Other rooms' outboxes (settings.RELAYED_OUTBOXES) have
senders of their own, so that who hangs there holds up no message.
"""

import threading
import time
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from queue import SimpleQueue
from typing import Protocol

import structlog
from celery import current_app
from celery.schedules import crontab
from django.conf import settings
from django.db import Error, close_old_connections, connection

from messaging import delivery, wakeups

# With a broker a fresh message belongs to its task first.
GRACE = timedelta(seconds=1.5)
POLL_SECONDS = {"postgresql": 1.0, "sqlite": 0.5}
THREADS = {"postgresql": 16, "sqlite": 2}
_THREADS_OF_OTHERS = {"postgresql": 8, "sqlite": 2}
# Enough for a sender to finish with a gateway that answers; one that hangs is left behind, and claimed again by others.
_LEAVE_SECONDS = 0.7
_FIRST_CHORES_AFTER_SECONDS = 5

log = structlog.get_logger(__name__)


class Outbox(Protocol):
    """A module such as messaging.delivery."""

    def waiting(self, *, limit: int, grace: timedelta, besides: set[int]) -> list[int]: ...
    def deliver(self, row_id: int, /) -> None: ...


class Relay:
    def __init__(self, threads: int, alive_file: Path | None = None) -> None:
        self._alive_file = alive_file
        self._stopping = threading.Event()
        self._wakeup = wakeups.for_this_database()
        others = dict.fromkeys(settings.RELAYED_OUTBOXES, _THREADS_OF_OTHERS[connection.vendor])
        self._senders = [
            _Senders(import_module(path), count, self._wakeup, self._stopping)
            for path, count in {delivery.__name__: threads, **others}.items()
        ]
        self._grace = GRACE if settings.REDIS_URL else timedelta(0)
        self._expire_next = 0.0

    def run(self) -> None:
        """Until `stop` is called. Outlives the database."""
        log.info("relay_started", database=connection.vendor, threads=sum(senders.threads for senders in self._senders))
        delivery.listen()
        if not settings.REDIS_URL:
            _Chores(self._stopping).start()
        trouble = 0
        while not self._stopping.is_set():
            try:
                self._round()
                self._wakeup.wait(POLL_SECONDS[connection.vendor])
                trouble = 0
            except Error as error:
                trouble += 1
                log.warning("relay_lost_database", error=type(error).__name__, in_a_row=trouble)
                _forget_connection()
                self._wakeup.rest(min(0.25 * 2**trouble, 5))
        ends = time.monotonic() + _LEAVE_SECONDS
        left_behind = sum(senders.finish(ends) for senders in self._senders)
        _forget_connection()
        log.info("relay_stopped", left_behind=left_behind)

    def stop(self) -> None:
        """May be called by any thread and from a signal handler."""
        self._stopping.set()
        self._wakeup.wake()

    def _round(self) -> None:
        if time.monotonic() >= self._expire_next:
            delivery.expire_outlived()
            self._expire_next = time.monotonic() + 1
        for senders in self._senders:
            senders.take_waiting(self._grace)
        if self._alive_file:
            self._alive_file.touch()


class _Senders:
    """Threads of their own instead of an executor, whose exit would wait for a gateway that hangs."""

    def __init__(self, outbox: Outbox, threads: int, wakeup: wakeups.Wakeup, stopping: threading.Event) -> None:
        self._outbox, self.threads = outbox, threads
        self._wakeup, self._stopping = wakeup, stopping
        self._handed = SimpleQueue[int | None]()
        self._busy: set[int] = set()
        self._lock = threading.Lock()
        self._started: list[threading.Thread] = []

    def busy(self) -> set[int]:
        with self._lock:
            return set(self._busy)

    def take_waiting(self, grace: timedelta) -> None:
        busy = self.busy()
        free = self.threads - len(busy)
        if free > 0:
            for row_id in self._outbox.waiting(limit=free, grace=grace, besides=busy):
                self._take(row_id)

    def _take(self, row_id: int) -> None:
        with self._lock:
            self._busy.add(row_id)
            if len(self._started) < min(len(self._busy), self.threads):
                self._started.append(threading.Thread(target=self._run, name="sender", daemon=True))
                self._started[-1].start()
        self._handed.put(row_id)

    def finish(self, ends: float) -> int:
        """Lets the threads go; waits until then for what is under way and returns how much is left behind."""
        for _thread in self._started:
            self._handed.put(None)
        for thread in self._started:
            thread.join(max(0, ends - time.monotonic()))
        return len(self.busy())

    def _run(self) -> None:
        while (row_id := self._handed.get()) is not None and not self._stopping.is_set():
            self._deliver(row_id)
            with self._lock:
                self._busy.discard(row_id)
            self._wakeup.wake()
        _forget_connection()

    def _deliver(self, row_id: int) -> None:
        close_old_connections()
        try:
            self._outbox.deliver(row_id)
        except Exception as error:  # the row is still there: another try, but not at once
            log.warning("delivery_broke_off", row_id=row_id, error=type(error).__name__)
            _forget_connection()
            self._stopping.wait(1)


class _Chores(threading.Thread):
    """What beat would send out. Without a broker there is no beat, so the scheduled tasks run here."""

    def __init__(self, stopping: threading.Event) -> None:
        super().__init__(name="chores", daemon=True)
        self._stopping = stopping
        self._next = dict.fromkeys(settings.CELERY_BEAT_SCHEDULE, time.monotonic() + _FIRST_CHORES_AFTER_SECONDS)

    def run(self) -> None:
        current_app.autodiscover_tasks(force=True)
        while not self._stopping.wait(1):
            for name, chore in settings.CELERY_BEAT_SCHEDULE.items():
                if time.monotonic() >= self._next[name] and not self._stopping.is_set():
                    self._do(chore["task"])
                    self._next[name] = time.monotonic() + _seconds_until_next(chore["schedule"])
        _forget_connection()

    def _do(self, task: str) -> None:
        close_old_connections()
        try:
            current_app.tasks[task]()
        except Exception as error:  # the next hour has another try
            log.error("chore_failed", task=task, error=type(error).__name__)
            _forget_connection()


def _seconds_until_next(planned: timedelta | crontab) -> float:
    rest: timedelta = planned if isinstance(planned, timedelta) else planned.remaining_estimate(planned.now())
    return rest.total_seconds()


def _forget_connection() -> None:
    try:
        connection.close()
    except Error:
        connection.connection = None
