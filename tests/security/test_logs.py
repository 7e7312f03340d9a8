"""LOGS-1: a journey of canaries leaves none of them in any log."""

import logging
import runpy
import socket
from pathlib import Path

import pytest
from django.test import Client
from gunicorn.config import Config
from structlog.stdlib import ProcessorFormatter

from accounts import tasks
from accounts.models import User
from activation.nafath import line
from messaging.models import Message
from registry.models import Person
from simulators import nafath as server
from simulators.models import NafathTransaction
from tests.cast import Phone, sign_in
from tests.operators import running_operator
from tests.processes import running, running_relay
from tests.steps import fill_in, register
from tests.waiting import wait_until

CANARIES = {
    "id_number": "2000000006",
    "mobile": "0512345621",
    "email": "canary.bird@example.com",
    "username": "canarybird7",
    "password": "Indigo7Feather",
    "password_again": "Indigo7Feather",
}
WRONG_PASSWORD = "Indigo8Feather"
SECRETS = [*CANARIES.values(), WRONG_PASSWORD, "+966512345621", "512345621", "Alomari", "العمري"]


def _as_written(records: list[logging.LogRecord]) -> str:
    """The lines that the portal's own handler makes of them."""
    formatters = [handler.formatter for handler in logging.getLogger().handlers]
    formatter = next(found for found in formatters if isinstance(found, ProcessorFormatter))
    return "\n".join(map(formatter.format, records))


@pytest.mark.django_db(transaction=True)
def test_a_journey_leaves_no_person_in_the_log(
    person: Person, phone: Phone, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.INFO)
    browser = Client(raise_request_exception=False)
    fill_in(browser, **CANARIES | {"id_number": "2000000007"})
    register(browser, phone, **CANARIES)
    code = phone.newest_code()
    for password in (WRONG_PASSWORD, CANARIES["password"]):
        browser.post("/en/sign-in/", {"login_name": "canarybird7", "password": password})
    browser.get("/en/2000000006/")
    browser.get("/en/", headers={"host": "canarybird7.example:x"})
    log = tmp_path / "relay.log"
    with (
        running_operator() as operator,
        running_relay(log, SMS_GATEWAYS="messaging.gateways.http.Http", SMS_HTTP_URL=operator.url),
    ):
        wait_until(lambda: log.read_text().count("message_sent") == Message.objects.count())
    written = _as_written(caplog.records) + log.read_text()
    assert "django.request" in written and "message_sent" in written
    assert [secret for secret in (*SECRETS, code) if secret in written] == []


@pytest.mark.django_db(transaction=True)
def test_a_confirmation_in_the_nafath_app_leaves_no_person_in_the_log(
    nafath: str, resident: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    window = sign_in(Client(raise_request_exception=False), resident)
    window.post("/en/activation/begin/nafath/")
    window.post("/en/activation/nafath/ask/")
    window.get("/en/activation/nafath/")
    asked = NafathTransaction.objects.get()
    for play in (server.FORGED, server.OTHER, server.LATE, server.TWICE):
        server.answer(asked, "COMPLETED", play=play)
    for _time in range(line.ERRORS_IN_A_ROW):
        line.note_error("no_answer")
    window.post("/nafath/callback", f'{{"token": "{resident.id_number}"}}', content_type="application/json")
    written = _as_written(caplog.records)
    assert "nafath_callback_refused" in written and "nafath_down" in written
    assert [secret for secret in (*SECRETS, asked.trans_id, server.OTHER_PERSON) if secret in written] == []


@pytest.mark.django_db
def test_a_failure_is_logged_by_type_and_place_only(
    activated: User, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sign_in(Client(raise_request_exception=False), activated)

    def fail(kind: str) -> None:
        raise ValueError("canarybird7 2000000006")

    monkeypatch.setattr("services.catalogue.enquiries_for", fail)
    assert client.get("/en/dashboard/").status_code == 500
    written = _as_written(caplog.records)
    assert '"exception": "ValueError"' in written
    assert "canarybird7" not in written and "2000000006" not in written


def test_a_task_that_fails_is_logged_by_its_name_type_and_place_only(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> int:
        raise ValueError("canarybird7 +966512345621")

    monkeypatch.setattr("accounts.actions.claims.purge", fail)
    assert tasks.purge.apply().failed()
    written = _as_written(caplog.records)
    assert '"exception": "ValueError"' in written and '"task": "accounts.purge"' in written
    assert "canarybird7" not in written and "966512345621" not in written


@pytest.mark.django_db(transaction=True)
def test_a_request_the_server_cannot_read_leaves_no_person_in_its_log(free_address: str, tmp_path: Path) -> None:
    log, (host, _, port) = tmp_path / "web.log", free_address.partition(":")
    command = ("-m", "gunicorn", "absher_portal.wsgi", "-c", "deploy/gunicorn.conf.py", "-b", free_address, "-w", "1")
    with running(*command, log=log, says="Listening at"), socket.create_connection((host, int(port)), 10) as visitor:
        visitor.sendall(b"GET /gateways/kannel/texts?from=966512345621 HTTP/9.9\r\n\r\n")
        assert visitor.recv(100).startswith(b"HTTP/1.1 400")
        wait_until(lambda: "could not be read" in log.read_text())
        assert "966512345621" not in log.read_text() and "127.0.0.1 " not in log.read_text()


def test_a_request_that_fails_in_the_server_is_logged_by_type_only(caplog: pytest.LogCaptureFixture) -> None:
    configuration = runpy.run_path("deploy/gunicorn.conf.py")
    log = configuration["logger_class"](Config())
    log.error_log.addHandler(caplog.handler)
    try:
        raise ValueError("canarybird7")
    except ValueError:
        log.exception("Error handling request %s %s", "GET", "/en/?q=0512345621")
    assert "A request failed: ValueError" in caplog.text
    assert "canarybird7" not in caplog.text and "0512345621" not in caplog.text
