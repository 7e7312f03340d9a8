"""Activations at a bank, two signed calls each (begin, confirm), against as many calls to a bare endpoint of the same framework
(bench/peers/bare_api.py), and against as many signed ones to an endpoint that does no more than any endpoint for partners must
(bench/peers/signed_api.py); and how long a call takes at a steady rate."""

import http.client
import itertools
import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from statistics import median, quantiles
from typing import Any

from bench.registrations import Flow, one_round, waiting_text
from bench.servers import ROOT, Server, gunicorn, manage, production, scratch_database

ROUNDS, SECONDS, PEOPLE = 4, 6, 20_000
CALLS_PER_SECOND, STEADY_SECONDS, WARMED_UP_BY = 20, 15, 20
CALLS_A_FLOW = 2
PEERS = ROOT / "bench" / "peers"
_PATH = "/api/v1/activation/attempts"

Call = Callable[[str, dict[str, Any]], dict[str, Any]]


def measure(rounds: int = ROUNDS, seconds: float = SECONDS, steady_seconds: float = STEADY_SECONDS) -> dict[str, Any]:
    """Activations a second and CPU milliseconds a call (medians of interleaved rounds), the ratios to the bare and to the least
    signed endpoint, and the milliseconds of a call at CALLS_PER_SECOND."""
    with ExitStack() as stack:
        portal, activate, turn = _start_portal(stack)
        bare = stack.enter_context(gunicorn("bare_api", env={"DJANGO_SETTINGS_MODULE": ""}, folder=PEERS))
        # The other sides are quicker: they must not use up the people who wait for their activation.
        sides = {
            "portal": (portal, activate, turn),
            "bare": (bare, _bare_flow(bare.port), itertools.count()),
            "signed": _start_signed(stack),
        }
        for _server, flow, turns in sides.values():
            for _ in range(WARMED_UP_BY):
                flow(next(turns))
        measured: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
        for _ in range(rounds):
            for name, (server, flow, turns) in sides.items():
                measured[name].append(one_round(server, flow, turns, seconds))
        times = _at_a_steady_rate(activate, turn, steady_seconds)
    rates = {name: median(rate for rate, _cpu in values) for name, values in measured.items()}
    cpu = {name: median(cpu for _rate, cpu in values) / CALLS_A_FLOW for name, values in measured.items()}
    return {
        **{f"{name}_flows_per_second": round(rate, 1) for name, rate in rates.items()},
        **{f"{name}_cpu_ms_per_call": round(value * 1000, 2) for name, value in cpu.items()},
        "ratio": round(rates["portal"] / rates["bare"], 3),
        "ratio_to_signed": round(rates["portal"] / rates["signed"], 3),
        "calls_per_second": CALLS_PER_SECOND,
        **times,
    }


def _at_a_steady_rate(activate: Flow, turn: Iterator[int], seconds: float) -> dict[str, float]:
    """Begun by the clock, however long those before take: a call that waits for another one shows in its time."""
    _TIMES.clear()
    began, flows = time.perf_counter(), round(seconds * CALLS_PER_SECOND / CALLS_A_FLOW)
    with ThreadPoolExecutor(16) as pool:
        for index in range(flows):
            time.sleep(max(0, began + index * CALLS_A_FLOW / CALLS_PER_SECOND - time.perf_counter()))
            pool.submit(activate, next(turn))
    cuts = quantiles(_TIMES, n=100)
    return {"calls": len(_TIMES), "p50_ms": round(cuts[49] * 1000, 1), "p99_ms": round(cuts[98] * 1000, 1)}


# Seconds of each call to the portal, in the order of their ends.
_TIMES: list[float] = []


def _start_portal(stack: ExitStack) -> tuple[Server, Flow, Iterator[int]]:
    env = production(stack.enter_context(scratch_database("bench_signed_calls")), SMS_DAILY_CEILING="10000000")
    manage("migrate", "-v", "0", env=env)
    os.environ |= env
    import django

    django.setup()
    from bench.people import write_claims

    people, program = write_claims(PEOPLE), _bank()
    server = stack.enter_context(gunicorn("absher_portal.wsgi", env=env))

    def activate(number: int) -> None:
        call = program(server.port)
        mobile = f"+9665{number:08}"
        begun = call("attempts", {"id_number": people[number], "mobile": mobile, "mode": "app"})
        code = waiting_text(mobile).rsplit("#", 1)[1].strip()
        done = call(f"attempts/{begun['reference']}/confirmation", {"code": code})
        assert done["state"] == "activated", done

    return server, activate, itertools.count()


def _bank() -> Callable[[int], Call]:
    """A live bank, and what its program calls with."""
    from django.conf import settings

    from core.calling import HttpCall
    from core.signatures import new_private_key, public_key_of, sign
    from partners.actions import admission
    from partners.actions.admission import Agreement
    from partners.models import Kind
    from partners.states import State

    agreement = Agreement("بنك القياس", "Bench Bank", ("app",), ("activation",), calls_a_minute=10_000_000)
    partner, private_key = admission.admit("bench-bank", Kind.BANK, agreement, actor=None), new_private_key("ed25519")
    admission.change(partner, agreement, state=State.LIVE, actor=None)
    keyid = admission.add_key(partner, public_key_of(private_key), actor=None).keyid

    def program(port: int) -> Call:
        def call(path: str, said: dict[str, Any]) -> dict[str, Any]:
            place = f"/api/v1/activation/{path}"
            signed = HttpCall("POST", f"{settings.PUBLIC_URL}{place}", json.dumps(said).encode())
            headers = sign(signed, keyid=keyid, private_key=private_key) | {"Idempotency-Key": str(uuid.uuid4())}
            began = time.perf_counter()
            told = _post(port, place, signed.body, headers)
            _TIMES.append(time.perf_counter() - began)
            return told

        return call

    return program


def _bare_flow(port: int) -> Flow:
    def flow(number: int) -> None:
        for _call in range(CALLS_A_FLOW):
            _post(port, _PATH, _beginning(number), {})

    return flow


def _start_signed(stack: ExitStack) -> tuple[Server, Flow, Iterator[int]]:
    from core.calling import HttpCall
    from core.signatures import new_private_key, public_key_of, sign

    key = new_private_key("ed25519")
    env = {
        "PEER_DATABASE": stack.enter_context(scratch_database("bench_signed_peer")),
        "PEER_PUBLIC_KEY": public_key_of(key).pem,
        "DJANGO_SETTINGS_MODULE": "",
    }
    subprocess.run([sys.executable, "signed_api.py"], cwd=PEERS, env=os.environ | env, check=True)
    server = stack.enter_context(gunicorn("signed_api", env=env, folder=PEERS))

    def flow(number: int) -> None:
        for _call in range(CALLS_A_FLOW):
            call = HttpCall("POST", f"http://127.0.0.1:{server.port}{_PATH}", _beginning(number))
            signed = sign(call, keyid="bench", private_key=key) | {"Idempotency-Key": str(uuid.uuid4())}
            _post(server.port, _PATH, call.body, signed)

    return server, flow, itertools.count()


def _beginning(number: int) -> bytes:
    return json.dumps({"id_number": f"{number:010}", "mobile": f"+9665{number:08}", "mode": "app"}).encode()


def _post(port: int, path: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", path, body, {"Content-Type": "application/json", **headers})
    response = connection.getresponse()
    told: dict[str, Any] = json.loads(response.read())
    connection.close()
    if response.status >= 300:
        raise SystemExit(f"{path} answers {response.status}: {told}")
    return told
