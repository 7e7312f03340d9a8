"""What is cut off in the middle has happened, or it has not; the same sent again then happens once (security.md, Faults)."""

import os
import re
import resource
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils.crypto import get_random_string
from PIL import Image

from accounts.models import User
from audit.events import Event
from messaging.models import Message
from registry.models import Document, DocumentKind, DocumentStatus, Person
from services.actions import decisions, requests
from services.catalogue import services
from services.models import Attachment, Notice, ServiceRequest
from services.states import RequestState
from tests.cast import sign_in
from tests.officers.conftest import enter
from tests.officers.requests import REASON, read_now
from tests.officers.rivals import again, events, every_file_has_its_row
from tests.parallel import somebody_waits_for_this_transaction
from tests.processes import running
from tests.waiting import wait_until

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@dataclass
class Web:
    """A web server with one worker; what it stores, and what it is still receiving."""

    process: "subprocess.Popen[bytes]"
    address: str
    stored: Path
    receiving: Path

    def browser_of(self, client: Client) -> httpx.Client:
        """The one that signed in, with a form of this server open."""
        token = get_random_string(32)
        cookies = {"session": client.cookies["session"].value, "csrf": token}
        return httpx.Client(base_url=self.address, cookies=cookies, headers={"X-CSRFToken": token}, timeout=60)

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)

    @contextmanager
    def room_for(self, size: int) -> Iterator[None]:
        """On its disk, no file grows larger."""
        pid = self.process.pid
        pids = [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
        usual = [resource.prlimit(one, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY)) for one in pids]
        yield
        for one, limits in zip(pids, usual, strict=True):
            resource.prlimit(one, resource.RLIMIT_FSIZE, limits)


@pytest.fixture
def serve(tmp_path: Path) -> Callable[[], AbstractContextManager[Web]]:
    stored, receiving = tmp_path / "stored", tmp_path / "receiving"
    receiving.mkdir()

    @contextmanager
    def start() -> Iterator[Web]:
        log = tmp_path / "web.log"
        command = (
            "-m",
            "gunicorn",
            "absher_portal.wsgi",
            "-c",
            "deploy/gunicorn.conf.py",
            "-b",
            "127.0.0.1:0",
            "-w",
            "1",
        )
        places = {"ATTACHMENTS_DIR": str(stored), "TMPDIR": str(receiving)}
        with running(*command, log=log, says="Booting worker", **places) as process:
            [address] = re.findall(r"http://[\d.:]+", log.read_text())
            yield Web(process, address, stored, receiving)

    return start


@pytest.fixture
def draft(activated: User, person: Person) -> ServiceRequest:
    """Answered: it can be sent."""
    passport = Document.objects.create(holder=person, kind=DocumentKind.PASSPORT, number="N1", expires_on="2032-06-30")
    draft = requests.begin(services()["report-lost-documents"], activated, "t")
    answers = {"lost_on": "2026-11-03", "place": "Riyadh", "circumstances": "In a taxi."}
    requests.keep(draft, answers | {"document": passport.pk})
    return draft


@pytest.fixture
def in_review(draft: ServiceRequest, civil_affairs: User) -> ServiceRequest:
    requests.submit(draft)
    decisions.take(draft, civil_affairs)
    return draft


@contextmanager
def cut_off(
    asked: Callable[[], httpx.Response], *, waits_for: Callable[[], object]
) -> Iterator["Future[httpx.Response]"]:
    """In the middle of what is asked for, which waits for a row that `waits_for` locks; the row is free at the end."""
    with ThreadPoolExecutor(1) as visitor, transaction.atomic():
        waits_for()
        answer = visitor.submit(asked)
        wait_until(somebody_waits_for_this_transaction)
        yield answer


def test_a_request_whose_web_server_is_killed_while_it_is_sent_is_a_draft_still(
    draft: ServiceRequest, activated: User, serve: Callable[[], AbstractContextManager[Web]]
) -> None:
    client = sign_in(Client(), activated)

    def send(web: Web) -> httpx.Response:
        return web.browser_of(client).post(f"/en/requests/{draft.number}/review/", data={"pledge": "on"})

    def told() -> set[int]:
        texts = Message.objects.filter(purpose="request_submitted").count()
        return {texts, Notice.objects.count(), events(Event.REQUEST_SUBMITTED)}

    # The applicant is told last.
    with serve() as web, cut_off(lambda: send(web), waits_for=User.objects.select_for_update().get) as answer:
        web.kill()
        assert isinstance(answer.exception(), httpx.TransportError)
    with transaction.atomic():
        row = ServiceRequest.objects.select_for_update().get()
    assert (row.state, row.number, told()) == (RequestState.DRAFT, draft.number, {0})
    with serve() as web:
        assert [send(web).status_code for _click in range(2)] == [302, 302]
    assert (again(draft).state, told()) == (RequestState.SUBMITTED, {1})


