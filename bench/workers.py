"""Hand-overs per second of one worker process, beside a bare Celery task that does one UPDATE (bench/peers/bare_task.py)."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import psycopg2

from bench.servers import (
    POSTGRES,
    ROOT,
    celery_worker,
    free_port,
    manage,
    process,
    production,
    scratch_broker,
    scratch_database,
    wait_for,
    worker,
)

ROUNDS, MESSAGES, THREADS = 5, 2000, 32
PEERS = ROOT / "bench" / "peers"


def measure() -> dict[str, Any]:
    """Medians of interleaved rounds, and the share of the bare task's rate."""
    with ExitStack() as stack:
        broker = stack.enter_context(scratch_broker())
        portal, bare = _Portal(stack, broker), _Bare(stack, broker)
        rates: dict[str, list[float]] = {"portal": [], "bare": []}
        for _round in range(ROUNDS):
            for name, side in (("portal", portal), ("bare", bare)):
                # The flush of what the round before wrote is not to fall into this one.
                _run("postgres", "CHECKPOINT")
                rates[name].append(side.round())
    medians = {f"{name}_per_second": round(median(values), 1) for name, values in rates.items()}
    return {**medians, "ratio": round(median(rates["portal"]) / median(rates["bare"]), 2)}


def _rate(database: str, done: str, since: float) -> float:
    """Rows done a second, by the database's clock, once all are done. `done` selects their moments."""
    connection = psycopg2.connect(f"{POSTGRES}/{database}")
    connection.autocommit = True
    with connection.cursor() as cursor:
        while True:
            cursor.execute(f"SELECT count(at), EXTRACT(EPOCH FROM max(at) - min(at)) FROM ({done}) AS done(at)")
            count, seconds = cursor.fetchone()
            if count == MESSAGES:
                connection.close()
                return MESSAGES / float(seconds)
            if time.monotonic() - since > 120:
                raise SystemExit(f"{MESSAGES - count} of {MESSAGES} were not done in two minutes.")
            time.sleep(0.2)


@contextmanager
def _operator() -> Iterator[str]:
    """An operator that takes everything and costs next to nothing: nginx."""
    port = free_port()
    with TemporaryDirectory() as folder:
        config = Path(folder) / "nginx.conf"
        config.write_text(
            f"daemon off; pid {folder}/pid; error_log stderr; events {{}} http {{ access_log off; client_body_temp_path {folder};"
            f" keepalive_requests 1000000; server {{ listen 127.0.0.1:{port}; location / {{ return 200 '{{}}'; }} }} }}"
        )
        nginx = subprocess.Popen(["nginx", "-c", config, "-p", folder])
        try:
            wait_for(port)
            yield f"http://127.0.0.1:{port}/"
        finally:
            nginx.terminate()
            nginx.wait()


class _Portal:
    def __init__(self, stack: ExitStack, broker: str) -> None:
        self.database = stack.enter_context(scratch_database("bench_workers"))
        url = stack.enter_context(_operator())
        self.env = production(self.database, SMS_HTTP_URL=url, REDIS_URL=broker)
        manage("migrate", "-v", "0", env=self.env)

    def round(self) -> float:
        """The queue is filled first, so that the worker is never short of work."""
        subprocess.run([sys.executable, "-m", "bench.workers"], cwd=ROOT, env=os.environ | self.env, check=True)
        with process(*worker(threads=THREADS), env=self.env):
            newest = f"SELECT sent_at FROM messaging_message ORDER BY id DESC LIMIT {MESSAGES}"
            return _rate(self.database, newest, time.monotonic())


class _Bare:
    def __init__(self, stack: ExitStack, broker: str) -> None:
        self.database = stack.enter_context(scratch_database("bench_bare_task"))
        self.env = {"BARE_DATABASE": self.database, "BARE_BROKER": broker, "DJANGO_SETTINGS_MODULE": ""}

    def round(self) -> float:
        _run(
            self.database,
            "DROP TABLE IF EXISTS bare_row; CREATE TABLE bare_row (id bigserial PRIMARY KEY, done_at timestamptz)",
        )
        _run(self.database, f"INSERT INTO bare_row SELECT n FROM generate_series(1, {MESSAGES}) AS n")
        fill = f"from bare_task import touch\nfor n in range(1, {MESSAGES} + 1): touch.delay(n)"
        subprocess.run([sys.executable, "-c", fill], cwd=PEERS, env=os.environ | self.env, check=True)
        with process(*celery_worker("bare_task", threads=THREADS), env=self.env, folder=PEERS):
            return _rate(self.database, "SELECT done_at FROM bare_row", time.monotonic())


def _run(database: str, statement: str) -> None:
    connection = psycopg2.connect(f"{POSTGRES}/{database}")
    with connection, connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()


def _fill() -> None:
    """Messages in the outbox and their tasks in the queue."""
    import django

    django.setup()
    from celery import current_app
    from django.conf import settings

    from messaging.actions.sending import send
    from messaging.models import Queue

    broker, settings.REDIS_URL = settings.REDIS_URL, ""
    context = {"code": "471302", "reference": "KM"}
    ids = [
        send(to=f"+9665{n:08}", purpose="login_code", language="en", context=context, queue=Queue.OTP).pk
        for n in range(MESSAGES)
    ]
    settings.REDIS_URL = broker
    for message_id in ids:
        current_app.send_task("messaging.deliver", args=[message_id], queue="otp", ignore_result=True)


if __name__ == "__main__":
    _fill()
