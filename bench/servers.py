"""Scratch databases and servers for the measurements; all of it is gone at the end."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import redis

ROOT = Path(__file__).resolve().parent.parent
POSTGRES = os.environ.get("BENCH_POSTGRES", "postgresql://postgres@127.0.0.1:5432")
REDIS = os.environ.get("BENCH_REDIS", "redis://127.0.0.1:6379/9")
RELAY = ("manage.py", "relay")
_TICKS = os.sysconf("SC_CLK_TCK")
# Where Linux begins, unless told otherwise (net.ipv4.ip_local_port_range).
_LENT_FROM = 32768


def production(database: str, **more: str) -> dict[str, str]:
    """The environment of a production on this machine."""
    return {
        "DEMO_MODE": "false",
        "SECRET_KEY": "bench-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "PUBLIC_URL": "http://127.0.0.1",
        "ALLOWED_HOSTS": "127.0.0.1",
        "DATABASE_URL": f"{POSTGRES}/{database}",
        "REDIS_URL": "",
        "TRUSTED_PROXY_COUNT": "1",
        "LOG_LEVEL": "WARNING",
        "SMS_GATEWAYS": "messaging.gateways.http.Http",
        "SMS_HTTP_URL": "http://127.0.0.1:1/",
        "SMS_BLOCK_HOURLY_CEILING": "1000000",
        "DJANGO_SETTINGS_MODULE": "absher_portal.settings",
        **more,
    }


def celery_worker(app: str, *, threads: int) -> tuple[str, ...]:
    return ("-m", "celery", "-A", app, "worker", "--pool", "threads", "-c", str(threads))


def worker(*, threads: int) -> tuple[str, ...]:
    """The portal's, as in production."""
    return (*celery_worker("absher_portal", threads=threads), "-Q", "otp,notices")


@contextmanager
def scratch_database(name: str) -> Iterator[str]:
    _on_server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"')
    try:
        yield name
    finally:
        _on_server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _on_server(*statements: str) -> None:
    connection = psycopg2.connect(f"{POSTGRES}/postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.close()


@contextmanager
def scratch_broker() -> Iterator[str]:
    """Its URL. What another measurement has left would be done before anything that is measured."""
    with redis.Redis.from_url(REDIS) as broker:
        broker.flushdb()
        try:
            yield REDIS
        finally:
            broker.flushdb()


@dataclass
class Server:
    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """Of the process and its children, in user and kernel mode."""
        family = [pid for pid in _processes() if os.getpgid(pid) == self.pid]
        return sum(sum(map(int, _stat(pid)[11:13])) for pid in family) / _TICKS


def _processes() -> list[int]:
    found = []
    for name in os.listdir("/proc"):
        with suppress(ProcessLookupError, ValueError):
            os.getpgid(int(name))
            found.append(int(name))
    return found


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


@contextmanager
def gunicorn(app: str, *, env: dict[str, str], folder: Path = ROOT, python: str = sys.executable) -> Iterator[Server]:
    """One sync worker, configured as in production."""
    port = free_port()
    config = ["-c", str(ROOT / "deploy" / "gunicorn.conf.py"), "-w", "1", "-b", f"127.0.0.1:{port}"]
    with process("-m", "gunicorn", app, *config, env=env, folder=folder, python=python) as started:
        wait_for(port)
        yield Server(port, started.pid)


@contextmanager
def process(
    *command: str, env: dict[str, str], folder: Path = ROOT, python: str = sys.executable
) -> Iterator["subprocess.Popen[bytes]"]:
    started = subprocess.Popen(
        [python, *command], cwd=folder, env=os.environ | env, start_new_session=True, stderr=subprocess.DEVNULL
    )
    try:
        yield started
    finally:
        with suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
        started.wait()


def manage(*command: str, env: dict[str, str]) -> None:
    subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=os.environ | env, check=True)


def free_port() -> int:
    """Below the ports that the system lends to outgoing connections: one of those may be taken again before it is used."""
    while True:
        port = _LENT_FROM - 1 - secrets.randbelow(20_000)
        with suppress(OSError), socket.socket() as trial:
            trial.bind(("127.0.0.1", port))
            return port


def wait_for(port: int) -> None:
    for _ in range(200):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise SystemExit(f"Nothing answers on port {port}.")
