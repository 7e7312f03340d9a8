"""Through a real Kannel: bearerbox, smsbox and its fake SMS centre on this machine, configured as in deploy/kannel."""

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import unquote_to_bytes

import httpx
import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from bench.servers import free_port
from core.sealed import digest, unseal
from messaging.actions.sending import text_of
from messaging.delivery import deliver
from messaging.gateways.base import PermanentRefusal, TemporaryFailure
from messaging.gateways.kannel import Kannel
from messaging.models import Message, ReceivedText
from messaging.states import State
from tests.messaging.conftest import CODE, HTTP_GATEWAY, MOBILE
from tests.operators import Answer, Operator
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

Write = Callable[..., Message]
KANNEL_GATEWAY = "messaging.gateways.kannel.Kannel"
FOLDER = Path(__file__).parents[2] / "deploy" / "kannel"
FAKE_CENTRE = "/usr/lib/kannel/test/fakesmsc"
# As run.sh starts the boxes.
QUIET = ("-v", "4")
kannel = pytest.mark.kannel


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


class Centre:
    """The operator's SMS centre, which prints what it is given."""

    def __init__(self, folder: Path, port: int, admin_port: int) -> None:
        self.log = folder / "centre.log"
        self.port = port
        self.admin_port = admin_port

    @contextmanager
    def connected(self, *texts: str) -> Iterator[None]:
        """With `texts` from phones ("from to text hello"); without, it stays connected as long as its standard input."""
        times = ["-m", str(len(texts))] if texts else []
        with _running(FAKE_CENTRE, "-r", str(self.port), *times, *texts, log=self.log):
            wait_until(lambda: self._is_online())
            yield

    def _is_online(self) -> bool:
        status = httpx.get(f"http://127.0.0.1:{self.admin_port}/status.xml", params={"password": "trial"}).text
        return "online" in status

    def text(self) -> tuple[str, str, str] | None:
        """Sender, receiver and text of the message that came, its parts joined. The centre prints it line by line."""
        printed = b"\n".join(re.findall(rb"Got message \d+: <(.*)>", self.log.read_bytes()))
        parts = re.findall(rb"(\S+) (\+\d+) (text|data|udh) (.*?)(?=\n\S+ \+\d+ |\Z)", printed, re.DOTALL)
        body = "".join(_decoded(kind, body) for _, _, kind, body in parts)
        return (parts[0][0].decode(), parts[0][1].decode(), body) if parts else None


def _decoded(kind: bytes, body: bytes) -> str:
    """`kind` is “udh” for a part of a longer text, whose header and data follow."""
    if kind == b"text":
        return body.decode()
    octets = unquote_to_bytes(body.rpartition(b" ")[2].replace(b"+", b" "))
    return octets.decode("utf-16-be")