def test_an_approval_whose_database_connection_ends_has_not_happened_and_is_sent_again(
    in_review: ServiceRequest, civil_affairs: User, serve: Callable[[], AbstractContextManager[Web]]
) -> None:
    client = enter(Client(), civil_affairs)

    def approve(web: Web) -> httpx.Response:
        checks = [str(place) for place, _check in enumerate(services()[in_review.service].checks)]
        typed = {"decision": "approve", "text": REASON, "checks": checks} | read_now(in_review)
        return web.browser_of(client).post(f"/en/admin/services/servicerequest/{in_review.number}/", data=typed)

    with serve() as web:
        # The register is written after the request has moved, and before the applicant is told.
        with cut_off(lambda: approve(web), waits_for=Document.objects.select_for_update().get) as answer:
            end_who_waits()
            page = answer.result()
        assert page.status_code == 503 and "The portal is away for a moment" in page.text
        assert again(in_review).state == RequestState.IN_REVIEW and not events(Event.REQUEST_APPROVED)
        assert Document.objects.get().status == DocumentStatus.VALID
        assert approve(web).status_code == 302
    assert again(in_review).state == RequestState.APPROVED
    assert Document.objects.get().status == DocumentStatus.LOST
    assert events(Event.REQUEST_APPROVED) == Message.objects.filter(purpose="request_approved").count() == 1


def end_who_waits() -> None:
    """Its connection, as when the database is restarted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )


def test_an_upload_whose_web_server_is_killed_leaves_nothing_behind(
    draft: ServiceRequest, activated: User, serve: Callable[[], AbstractContextManager[Web]]
) -> None:
    client = sign_in(Client(), activated)
    with serve() as web:
        browser = web.browser_of(client)
        whole = browser.build_request("POST", f"/en/requests/{draft.number}/files/", **an_upload())
        head = "\r\n".join(f"{name}: {value}" for name, value in whole.headers.items())
        address = (whole.url.host, whole.url.port)
        with socket.create_connection(address) as half_way:
            half_way.sendall(f"POST {whole.url.path} HTTP/1.1\r\n{head}\r\n\r\n".encode() + whole.read()[:-1000])
            wait_until(lambda: any(path.stat().st_size for path in web.receiving.glob("*.upload*")))
            web.kill()
            # Where it had not read everything yet, the line ends with a reset.
            with suppress(ConnectionResetError):
                assert half_way.recv(1) == b""
        assert not web.stored.exists() and not Attachment.objects.exists()
    with serve() as web:
        assert web.browser_of(client).post(f"/en/requests/{draft.number}/files/", **an_upload()).status_code == 302
        assert Attachment.objects.count() == 1 and every_file_has_its_row(web.stored)


def test_on_a_full_disk_a_file_is_refused_and_nothing_of_it_stays(
    draft: ServiceRequest, activated: User, serve: Callable[[], AbstractContextManager[Web]]
) -> None:
    """The file is written anew, and larger: the disk is full half way. Where not even what comes in has room, a page says when
    to come back."""
    client, address = sign_in(Client(), activated), f"/en/requests/{draft.number}/files/"
    with serve() as web:
        browser = web.browser_of(client)
        with web.room_for(size=len(PHOTO) * 3 // 2):
            page = browser.post(address, **an_upload())
        assert page.status_code == 200 and "The file could not be stored just now." in page.text
        with web.room_for(size=len(PHOTO) // 2):
            assert browser.post(address, **an_upload()).status_code == 503
        assert not Attachment.objects.exists() and every_file_has_its_row(web.stored)
        assert again(draft).answers["place"] == "Riyadh"
        assert browser.post(address, **an_upload()).status_code == 302
        assert Attachment.objects.count() == 1 and every_file_has_its_row(web.stored)


def an_upload() -> dict[str, Any]:
    return {"data": {"document": "police_report"}, "files": {"file": ("report.jpg", PHOTO, "image/jpeg")}}


def _photo() -> bytes:
    """Of noise, and so poor that it grows when it is written anew."""
    written = BytesIO()
    Image.effect_noise((900, 900), 200).convert("RGB").save(written, "JPEG", quality=10)
    return written.getvalue()


PHOTO = _photo()
