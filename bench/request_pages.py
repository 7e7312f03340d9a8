"""Pages of requests and families with a thousand requests and with millions of them: `python -m bench.request_pages [REQUESTS]`.

Two databases on the same server (bench.crowd), each with a process of its own that answers pages; they are asked in turn, so
that whatever else the machine does falls on both. The household and the officer who look are the same in both."""

import json
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

from bench import crowd
from bench.servers import manage, production, scratch_database

SMALL, SHORT, LARGE = 1000, 300_000, 3_000_000
ROUNDS, SUBMITS = 25, 20
PHOTO_BYTES = 3_000_000
# Whoever sees every department, and whoever sees one.
_ROLES = {"supervisor": "Supervisor", "officer": "Civil Affairs officer"}


def measure(requests: int = 0) -> dict[str, Any]:
    """For each page: milliseconds with few and with many (medians of interleaved rounds), and how often it asks the
    database; and how long it takes to attach two photos and submit."""
    requests = requests or (LARGE if os.environ.get("BENCH_FULL") else SHORT)
    with ExitStack() as stack:
        few, many = (stack.enter_context(_portal(f"bench_requests_{size}", size)) for size in (SMALL, requests))
        pages = {name: _compared(name, few, many) for name in few(_names)}
        return {"requests": requests, "pages": pages, "submit": many(_submits)}


def _compared(name: str, few: Callable[..., Any], many: Callable[..., Any]) -> dict[str, Any]:
    for ask in (few, many):  # what the first visit of a page finds out is known
        ask(_time, name)
    rounds = [(few(_time, name), many(_time, name)) for _round in range(ROUNDS)]
    times = {"few_ms": median(one for one, _other in rounds), "many_ms": median(other for _one, other in rounds)}
    ratio = {"ratio": round(times["many_ms"] / times["few_ms"], 2)}
    asked = {"few_queries": few(_queries, name), "many_queries": many(_queries, name)}
    return {name: round(value, 1) for name, value in times.items()} | ratio | asked


