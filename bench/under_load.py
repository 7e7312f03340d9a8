"""Codes while people register: how long they take to the gateway at the highest rate that holds, and whether pages get
slower when the gateway hangs."""

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import count
from statistics import median, quantiles
from typing import Any

import psycopg2

from bench.client import Client, address_of
from bench.handover import THREADS, Gateway
from bench.registrations import register, waiting_text
from bench.servers import POSTGRES, gunicorn, manage, process, production, scratch_broker, scratch_database, worker

RATES, SECONDS, PROBE_SECONDS = (50, 35, 25, 18, 12, 8, 5), 60, 8
ROUNDS, FLOWS = 4, 25
PEOPLE, VISITORS = 30_000, 24


def measure() -> dict[str, Any]:
    """Milliseconds from the row to the hand-over at `per_second` registrations; registrations' time with a gateway that
    hangs as a multiple of the usual."""
    with ExitStack() as stack:
        gateway = stack.enter_context(Gateway())
        threading.Thread(target=gateway.serve_forever, daemon=True).start()
        database = stack.enter_context(scratch_database("bench_under_load"))
        url, broker = f"http://127.0.0.1:{gateway.server_port}/", stack.enter_context(scratch_broker())
        env = production(database, SMS_HTTP_URL=url, REDIS_URL=broker, SMS_DAILY_CEILING="10000000", WEB_WORKERS="2")
        manage("migrate", "-v", "0", env=env)
        visit = _visits(env, stack, gateway)
        rate = next(rate for rate in RATES if _holds(visit, rate, PROBE_SECONDS))
        began = time.time()
        _holds(visit, rate, SECONDS)
        return {"per_second": rate, **_handed_over(database, began), "hanging_ratio": _hanging(visit, gateway)}


def _visits(env: dict[str, str], stack: ExitStack, gateway: Gateway) -> Callable[[], None]:
    """Each call is somebody who registers."""
    os.environ |= env
    import django

    django.setup()
    from bench.people import write_people

    people, turn = write_people(PEOPLE), count()
    server = stack.enter_context(gunicorn("absher_portal.wsgi", env=env))
    stack.enter_context(process(*worker(threads=THREADS), env=env))

    def text_for(mobile: str) -> str:
        """Bodies are wiped when they are sent."""
        return waiting_text(mobile) or gateway.texts[mobile]

    def visit() -> None:
        number = next(turn)
        register(Client(server.port, address_of(number)), people[number], number, text_for)

    for _warm in range(10):
        visit()
    return visit


def _holds(visit: Callable[[], None], rate: int, seconds: int) -> bool:
    """Whether registrations that begin `rate` a second also end so."""
    with ThreadPoolExecutor(VISITORS) as visitors:
        began = time.monotonic()
        for number in range(rate * seconds):
            time.sleep(max(0.0, began + number / rate - time.monotonic()))
            visitors.submit(visit)
    return time.monotonic() - began < seconds * 1.1


def _handed_over(database: str, began: float) -> dict[str, float]:
    connection = psycopg2.connect(f"{POSTGRES}/{database}")
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXTRACT(EPOCH FROM sent_at - created_at) * 1000 FROM messaging_message"
            " WHERE created_at > to_timestamp(%s) AND sent_at IS NOT NULL",
            [began],
        )
        times = [float(row[0]) for row in cursor.fetchall()]
    connection.close()
    cuts = quantiles(times, n=100)
    return {"messages": len(times), "p50_ms": round(cuts[49], 1), "p99_ms": round(cuts[98], 1)}


def _hanging(visit: Callable[[], None], gateway: Gateway) -> float:
    """Interleaved rounds, one person after the other."""
    usual, hanging = [], []
    for _round in range(ROUNDS):
        gateway.answers.set()
        usual += [_time(visit) for _flow in range(FLOWS)]
        gateway.answers.clear()
        hanging += [_time(visit) for _flow in range(FLOWS)]
    gateway.answers.set()
    return round(median(hanging) / median(usual), 2)


def _time(visit: Callable[[], None]) -> float:
    began = time.perf_counter()
    visit()
    return time.perf_counter() - began
