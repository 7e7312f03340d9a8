"""Measures the portal, prints the table, keeps it in bench/results/ and in the README: `make bench`. Takes a quarter of an hour.

Needs PostgreSQL and Redis on their usual local ports, nginx and wrk. BENCH_FULL=1 imports a million people instead of 100,000, and
fills a database with three million requests instead of 300,000 (6 GB, another ten minutes).
"""

import json
import multiprocessing
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench import handover, pages, registrations, request_pages, signed_calls, under_load, workers  # noqa: E402
from bench.servers import POSTGRES, manage, production  # noqa: E402

RESULTS = ROOT / "bench" / "results"
Row = tuple[str, str, str, bool]
# p50, if there is one, and p99.
_HANDOVER_GOALS_MS: dict[str, tuple[float | None, float]] = {
    "celery_on_redis": (15, 60),
    "relay_on_postgresql": (15, 60),
    "relay_on_sqlite": (None, 1200),
}


def main() -> None:
    manage("collectstatic", "--noinput", "-v", "0", env=production("postgres"))
    measured = {
        module.__name__.removeprefix("bench."): _apart(module.measure)
        for module in (pages, handover, registrations, signed_calls, workers, under_load)
    }
    # Its databases have processes of their own.
    measured["request_pages"] = request_pages.measure()
    for name, values in measured.items():
        _keep(name, values)
    people = "1000000" if os.environ.get("BENCH_FULL") else "100000"
    server = {"DATABASE_URL": f"{POSTGRES}/postgres"}
    subprocess.run([sys.executable, "bench/import_registry.py", people], cwd=ROOT, env=os.environ | server, check=True)
    table = _table(_rows(measured | {"import": json.loads((RESULTS / "import.json").read_text())}))
    print(table)
    _into_readme(table)


