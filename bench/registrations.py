"""Full registrations per second and CPU per registration, side by side with a minimal django-allauth site (bench/peers)."""

import itertools
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from statistics import median
from typing import Any

import psycopg2

from bench.client import Client, address_of, hidden
from bench.servers import POSTGRES, ROOT, Server, gunicorn, manage, production, scratch_broker, scratch_database

ROUNDS, SECONDS, VISITORS, PEOPLE = 4, 8, 4, 20_000
PASSWORD = "Blue7Lantern"
PEERS = ROOT / "bench" / "peers"


def measure() -> dict[str, Any]:
    """Flows per second and CPU milliseconds a flow (medians of interleaved rounds), and the ratio of the rates."""
    with ExitStack() as stack:
        ours, theirs = _start_portal(stack), _start_peer(stack)
        for side in (ours, theirs):  # What a process does once only is done before anything counts.
            one_round(*side, SECONDS)
        rounds: dict[str, list[tuple[float, float]]] = {"portal": [], "allauth": []}
        for _ in range(ROUNDS):
            rounds["portal"].append(one_round(*ours, SECONDS))
            rounds["allauth"].append(one_round(*theirs, SECONDS))
    rates = {name: median(rate for rate, _cpu in values) for name, values in rounds.items()}
    cpu = {name: median(cpu for _rate, cpu in values) for name, values in rounds.items()}
    return {
        **{f"{name}_flows_per_second": round(rate, 1) for name, rate in rates.items()},
        **{f"{name}_cpu_ms": round(value * 1000, 1) for name, value in cpu.items()},
        "ratio": round(rates["portal"] / rates["allauth"], 2),
    }


Flow = Callable[[int], None]


def one_round(server: Server, flow: Flow, turn: Iterator[int], seconds: float) -> tuple[float, float]:
    """Flows a second, and CPU seconds a flow."""
    done: list[int] = []
    cpu, began = server.cpu_seconds(), time.perf_counter()

    def visit() -> None:
        while time.perf_counter() - began < seconds:
            number = next(turn)
            flow(number)
            done.append(number)

    visitors = [threading.Thread(target=visit) for _ in range(VISITORS)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    return len(done) / (time.perf_counter() - began), (server.cpu_seconds() - cpu) / len(done)


def _start_portal(stack: ExitStack) -> tuple[Server, Flow, Iterator[int]]:
    database = stack.enter_context(scratch_database("bench_registrations"))
    env = production(database, REDIS_URL=stack.enter_context(scratch_broker()))
    manage("migrate", "-v", "0", env=env)
    os.environ |= env
    import django

    django.setup()
    from bench.people import write_people

    people = write_people(PEOPLE)
    server = stack.enter_context(gunicorn("absher_portal.wsgi", env=env))
    return (
        server,
        lambda number: register(Client(server.port, address_of(number)), people[number], number),
        itertools.count(),
    )


def waiting_text(mobile: str) -> str:
    """What the outbox still holds for a mobile."""
    from core.sealed import unseal
    from messaging.models import Message

    body = Message.objects.values_list("sealed_body", flat=True).get(to=mobile)
    return unseal(body) if body else ""


def register(client: Client, id_number: str, number: int, text_for: Callable[[str], str] = waiting_text) -> None:
    from accounts.captcha.challenge import Challenge

    page = client.get("/en/register/")
    key, image = hidden(page, "captcha_key"), re.findall(r'src="(/captcha/[^"]+png)"', page)[0]
    client.get(image)
    client.post(
        "/en/register/",
        csrfmiddlewaretoken=hidden(page, "csrfmiddlewaretoken"),
        id_number=id_number,
        mobile=f"05{number:08}",
        email="bench@example.com",
        username=username_of(number),
        password=PASSWORD,
        password_again=PASSWORD,
        language="en",
        pledge="on",
        captcha_key=key,
        captcha=Challenge("registration", key, client.cookies["csrf"]).answer(),
    )
    led_to = type_code(client, "/en/register/code/", partial(text_for, f"+9665{number:08}"))
    assert led_to == "/en/register/completed/", led_to


def username_of(number: int) -> str:
    return f"bench{number:06}"


def sign_in(client: Client, number: int, text_for: Callable[[str], str]) -> None:
    page = client.get("/en/sign-in/")
    client.post(
        "/en/sign-in/",
        csrfmiddlewaretoken=hidden(page, "csrfmiddlewaretoken"),
        login_name=username_of(number),
        password=PASSWORD,
    )
    led_to = type_code(client, "/en/sign-in/code/", partial(text_for, f"+9665{number:08}"))
    assert led_to == "/en/dashboard/", led_to


def type_code(client: Client, path: str, text: Callable[[], str]) -> str:
    """Where it leads. `text` is asked for once the page is there."""
    page = client.get(path)
    return client.post(
        path,
        csrfmiddlewaretoken=hidden(page, "csrfmiddlewaretoken"),
        flow=hidden(page, "flow"),
        code=text().rsplit("#", 1)[1].strip(),
    )


def _start_peer(stack: ExitStack) -> tuple[Server, Flow, Iterator[int]]:
    python = _peers_python()
    env = {"PEER_DATABASE": stack.enter_context(scratch_database("bench_peer")), "DJANGO_SETTINGS_MODULE": ""}
    subprocess.run([python, "allauth_site.py"], cwd=PEERS, env=os.environ | env, check=True)
    server = stack.enter_context(gunicorn("allauth_site", env=env, folder=PEERS, python=python))
    kept = threading.local()

    def code_of(phone: str) -> str:
        if not hasattr(kept, "connection"):
            kept.connection = psycopg2.connect(f"{POSTGRES}/{env['PEER_DATABASE']}")
            kept.connection.autocommit = True
        with kept.connection.cursor() as cursor:
            cursor.execute("SELECT code FROM sms WHERE number = %s", [phone])
            return str(cursor.fetchone()[0])

    return server, lambda number: _sign_up(server.port, f"+9665{number:08}", code_of), itertools.count()


def _sign_up(port: int, phone: str, code_of: Callable[[str], str]) -> None:
    client = Client(port)
    page = client.get("/accounts/signup/")
    token = hidden(page, "csrfmiddlewaretoken")
    client.post("/accounts/signup/", csrfmiddlewaretoken=token, phone=phone, password1=PASSWORD, password2=PASSWORD)
    page = client.get("/accounts/phone/verify/")
    token = hidden(page, "csrfmiddlewaretoken")
    led_to = client.post("/accounts/phone/verify/", csrfmiddlewaretoken=token, code=code_of(phone))
    assert led_to == "/done", led_to


def _peers_python() -> str:
    python = PEERS / ".venv" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", PEERS / ".venv"], check=True)
    requirements = PEERS / "requirements.txt"
    subprocess.run([python, "-m", "pip", "install", "-q", "--require-hashes", "-r", requirements], check=True)
    return str(python)
