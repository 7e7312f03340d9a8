"""From commit to gateway: how long a message takes at 30 a second, through Celery or by the relay alone."""

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Any

from bench.servers import RELAY, ROOT, manage, process, production, scratch_broker, scratch_database, worker

PER_SECOND, SECONDS = 30, 15
THREADS = 8


class Gateway(ThreadingHTTPServer):
    """Notes when each reference arrives (seconds of the machine's monotonic clock); hangs while `answers` is not set."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Arrival)
        self.arrived: dict[str, float] = {}
        self.texts: dict[str, str] = {}
        self.answers = threading.Event()
        self.answers.set()


class _Arrival(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body in one packet: in two, the sender's delayed acknowledgement would be measured.
    wbufsize = -1

    def do_POST(self) -> None:
        now = time.monotonic()
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.arrived.setdefault(body["reference"], now)  # type: ignore[attr-defined]
        self.server.texts[body["to"]] = body["text"]  # type: ignore[attr-defined]
        self.server.answers.wait(30)  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *arguments: Any) -> None:
        pass


def measure() -> dict[str, Any]:
    """p50 and p99 in milliseconds for each way. Each runs in a process of its own: settings are read once."""
    return {way: _in_a_process(way) for way in ("celery_on_redis", "relay_on_postgresql", "relay_on_sqlite")}


def _in_a_process(way: str) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.handover", way]
    said = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    measured: dict[str, float] = json.loads(said.splitlines()[-1])
    return measured


def _measure(way: str) -> dict[str, float]:
    with ExitStack() as stack:
        gateway = stack.enter_context(Gateway())
        threading.Thread(target=gateway.serve_forever, daemon=True).start()
        more = {
            "SMS_HTTP_URL": f"http://127.0.0.1:{gateway.server_port}/",
            "REDIS_URL": stack.enter_context(scratch_broker()) if "redis" in way else "",
        }
        if way.endswith("sqlite"):
            folder = stack.enter_context(TemporaryDirectory())
            more["DATABASE_URL"] = f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
        env = production(stack.enter_context(scratch_database(f"bench_{way}")), **more)
        manage("migrate", "-v", "0", env=env)
        stack.enter_context(process(*(worker(threads=THREADS) if "redis" in way else RELAY), env=env))
        committed = _send_all(env)
        return _times(committed, gateway.arrived)


def _send_all(env: dict[str, str]) -> dict[str, float]:
    os.environ |= env
    import django

    django.setup()
    from django.db import transaction

    from messaging.actions import sending as actions
    from messaging.models import Queue

    def send(number: int) -> str:
        with transaction.atomic():
            return actions.send(
                to=f"+9665{number:08}", purpose="login_code", language="en",
                context={"code": "471302", "reference": "KM"}, queue=Queue.OTP,
            ).reference  # fmt: skip

    for number in range(5):  # processes, connections and imports are warm before anything counts
        send(number)
        time.sleep(1)
    committed, began = {}, time.monotonic()
    for number in range(PER_SECOND * SECONDS):
        time.sleep(max(0.0, began + number / PER_SECOND - time.monotonic()))
        committed[send(100 + number)] = time.monotonic()
    return committed


def _times(committed: dict[str, float], arrived: dict[str, float]) -> dict[str, float]:
    limit = time.monotonic() + 20
    while not committed.keys() <= arrived.keys():
        if time.monotonic() > limit:
            raise SystemExit(f"{len(committed.keys() - arrived.keys())} messages never arrived.")
        time.sleep(0.05)
    cuts = quantiles([(arrived[r] - committed[r]) * 1000 for r in committed], n=100)
    return {"messages": len(committed), "p50_ms": round(cuts[49], 1), "p99_ms": round(cuts[98], 1)}


if __name__ == "__main__":
    print(json.dumps(_measure(sys.argv[1])))