def _apart(measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """In a process of its own: Django is set up once a process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(measure)


def _keep(name: str, values: dict[str, Any]) -> None:
    facts = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(values | facts, indent=2) + "\n")


def _rows(measured: dict[str, Any]) -> list[Row]:
    return [
        *[_page_row(page, measured["pages"][page]["ratio"]) for page in ("registration", "dashboard")],
        *_registration_rows(measured["registrations"]),
        *_signed_rows(measured["signed_calls"]),
        *[_handover_row(way, *goals, measured["handover"][way]) for way, goals in _HANDOVER_GOALS_MS.items()],
        _worker_row(measured["workers"]["ratio"]),
        *_load_rows(measured["under_load"]),
        *_request_rows(measured["request_pages"]),
        _import_row(measured["import"]),
    ]


def _page_row(page: str, ratio: float) -> Row:
    name = f"{page} page : bare Django template page, requests per second"
    return name, f"{ratio:.2f}", "≥ 0.70", ratio >= 0.7


def _registration_rows(flows: dict[str, Any]) -> list[Row]:
    ratio, cpu = flows["ratio"], flows["portal_cpu_ms"] / flows["allauth_cpu_ms"]
    name = "registrations : django-allauth sign-ups, flows per second"
    return [
        (name, f"{ratio:.2f}", "≥ 1.20", ratio >= 1.2),
        ("CPU per registration : per django-allauth sign-up", f"{cpu:.2f}", "", True),
    ]


def _signed_rows(calls: dict[str, Any]) -> list[Row]:
    cpu = " : ".join(f"{calls[f'{side}_cpu_ms_per_call']:.1f} ms" for side in ("portal", "bare", "signed"))
    name = "bank activations, two signed calls : two POSTs to a bare django-ninja, per second"
    least = "the same : two signed POSTs to a django-ninja that verifies, burns the nonce and keeps the answer"
    return [
        (name, f"{calls['ratio']:.2f}", "≥ 0.40", calls["ratio"] >= 0.4),
        (least, f"{calls['ratio_to_signed']:.2f}", "", True),
        ("CPU per signed call : per call to the bare one : to that one", cpu, "", True),
        (
            f"a signed call at {calls['calls_per_second']} a second",
            _times(calls),
            "p99 < 100 ms",
            calls["p99_ms"] < 100,
        ),
    ]


def _handover_row(way: str, p50: float | None, p99: float, times: dict[str, float]) -> Row:
    goal = f"p50 < {p50} ms, p99 < {p99} ms" if p50 else f"p99 < {p99} ms"
    reached = (p50 is None or times["p50_ms"] < p50) and times["p99_ms"] < p99
    return f"commit to gateway, {way.replace('_', ' ')}", _times(times), goal, reached


def _worker_row(ratio: float) -> Row:
    name = "hand-overs of one worker : bare Celery task that does one UPDATE"
    return name, f"{ratio:.2f}", "≥ 0.50", ratio >= 0.5


def _load_rows(load: dict[str, Any]) -> list[Row]:
    hanging = load["hanging_ratio"]
    return [
        (f"hand-over at the rate that holds, {load['per_second']} registrations a second", _times(load), "", True),
        ("registration while the gateway hangs : as usual, time", f"{hanging:.2f}", "≤ 1.20", hanging <= 1.2),
    ]


def _request_rows(measured: dict[str, Any]) -> list[Row]:
    """The page that suffers most of each kind; any of them that asks the database more often counts as not reached."""
    few, many = f"{request_pages.SMALL:,}", f"{measured['requests']:,}"
    kinds = {
        "family page": "family",
        "request list": "request list",
        "request page": "request page",
        "officers' lists": "",
    }
    rows = []
    for kind, name in kinds.items():
        pages = [page for found, page in measured["pages"].items() if _is_of_kind(found, name)]
        ratio = max(page["ratio"] for page in pages)
        reached = ratio <= 1.3 and all(page["few_queries"] == page["many_queries"] for page in pages)
        rows.append(
            (f"{kind} with {many} requests : with {few}, time", f"{ratio:.2f}", "≤ 1.30, as many queries", reached)
        )
    submit = measured["submit"]
    times = f"p50 {submit['p50_ms']} ms, p95 {submit['p95_ms']} ms"
    return [*rows, ("submit with two photos of 3 MB", times, "p95 < 1500 ms", submit["p95_ms"] < 1500)]


def _is_of_kind(found: str, name: str) -> bool:
    return found.startswith(name) if name else found.startswith(("desk", "list"))


def _import_row(done: dict[str, Any]) -> Row:
    """A small run is judged by its rate."""
    small = "" if done["people"] >= 1_000_000 else " (the small run; BENCH_FULL=1 imports a million)"
    reached = done["people"] / done["seconds"] >= 1_000_000 / 180 and done["peak_memory_mb"] <= 400
    result = f"{done['seconds']:.0f} s, {done['peak_memory_mb']} MB"
    return f"import of {done['people']:,} people{small}", result, "1,000,000 in 180 s, 400 MB", reached


def _times(measured: dict[str, Any]) -> str:
    return f"p50 {measured['p50_ms']} ms, p99 {measured['p99_ms']} ms"


def _table(rows: list[Row]) -> str:
    lines = ["| measured | result | goal | reached |", "|---|---|---|---|"]
    lines += [
        f"| {name} | {result} | {goal or '–'} | {('yes' if reached else 'no') if goal else '–'} |"
        for name, result, goal, reached in rows
    ]
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, PostgreSQL and Redis on the same machine"
    return "\n".join(
        [*lines, "", f"{datetime.now(UTC):%Y-%m-%d}, {machine}; medians of interleaved rounds, `make bench`."]
    )


def _into_readme(table: str) -> None:
    readme = ROOT / "README.md"
    before, _, rest = readme.read_text().partition("<!-- bench -->")
    after = rest.partition("<!-- /bench -->")[2]
    readme.write_text(f"{before}<!-- bench -->\n{table}\n<!-- /bench -->{after}")


if __name__ == "__main__":
    main()
