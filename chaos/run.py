"""Hurts a running production, one part after the other, and looks whether what was promised still holds: `make chaos`.

Starts a PostgreSQL cluster, a Redis, web server, worker, relay and two operators of its own; takes about six minutes.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import NamedTuple

import psycopg2

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.servers import RELAY  # noqa: E402
from chaos import desk, invariants  # noqa: E402
from chaos.town import WORKER, Town  # noqa: E402
from chaos.visitors import Round, Visitors  # noqa: E402

PEOPLE = 20_000
# security.md, “Faults and what must hold”.
HOLDS_WITHIN_SECONDS, PAGES_P99_MS = 60, 3000
RELAY_WITHIN_SECONDS, NEXT_GATEWAY_WITHIN_SECONDS = 5, 10
_FAULT_SECONDS = 10


class Fault(NamedTuple):
    name: str
    strike: Callable[[Town], None]
    heal: Callable[[Town], None]
    # Pages may say that the portal rests for a moment.
    turns_away: bool = False
    codes_within_seconds: int = HOLDS_WITHIN_SECONDS


def _kill_worker_mid_send(town: Town) -> None:
    town.first.become("slow")
    time.sleep(3)
    town.kill("worker")


def _kill_worker_while_kannel_is_slow(town: Town) -> None:
    """What Kannel has it may never be given again; no receipt says so, and the other one takes nothing."""
    town.first.become("refuse")
    town.second.become("slow", receipts_each=0)
    time.sleep(3)
    town.kill("worker")


def _kill_relay(town: Town) -> None:
    """Which delivers alone, as the worker has no broker."""
    town.kill("redis")
    town.first.become("slow")
    time.sleep(3)
    town.kill("relay")


def _heal_relay(town: Town) -> None:
    town.start("relay", RELAY)
    town.first.become("ok")
    town.start_redis()


def _heal_worker(town: Town) -> None:
    _well(town)
    town.start("worker", WORKER)


def _repeat_receipts(town: Town) -> None:
    town.first.become("refuse")
    town.second.become("ok", receipts_each=3)


def _well(town: Town) -> None:
    town.first.become("ok")
    town.second.become("ok")


FAULTS = (
    Fault("nothing", lambda town: None, lambda town: None),
    Fault(
        "Redis down",
        lambda town: town.kill("redis"),
        lambda town: town.start_redis(),
        codes_within_seconds=RELAY_WITHIN_SECONDS,
    ),
    Fault(
        "Redis frozen",
        lambda town: town.signal("redis", signal.SIGSTOP),
        lambda town: town.signal("redis", signal.SIGCONT),
        codes_within_seconds=RELAY_WITHIN_SECONDS,
    ),
    Fault(
        "Redis flushed",
        lambda town: town.redis_cli("FLUSHALL"),
        lambda town: town.redis_cli("FLUSHALL"),
        codes_within_seconds=RELAY_WITHIN_SECONDS,
    ),
    Fault("worker killed -9 mid-send", _kill_worker_mid_send, _heal_worker),
    Fault("worker killed -9 while Kannel is slow", _kill_worker_while_kannel_is_slow, _heal_worker),
    Fault("relay killed -9 mid-send, Redis down", _kill_relay, _heal_relay),
    *[
        Fault(name, strike, _well, codes_within_seconds=NEXT_GATEWAY_WITHIN_SECONDS)
        for name, strike in (
            ("first gateway hangs", lambda town: town.first.become("hang")),
            ("first gateway answers 503", lambda town: town.first.become("error")),
            ("first gateway loses its answers", lambda town: town.first.become("lose")),
            ("receipts three times, then contrary", _repeat_receipts),
        )
    ],
    Fault("PostgreSQL restarted", lambda town: town.restart_postgres(), lambda town: None, turns_away=True),
    Fault(
        "PostgreSQL restarted mid-approval",
        desk.restart_postgres_mid_approval,
        desk.approve_what_was_cut_off,
        turns_away=True,
    ),
)


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with ExitStack() as stack:
        town = Town(stack)
        visitors = Visitors(town.web_port, _people(town), (town.first, town.second))
        stack.callback(visitors.stop)
        visitors.wait_until_some_can_sign_in()
        results = [(fault, *_try(town, visitors, fault)) for fault in FAULTS]
    sys.stdout.write(f"{_table(results)}\n")
    sys.exit(any(broken for _fault, _seen, broken in results))


def _people(town: Town) -> list[str]:
    os.environ |= town.env
    import django

    django.setup()
    from django.db import connection

    from bench.people import write_people

    people = write_people(PEOPLE)
    connection.close()  # PostgreSQL is restarted before this thread asks it again.
    return people


def _try(town: Town, visitors: Visitors, fault: Fault) -> tuple[Round, list[str]]:
    sys.stderr.write(f"… {fault.name}\n")
    seen = visitors.begin_round()
    fault.strike(town)
    time.sleep(_FAULT_SECONDS)
    fault.heal(town)
    time.sleep(2)
    visitors.begin_round()
    broken = _wait_for_invariants(town)
    visitors.wait_for(seen)
    return seen, [*broken, *_forgotten(town, visitors), *_broken_promises(town, seen, fault)]


def _wait_for_invariants(town: Town) -> list[str]:
    """Those that do not hold when their minute is over."""
    ends = time.monotonic() + HOLDS_WITHIN_SECONDS
    found = {"PostgreSQL answers": 1}
    while found and time.monotonic() < ends:
        with suppress(psycopg2.OperationalError), closing(town.connect()) as connection:
            found = invariants.broken(connection)
        time.sleep(1)
    return [f"{name} ({count})" for name, count in found.items()]


def _forgotten(town: Town, visitors: Visitors) -> list[str]:
    """A page said that it was done, and it is not there any more."""
    with closing(town.connect()) as connection:
        count = invariants.forgotten(connection, visitors.told)
    return [f"what was answered is kept ({count})"] if count else []


def _broken_promises(town: Town, seen: Round, fault: Fault) -> list[str]:
    promises = {
        "no operator that does not know repeats gets a reference twice": max(town.second.arrived.values(), default=1)
        == 1,
        "every page answers": not seen.broken and (fault.turns_away or not seen.turned_away),
        "pages answer in time": seen.p99_ms < PAGES_P99_MS or fault.turns_away,
        "people get on": seen.registered > 0,
        "every code comes": not seen.codes_lost,
        f"codes come within {fault.codes_within_seconds} s": max(seen.codes_waited_s, default=0)
        <= fault.codes_within_seconds,
    }
    said = [name for name, holds in promises.items() if not holds]
    return said + [f"  {line}" for line in seen.broken[:3]]


def _table(results: list[tuple[Fault, Round, list[str]]]) -> str:
    lines = [
        "| fault | registered | signed in | pages | p99 | turned away | codes that came | slowest code | holds |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for fault, seen, broken in results:
        came, slowest = len(seen.codes_waited_s), max(seen.codes_waited_s, default=0)
        codes = f"{came} of {came + seen.codes_lost}"
        holds = "yes" if not broken else "NO: " + "; ".join(broken)
        lines.append(
            f"| {fault.name} | {seen.registered} | {seen.signed_in} | {len(seen.pages_ms)} | {seen.p99_ms:.0f} ms"
            f" | {seen.turned_away} | {codes} | {slowest:.1f} s | {holds} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
