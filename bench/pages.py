"""Requests per second of the registration page and the dashboard, against a bare Django template page of the same size."""

import html
import os
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from bench.client import Client
from bench.servers import ROOT, gunicorn, manage, production, scratch_database

ROUNDS, SECONDS = 5, 3
PEERS = ROOT / "bench" / "peers"


def measure() -> dict[str, Any]:
    """Requests per second (medians of interleaved rounds) and the portal's share of the bare page's."""
    with ExitStack() as stack:
        env = production(stack.enter_context(scratch_database("bench_pages")))
        manage("migrate", "-v", "0", env=env)
        session = _signed_in(env)
        portal = stack.enter_context(gunicorn("absher_portal.wsgi", env=env))
        pages = {"registration": ("/ar/register/", ""), "dashboard": ("/ar/dashboard/", f"session={session}")}
        results = {}
        for name, (path, cookie) in pages.items():
            page, held = _page(portal.port, path, cookie)
            _write_bare_page(page)
            # Who is signed in has been here before, and holds the cookie of the forms, too.
            cookie = cookie and held
            with gunicorn("bare", env={"BARE": str(_folder())}, folder=PEERS) as bare:
                results[name] = _compare(
                    {
                        "portal": partial(_wrk, portal.port, path, cookie),
                        "bare": partial(_wrk, bare.port, "/", ""),
                    }
                )
        return results


def _compare(servers: dict[str, Callable[[], float]]) -> dict[str, float]:
    rounds: dict[str, list[float]] = {name: [] for name in servers}
    for _ in range(ROUNDS):
        for name, run in servers.items():
            rounds[name].append(run())
    medians = {f"{name}_per_second": round(median(values), 1) for name, values in rounds.items()}
    return {**medians, "ratio": round(median(rounds["portal"]) / median(rounds["bare"]), 3)}


def _wrk(port: int, path: str, cookie: str) -> float:
    headers = ["-H", f"Cookie: {cookie}"] if cookie else []
    command = ["wrk", "-t1", "-c1", f"-d{SECONDS}s", *headers, f"http://127.0.0.1:{port}{path}"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in said:
        raise SystemExit(f"{path} does not answer 200.")
    return float(re.findall(r"Requests/sec:\s+([\d.]+)", said)[0])


def _page(port: int, path: str, cookie: str) -> tuple[str, str]:
    """The page, and the cookies that a browser holds after it."""
    client = Client(port)
    if cookie:
        name, _, value = cookie.partition("=")
        client.cookies[name] = value
    page = client.get(path)
    return page, "; ".join(f"{name}={value}" for name, value in client.cookies.items())


def _signed_in(env: dict[str, str]) -> str:
    """The cookie of an activated person."""
    code = "from bench.people import signed_in_session; import django; django.setup(); print(signed_in_session())"
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=os.environ | env, check=True, capture_output=True, text=True
    )
    return said.stdout.strip()


def _folder() -> Path:
    return ROOT / "var" / "bench"


def _write_bare_page(page: str) -> None:
    """The same page as an ordinary template: each text goes through translate, each link through url, in a base's block."""
    head, _, body = page.partition("<body")
    body = re.sub(
        r">\s*([^<>{}%]*[^\s<>{}%][^<>{}%]*)<", lambda m: f'>{{% translate "{_quoted(m[1])}" %}}<', f"<body{body}"
    )
    body = re.sub(r'href="/(ar|en)/[^"]*"', "href=\"{% url 'page' %}\"", body)
    _folder().mkdir(parents=True, exist_ok=True)
    (_folder() / "base.html").write_text(f"{head}{{% block body %}}{{% endblock %}}</html>")
    content = (
        "{% extends 'base.html' %}{% load i18n %}{% block body %}" + body.replace("</html>", "") + "{% endblock %}"
    )
    (_folder() / "page.html").write_text(content)


def _quoted(text: str) -> str:
    return html.unescape(text).strip().replace('"', "'").replace("\n", " ")
