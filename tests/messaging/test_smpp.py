"""A line of our own to an SMS centre, which runs as a process and speaks SMPP in octets (tests/smpp_centre.py)."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from celery.signals import worker_ready
from pytest_django import Settings

from accounts.models import User
from core import clock
from core.plugins import load
from core.sealed import unseal
from messaging import health
from messaging.delivery import deliver, listen
from messaging.gateways.base import PermanentRefusal, TemporaryFailure
from messaging.gateways.smpp import Smpp, _reported
from messaging.models import Message, ReceivedText
from messaging.relay import Relay
from messaging.states import State
from tests.centres import Centre, line_to, running_centre
from tests.messaging.conftest import CODE, MOBILE
from tests.parallel import at_the_same_moment
from tests.waiting import wait_until as wait_at_most

pytestmark = pytest.mark.django_db(transaction=True)

Write = Callable[..., Message]
TEXT = {"to": MOBILE, "text": "Sign-in code: 471302", "reference": "r"}
LONG_TEXT = TEXT | {"text": "Sign-in code: 471302. " * 10}
# How slow a machine may be, here and in the line itself.
PATIENCE_SECONDS = 60
wait_until = partial(wait_at_most, seconds=PATIENCE_SECONDS)


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("messaging.gateways.smpp._CONNECT_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr("messaging.gateways.smpp.SEND_SECONDS", PATIENCE_SECONDS)


@pytest.fixture
def centre(settings: Settings) -> Iterator[Callable[..., Centre]]:
    with ExitStack() as running:

        def start(*options: str, **known: Any) -> Centre:
            centre = running.enter_context(running_centre(*options))
            settings.SMS_GATEWAYS = ["messaging.gateways.smpp.Smpp"]
            settings.SMS_SMPP = line_to(centre, **known)
            return centre

        yield start


@pytest.fixture
def line() -> Iterator[Smpp]:
    line = Smpp()
    yield line
    line.close()


@pytest.fixture
def listed() -> Iterator[Smpp]:
    """The gateway as deliveries find it."""
    gateway: Smpp = load(["messaging.gateways.smpp.Smpp"])["smpp"]
    yield gateway
    gateway.close()


@pytest.mark.parametrize(("language", "coding", "encoding"), [("ar", 8, "utf-16-be"), ("en", 0, "ascii")])
def test_a_code_goes_out_and_its_receipt_comes_back(
    language: str, coding: int, encoding: str, centre: Callable[..., Centre], write: Write, listed: Smpp
) -> None:
    operator = centre("--receipt", "DELIVRD")
    message = write(language=language)
    text = unseal(message.sealed_body)
    deliver(message.pk)
    wait_until(lambda: Message.objects.filter(pk=message.pk, state=State.DELIVERED).exists())
    assert wait_until(lambda: operator.told("answered")) == [0]
    parts = operator.messages
    octets = b"".join(bytes.fromhex(part["octets"]) for part in parts)
    assert octets.decode(encoding).replace("\0", "@") == text  # in GSM 7 the octet 0 is an @
    assert {(part["sender"], part["to"], part["coding"]) for part in parts} == {("Portal", MOBILE[1:], coding)}
    assert [part["wants_receipt"] for part in parts] == [False] * (len(parts) - 1) + [True]
    numbers = [f"{number:02}" for number in range(1, len(parts) + 1)] if len(parts) > 1 else [""]
    assert [part["header"][-2:] for part in parts] == numbers


@pytest.mark.parametrize(
    ("stated", "state", "problem"),
    [("UNDELIV", "failed", "not_delivered"), ("REJECTD", "failed", "refused"), ("EXPIRED", "expired", "not_delivered")],
)
def test_a_receipt_that_is_bad_news_is_told(
    stated: str, state: str, problem: str, centre: Callable[..., Centre], write: Write, listed: Smpp
) -> None:
    centre("--receipt", stated)
    message = write(language="en")
    deliver(message.pk)
    wait_until(lambda: Message.objects.filter(pk=message.pk, state=state, problem=problem).exists())


def _hand_over(message: Message, gateway_reference: str) -> None:
    """As delivery writes it down."""
    Message.objects.filter(pk=message.pk).update(
        state=State.SENT, gateway="smpp", gateway_reference=gateway_reference, sealed_body="", sent_at=clock.now()
    )


def test_a_receipt_that_overtakes_the_hand_over_waits_for_it_and_holds_up_no_other(
    centre: Callable[..., Centre], write: Write, listed: Smpp
) -> None:
    operator = centre("--receipt", "DELIVRD")
    slow, quick = write(language="en"), write(language="en")
    gateway_reference = listed.send(**TEXT)
    deliver(quick.pk)
    wait_until(lambda: Message.objects.filter(pk=quick.pk, state=State.DELIVERED).exists())
    assert wait_until(lambda: operator.told("answered")) == [0]
    _hand_over(slow, gateway_reference)
    wait_until(lambda: Message.objects.filter(pk=slow.pk, state=State.DELIVERED).exists())
    wait_until(lambda: operator.told("answered") == [0, 0])
    assert "smpp" not in health.read() or not health.read()["smpp"].unknown_receipts


def test_a_receipt_for_nobodys_message_is_counted_once_when_its_time_is_over(
    centre: Callable[..., Centre], line: Smpp, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = centre("--receipt", "DELIVRD")
    line.send(**TEXT)
    assert "smpp" not in health.read()
    monkeypatch.setattr("messaging.gateways.smpp.SEND_SECONDS", 0)
    assert wait_until(lambda: operator.told("answered")) == [0]
    assert health.read()["smpp"].unknown_receipts == 1


def test_news_from_underway_is_no_news(centre: Callable[..., Centre], write: Write, listed: Smpp) -> None:
    operator = centre("--receipt", "ACCEPTD")
    message = write(language="en")
    deliver(message.pk)
    assert wait_until(lambda: operator.told("answered")) == [0]
    message.refresh_from_db()
    assert message.state == State.SENT


def test_a_centre_that_reports_in_decimal_is_understood(centre: Callable[..., Centre], line: Smpp) -> None:
    centre(receipt_ids="decimal")
    assert line.send(**TEXT) == _reported(str(0x01000001)) == "1000001"


def test_a_text_from_a_phone_arrives(activated: User, centre: Callable[..., Centre], line: Smpp) -> None:
    operator = centre("--text", "حالة")
    line.send(**TEXT)
    wait_until(lambda: ReceivedText.objects.filter(keyword="status").exists())
    assert wait_until(lambda: operator.told("answered")) == [0]


@pytest.mark.parametrize(
    ("mode", "failure", "problem"),
    [
        ("throttled", TemporaryFailure, "busy"),
        ("full", TemporaryFailure, "busy"),
        ("system_error", TemporaryFailure, "operator_error"),
        ("bad_number", PermanentRefusal, "invalid_number"),
        ("refused", PermanentRefusal, "refused"),
    ],
)
def test_a_status_has_its_consequence(
    mode: str, failure: type[Exception], problem: str, centre: Callable[..., Centre], line: Smpp
) -> None:
    centre("--mode", mode)
    with pytest.raises(failure, match=f"^{problem}$") as raised:
        line.send(**TEXT)
    assert not getattr(raised.value, "may_have_arrived", False)


def test_a_long_text_that_was_taken_in_part_may_have_arrived(centre: Callable[..., Centre], line: Smpp) -> None:
    operator = centre("--mode", "half")
    with pytest.raises(TemporaryFailure, match="busy") as raised:
        line.send(**LONG_TEXT)
    assert raised.value.may_have_arrived
    operator.end()
    assert len(operator.messages) == 2


def test_silence_ends_in_time_and_may_mean_that_it_arrived(
    centre: Callable[..., Centre], line: Smpp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("messaging.gateways.smpp.SEND_SECONDS", 0.3)
    centre("--mode", "silent")
    with pytest.raises(TemporaryFailure, match="no_answer") as raised:
        line.send(**TEXT)
    assert raised.value.may_have_arrived
    assert line._line and not line._line._waiting


def test_a_broken_line_may_have_carried_it_and_is_opened_again(centre: Callable[..., Centre], line: Smpp) -> None:
    operator = centre("--mode", "drop")
    with pytest.raises(TemporaryFailure, match="answer_lost") as raised:
        line.send(**TEXT)
    assert raised.value.may_have_arrived
    assert line.send(**TEXT) == "02000001"
    operator.end()
    assert len(operator.told("bound")) == 2


def test_a_wrong_password_is_told_and_not_tried_by_every_sender(centre: Callable[..., Centre], line: Smpp) -> None:
    operator = centre(password="guess")
    for _ in range(3):
        with pytest.raises(TemporaryFailure, match="not_authorised") as raised:
            line.send(**TEXT)
        assert not raised.value.may_have_arrived
    operator.end()
    assert operator.told("right") == [False]


def test_a_centre_that_is_not_there_is_unreachable(
    centre: Callable[..., Centre], line: Smpp, caplog: pytest.LogCaptureFixture
) -> None:
    centre().end()
    with pytest.raises(TemporaryFailure, match="unreachable"):
        line.send(**TEXT)
    assert "ConnectionRefusedError" in caplog.text


def test_many_threads_share_one_line(centre: Callable[..., Centre], line: Smpp) -> None:
    operator = centre()
    ids = at_the_same_moment([lambda: line.send(**TEXT)] * 12)
    operator.end()
    assert len(set(ids)) == 12 and len(operator.told("bound")) == 1


@pytest.mark.parametrize("process", ["relay", "worker"])
def test_a_process_that_sends_hears_before_it_has_sent(
    process: str,
    activated: User,
    centre: Callable[..., Centre],
    listed: Smpp,
    relay_in_a_thread: Callable[[], Relay],
) -> None:
    operator = centre("--text", "حالة")
    if process == "relay":
        relay_in_a_thread()
    else:
        current_app.loader.import_default_modules()
        worker_ready.send(None)
    wait_until(lambda: ReceivedText.objects.filter(keyword="status").exists())
    assert operator.told("bound") == ["portal"]


@pytest.fixture
def reopens_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("messaging.gateways.smpp._REOPEN_SECONDS", 0.05)


@pytest.mark.usefixtures("reopens_at_once")
def test_a_line_that_broke_hears_again_though_nothing_is_sent(centre: Callable[..., Centre], listed: Smpp) -> None:
    operator = centre("--mode", "drop")
    listen()
    with pytest.raises(TemporaryFailure, match="answer_lost"):
        listed.send(**TEXT)
    wait_until(lambda: len(operator.told("bound")) == 2)


def test_nonsense_is_refused_and_what_follows_is_heard(
    activated: User, centre: Callable[..., Centre], line: Smpp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("messaging.gateways.smpp.SEND_SECONDS", 0)
    operator = centre("--nonsense", "framed", "--text", "حالة", receipt_ids="decimal")
    line.listen()
    wait_until(lambda: ReceivedText.objects.filter(keyword="status").exists())
    wait_until(lambda: operator.told("answered") == [0] * 5 and len(operator.told("refused")) == 2)
    assert operator.told("bound") == ["portal"]


@pytest.mark.usefixtures("reopens_at_once")
def test_after_nonsense_without_end_the_line_is_opened_again(
    activated: User, centre: Callable[..., Centre], line: Smpp
) -> None:
    operator = centre("--nonsense", "endless", "--text", "حالة")
    line.listen()
    wait_until(lambda: ReceivedText.objects.filter(keyword="status").exists())
    assert operator.told("bound") == ["portal"] * 2


@pytest.fixture
def certificate(tmp_path: Path) -> list[str]:
    files = ["--certificate", str(tmp_path / "cert.pem"), "--key", str(tmp_path / "key.pem")]
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", *subject]
    subprocess.run([*request, "-out", files[1], "-keyout", files[3]], check=True, capture_output=True)
    return files


@pytest.mark.program("openssl")
def test_the_line_is_encrypted(centre: Callable[..., Centre], line: Smpp, certificate: list[str]) -> None:
    centre(*certificate, tls=True, ca_file=certificate[1])
    assert line.send(**TEXT) == "01000001"


def test_a_certificate_nobody_vouches_for_is_refused(
    centre: Callable[..., Centre], line: Smpp, certificate: list[str]
) -> None:
    operator = centre(*certificate, tls=True)
    with pytest.raises(TemporaryFailure, match="unreachable"):
        line.send(**TEXT)
    operator.end()
    assert operator.told("bound") == [] == operator.messages


def test_a_certificate_of_another_host_is_refused(
    centre: Callable[..., Centre], line: Smpp, certificate: list[str]
) -> None:
    operator = centre(*certificate, tls=True, ca_file=certificate[1], host="127.0.0.2")
    with pytest.raises(TemporaryFailure, match="unreachable"):
        line.send(**TEXT)
    operator.end()
    assert operator.told("bound") == [] == operator.messages


def test_no_log_holds_a_text_or_a_number(
    activated: User,
    centre: Callable[..., Centre],
    write: Write,
    listed: Smpp,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(0)
    operator = centre("--text", "حالة", "--receipt", "DELIVRD")
    deliver(write(language="en").pk)
    wait_until(lambda: operator.told("answered") == [0, 0])
    said = caplog.text + "".join(capfd.readouterr())
    assert "message_delivered" in said and "text_received" in said
    octets = [CODE.encode().hex(), MOBILE[1:].encode().hex(), "حالة".encode("utf-16-be").hex()]
    assert not [secret for secret in (CODE, MOBILE[1:], "حالة", *octets) if secret in said]


@pytest.mark.parametrize(
    ("known", "fault"),
    [
        ({"host": ""}, "messaging.E040"),
        ({"password": ""}, "messaging.E041"),
        ({"host": "smpp.operator.example"}, "messaging.E042"),
    ],
)
def test_what_is_missing_or_dangerous_is_named(known: dict[str, str], fault: str, settings: Settings) -> None:
    good = {"host": "127.0.0.1", "port": 2775, "tls": False, "system_id": "portal", "password": "trial"}
    settings.SMS_SMPP = good
    assert Smpp().check_config() == []
    settings.SMS_SMPP = good | known
    assert fault in [message.id for message in Smpp().check_config()]