@contextmanager
def _running(*command: str, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def boxes(settings: Settings, live_server: LiveServer, tmp_path: Path) -> Iterator[Centre]:
    """Both boxes, running on free ports; the portal is the live server."""
    ports = {name: free_port() for name in ("ADMIN", "SMSBOX", "SENDSMS", "CENTRE")}
    settings.SMS_GATEWAYS = [KANNEL_GATEWAY]
    settings.SMS_KANNEL = {
        "url": f"http://127.0.0.1:{ports['SENDSMS']}/cgi-bin/sendsms",
        "user": "portal",
        "password": "trial",
        "sender": "Portal",
        "callback_url": live_server.url,
        "secret": "known-to-both",
    }
    (tmp_path / "smsc.conf").write_text(
        f'group = smsc\nsmsc = fake\nsmsc-id = operator\nport = {ports["CENTRE"]}\nconnect-allow-ip = "127.0.0.1"\n'
    )
    environment = {
        "KANNEL_ADMIN_PASSWORD": "trial",
        **{f"KANNEL_{name}_PORT": str(port) for name, port in ports.items()},
        **{"KANNEL_SPOOL": str(tmp_path / "spool"), "KANNEL_FOLDER": str(tmp_path)},
        **{"SMS_KANNEL_USER": "portal", "SMS_KANNEL_PASSWORD": "trial"},
        **{"SMS_KANNEL_CALLBACK_URL": live_server.url, "SMS_KANNEL_SECRET": "known-to-both"},
    }
    (tmp_path / "spool").mkdir()
    config = str(tmp_path / "kannel.conf")
    subprocess.run(["sh", str(FOLDER / "render.sh"), config], check=True, env=os.environ | environment)
    log = tmp_path / "kannel.log"
    with _running("bearerbox", *QUIET, config, log=log) as bearerbox:
        wait_until(lambda: _is_up(bearerbox, ports["SMSBOX"], log))
        with _running("smsbox", *QUIET, config, log=log) as smsbox:
            wait_until(lambda: _is_up(smsbox, ports["SENDSMS"], log))
            yield Centre(tmp_path, ports["CENTRE"], ports["ADMIN"])
    assert CODE not in log.read_text(errors="replace")


def _is_up(process: "subprocess.Popen[bytes]", port: int, log: Path) -> bool:
    assert process.poll() is None, log.read_text(errors="replace")
    return _answers(port)


@pytest.fixture
def centre(boxes: Centre) -> Iterator[Centre]:
    with boxes.connected():
        yield boxes


@kannel
@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_code_goes_out_and_its_report_comes_back(write: Write, centre: Centre, language: str) -> None:
    message = write(language=language)
    text = unseal(message.sealed_body)
    deliver(message.pk)
    wait_until(lambda: Message.objects.filter(pk=message.pk, state=State.DELIVERED).exists())
    wait_until(lambda: centre.text() == ("Portal", MOBILE, text))


@kannel
@pytest.mark.parametrize(("text", "octets"), [("status", "status"), ("حالة", "%06%2D%06%27%06%44%06%29")])
def test_a_text_from_a_phone_arrives_and_is_answered(
    text: str, octets: str, boxes: Centre, activated: User, settings: Settings
) -> None:
    settings.SMS_SERVICE_NUMBER = "80110"
    kind = "text" if text.isascii() else "ucs2"
    with boxes.connected(f"{MOBILE.removeprefix('+')} 80110 {kind} {octets}"):
        wait_until(lambda: ReceivedText.objects.filter(keyword="status", outcome="answered").exists())
    assert ReceivedText.objects.get().sender == MOBILE == activated.mobile


@kannel
def test_a_wrong_password_is_no_verdict_on_the_message(centre: Centre, settings: Settings) -> None:
    settings.SMS_KANNEL = settings.SMS_KANNEL | {"password": "guess"}
    with pytest.raises(TemporaryFailure, match="not_authorised"):
        Kannel().send(to=MOBILE, text="x", reference="r")


@kannel
def test_a_text_that_waits_for_the_operators_line_is_the_next_gateways_too(
    write: Write, boxes: Centre, operator: Operator, settings: Settings
) -> None:
    settings.SMS_GATEWAYS = [KANNEL_GATEWAY, HTTP_GATEWAY]
    message = write()
    deliver(message.pk)
    deliver(message.pk)
    message.refresh_from_db()
    assert (message.state, message.gateway, message.not_again) == (State.SENT, "http", "kannel")
    assert operator.references == [message.reference]


@kannel
def test_a_bearerbox_that_cannot_start_ends_the_container(tmp_path: Path) -> None:
    (tmp_path / "smsc.conf").write_text("group = nothing-kannel-knows\n")
    ports = {f"KANNEL_{name}_PORT": str(free_port()) for name in ("ADMIN", "SMSBOX", "SENDSMS")}
    names = ("KANNEL_ADMIN_PASSWORD", "SMS_KANNEL_USER", "SMS_KANNEL_PASSWORD", "SMS_KANNEL_SECRET")
    folders = {"KANNEL_SPOOL": str(tmp_path), "KANNEL_FOLDER": str(tmp_path), "SMS_KANNEL_CALLBACK_URL": "http://x"}
    environment = os.environ | dict.fromkeys(names, "trial") | ports | folders
    assert subprocess.run(["sh", str(FOLDER / "run.sh")], env=environment, capture_output=True, timeout=30).returncode


@kannel
def test_a_kannel_that_is_not_there_is_unreachable(settings: Settings) -> None:
    settings.SMS_KANNEL = settings.SMS_KANNEL | {"url": f"http://127.0.0.1:{free_port()}/cgi-bin/sendsms"}
    with pytest.raises(TemporaryFailure, match="unreachable") as failure:
        Kannel().send(to=MOBILE, text="x", reference="r")
    assert not failure.value.may_have_arrived


@pytest.mark.parametrize(
    ("status", "raised"), [(400, PermanentRefusal), (404, PermanentRefusal), (503, TemporaryFailure)]
)
def test_what_kannel_answers_has_its_consequence(
    operator: Operator, settings: Settings, status: int, raised: type[Exception]
) -> None:
    settings.SMS_KANNEL = settings.SMS_KANNEL | {"url": operator.url}
    operator.will(Answer(status, b"no"))
    with pytest.raises(raised):
        Kannel().send(to=MOBILE, text="x", reference="r")


def test_kannel_gives_up_a_code_when_it_is_of_no_use_any_more_and_a_notice_after_a_day(
    operator: Operator, settings: Settings
) -> None:
    settings.SMS_KANNEL = settings.SMS_KANNEL | {"url": operator.url}
    operator.always(Answer(202))
    for text in (
        text_of("login_code", "ar", {"code": CODE, "reference": "KM"}),
        text_of("activated", "ar", {"channel": "x", "whose": ""}),
    ):
        Kannel().send(to=MOBILE, text=text, reference="r")
    assert [call.headers["X-Kannel-Validity"] for call in operator.calls] == ["5", "1440"]


def test_bad_news_of_a_text_that_another_gateway_took_changes_nothing(write: Write, report: Callable[..., int]) -> None:
    """Kannel gave up a text that it had kept for a line that was down."""
    message = write()
    Message.objects.update(state="sent", gateway="http", not_again="kannel", sealed_body="", sent_at=message.created_at)
    assert report(message, "16") == 200
    message.refresh_from_db()
    assert message.state == State.SENT


@pytest.fixture
def report(settings: Settings) -> Callable[..., int]:
    settings.SMS_GATEWAYS = [KANNEL_GATEWAY]

    def report(message: Message, state: str, token: str = "") -> int:
        known = {"reference": message.reference, "state": state}
        token = token or digest("kannel-receipt", message.reference)
        return Client().get(reverse("gateway_receipts", args=["kannel"]), known | {"token": token}).status_code

    return report


@pytest.mark.parametrize(
    ("state", "becomes"), [("1", "delivered"), ("2", "failed"), ("16", "failed"), ("4", "sent"), ("8", "sent")]
)
def test_a_report_moves_the_message(write: Write, report: Callable[..., int], state: str, becomes: str) -> None:
    message = write()
    Message.objects.update(state="sent", gateway="kannel", sealed_body="", sent_at=message.created_at)
    assert report(message, state) == 200
    message.refresh_from_db()
    assert message.state == becomes


@pytest.mark.parametrize("token", ["guess", "é", "\x00"])
def test_a_report_without_our_token_is_refused(write: Write, report: Callable[..., int], token: str) -> None:
    assert report(write(), "1", token) == 403


@pytest.mark.parametrize("state", ["", "x", "-1"])
def test_a_report_that_says_nothing_is_refused(write: Write, report: Callable[..., int], state: str) -> None:
    assert report(write(), state) == 400


def test_the_tools_are_where_the_tests_look_for_them() -> None:
    assert bool(shutil.which("bearerbox")) == bool(shutil.which("smsbox")) == os.path.exists(FAKE_CENTRE)