@contextmanager
def _portal(database: str, requests: int) -> Iterator[Callable[..., Any]]:
    """Asks a process that serves this database: a function of this module, and what it is given."""
    with scratch_database(database), TemporaryDirectory() as attachments:
        env = production(database, ATTACHMENTS_DIR=attachments)
        manage("migrate", "-v", "0", env=env)
        crowd.write(database, people=max(1000, requests // 3), requests=requests, messages=requests * 10 // 3)
        with multiprocessing.get_context("spawn").Pool(1) as process:
            process.apply(_open, (env,))
            yield lambda function, *given: process.apply(function, given)


class _Visitors:
    """Those of crowd.py whose pages are asked for, signed in."""

    def __init__(self) -> None:
        from django.test import Client

        from accounts.models import User
        from bench.people import session_of
        from services.models import ServiceRequest

        head = User.objects.filter(is_staff=False).earliest("pk")
        self.head = head
        self.clients = {"head": Client(headers={"host": "127.0.0.1"})}
        self.clients["head"].cookies["session"] = session_of(head)
        for (name, role), officer in zip(
            _ROLES.items(), User.objects.filter(is_staff=True).order_by("pk"), strict=False
        ):
            self.clients[name] = Client(headers={"host": "127.0.0.1"})
            self.clients[name].cookies["session"] = _officers_session(officer, role)
        open_one = ServiceRequest.objects.of(head).open().latest("pk")
        self.addresses = _addresses(open_one.number)


_visitors: _Visitors


def _open(env: dict[str, str]) -> None:
    """Once in each process."""
    global _visitors
    os.environ |= env
    import django

    django.setup()
    _visitors = _Visitors()


def _officers_session(officer: Any, role: str) -> str:
    from django.contrib.auth.models import Group
    from django_otp import DEVICE_ID_SESSION_KEY
    from django_otp.plugins.otp_totp.models import TOTPDevice

    from bench.people import session_of

    officer.groups.set([Group.objects.get(name=role)])
    device = TOTPDevice.objects.create(user=officer, name="bench")
    return session_of(officer, "officer", **{DEVICE_ID_SESSION_KEY: device.persistent_id})


def _addresses(number: str) -> dict[str, tuple[str, str]]:
    """By the name of a page, who asks for it and where; every list that officers work through has one."""
    from services.worklists import WORK_LISTS

    pages = {
        "family": ("head", _address("family") or _address("enquiry", "report-family")),
        "request list": ("head", _address("requests")),
        "request page": ("head", _address("request", number)),
        "request page of the officer": ("officer", _address("admin:services_request", number)),
    }
    for who in _ROLES:
        pages[f"desk of the {who}"] = (who, _address("admin:services_servicerequest_changelist"))
        pages |= {
            f"list “{name}” of the {who}": (who, _address("admin:services_work_list", name)) for name in WORK_LISTS
        }
    return {name: (who, address) for name, (who, address) in pages.items() if address}


def _address(name: str, *arguments: str) -> str:
    """Empty when there is no such page."""
    from django.urls import NoReverseMatch, reverse

    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return ""


def _names() -> list[str]:
    return list(_visitors.addresses)


def _visit(name: str) -> Any:
    who, address = _visitors.addresses[name]
    response = _visitors.clients[who].get(address)
    if response.status_code != 200:
        raise SystemExit(f"{name} ({address}) answers {response.status_code}.")
    return response


def _time(name: str) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    _visit(name)
    return (time.perf_counter() - began) * 1000


def _queries(name: str) -> int:
    """Of two visits one may write that the session is still in use."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    visits = []
    for _visited in range(2):
        with CaptureQueriesContext(connection) as asked:
            _visit(name)
        visits.append(len(asked))
    return min(visits)


def _submits() -> dict[str, Any]:
    """Milliseconds from the first photo that is sent to the page of the submitted request: three requests of a browser."""
    photos = [_photo(number) for number in range(2)]
    times = [_submit(turn, photos) for turn in range(SUBMITS)]
    return {"submits": SUBMITS, "p50_ms": round(median(times)), "p95_ms": round(quantiles(times, n=20)[18])}


def _submit(turn: int, photos: list[bytes]) -> float:
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.urls import reverse

    from accounts.models import TryCounter

    draft, client = _draft(turn), _visitors.clients["head"]
    TryCounter.objects.all().delete()  # One account sends more here than it may in a day.
    files = reverse("request_files", args=[draft.number])
    began = time.perf_counter()
    for photo in photos:
        client.post(files, {"document": "police_report", "file": SimpleUploadedFile("photo.jpg", photo)})
    client.post(reverse("request_review", args=[draft.number]), {"pledge": "on"}, follow=True)
    took = (time.perf_counter() - began) * 1000
    draft.refresh_from_db()
    if draft.is_draft or draft.attachments.count() != len(photos):
        raise SystemExit("The request with its photos was not submitted.")
    return took


def _draft(turn: int) -> Any:
    from django.utils import timezone

    from registry.models import Document
    from services.actions import requests
    from services.catalogue import services

    [lost, *_others] = Document.objects.filter(holder__id_number=_visitors.head.id_number)
    draft = requests.begin(services()["report-lost-documents"], _visitors.head, f"bench{turn}")
    answers = {
        "document": lost.pk,
        "lost_on": str(timezone.localdate()),
        "place": "Riyadh",
        "circumstances": "In a taxi.",
    }
    requests.keep(draft, answers)
    return draft


def _photo(seed: int) -> bytes:
    """Twelve million points with the noise of a camera, as large as asked for."""
    from PIL import Image

    noise = Image.effect_noise((4000, 3000), 12 + seed).convert("RGB")
    for quality in range(90, 20, -5):
        written = BytesIO()
        noise.save(written, "JPEG", quality=quality)
        if written.tell() <= PHOTO_BYTES * 1.1:
            break
    return written.getvalue()


def main() -> None:
    measured = measure(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    for name, page in measured["pages"].items():
        print(
            f"{name:<36} {page['few_ms']:>8} {page['many_ms']:>8} {page['ratio']:>6} {page['few_queries']:>4} {page['many_queries']:>4}"
        )
    print(json.dumps(measured["submit"]))


if __name__ == "__main__":
    main()
