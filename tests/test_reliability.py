"""What holds when something is away: REL-1 to REL-3, and what the operator's probes say."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from celery import current_app
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.models import User
from accounts.states import State
from core import clock, queue
from messaging.models import DemoText, Message
from messaging.states import State as MessageState
from registry.models import Person
from services.actions import requests
from services.catalogue import services
from services.models import Notice, ServiceRequest
from services.states import RequestState
from tests.asking import MESSAGE, submitted
from tests.cast import PASSWORD, Phone, sign_in
from tests.officers.conftest import enter
from tests.officers.requests import REASON, page_of, read_now
from tests.operators import frozen_server
from tests.processes import running_relay
from tests.steps import register
from tests.waiting import wait_until


@contextmanager
def broker_that_is(state: str, settings: Settings) -> Iterator[None]:
    """Frozen or dead; for whoever publishes in this process."""
    usual = current_app.conf.broker_url
    with frozen_server() as port:
        settings.REDIS_URL = f"redis://127.0.0.1:{port if state == 'frozen' else 1}/0"
        current_app.conf.update(broker_url=settings.REDIS_URL)
        queue._publisher.cache_clear()
        try:
            yield
        finally:
            current_app.conf.update(broker_url=usual)
            queue._publisher.cache_clear()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("state", ["frozen", "dead"])
def test_without_a_broker_people_register_and_sign_in_and_codes_arrive(
    state: str, person: Person, phone: Phone, settings: Settings, tmp_path: Path
) -> None:
    with broker_that_is(state, settings), running_relay(tmp_path / "relay.log", REDIS_URL=settings.REDIS_URL):
        browser = Client()
        assert "Registration completed" in register(browser, phone).content.decode()
        wait_until(lambda: DemoText.objects.filter(to=phone.mobile).exists())
        page = browser.post("/en/sign-in/", {"login_name": "samer2026", "password": PASSWORD})
        assert page.url == "/en/sign-in/code/"
    assert User.objects.get().state == State.REGISTERED


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("state", ["frozen", "dead"])
def test_without_a_broker_a_request_is_sent_and_decided_and_the_answer_arrives(
    state: str, activated: User, civil_affairs: User, settings: Settings, tmp_path: Path
) -> None:
    draft = requests.begin(services()["civil-affairs-messages"], activated, "t")
    requests.keep(draft, MESSAGE)
    with broker_that_is(state, settings), running_relay(tmp_path / "relay.log", REDIS_URL=settings.REDIS_URL):
        applicant = sign_in(Client(), activated)
        assert applicant.post(f"/en/requests/{draft.number}/review/", {"pledge": "on"}).status_code == 302
        assert decide(civil_affairs, draft, "approve") == RequestState.APPROVED
        wait_until(lambda: has_been_told("request_submitted") and has_been_told("request_approved"))


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_no_gateway_takes_is_decided_at_once_and_texted_later(
    activated: User, civil_affairs: User, free_address: str, tmp_path: Path
) -> None:
    request = submitted(activated)
    gateway = {"SMS_GATEWAYS": "messaging.gateways.http.Http", "SMS_HTTP_URL": f"http://{free_address}/"}
    with running_relay(tmp_path / "relay.log", **gateway):
        assert decide(civil_affairs, request, "reject") == RequestState.REJECTED
        assert Notice.objects.filter(user=activated, name="request_rejected").exists()
        wait_until(Message.objects.filter(purpose="request_rejected", tries__gt=0, state=MessageState.QUEUED).exists)
    Message.objects.update(due_at=clock.now())
    with running_relay(tmp_path / "next_relay.log"):
        wait_until(lambda: has_been_told("request_rejected"))
    assert Message.objects.filter(purpose="request_rejected").count() == 1


def decide(officer: User, request: ServiceRequest, decision: str) -> str:
    """On the pages of the desk; the state in which it is then."""
    desk = enter(Client(), officer)
    desk.post(page_of(request, "services_take"))
    checks = [str(place) for place, _check in enumerate(services()[request.service].checks)]
    desk.post(page_of(request), {"decision": decision, "text": REASON, "checks": checks} | read_now(request))
    request.refresh_from_db()
    return request.state


def has_been_told(purpose: str) -> bool:
    return Message.objects.filter(purpose=purpose, state__in=(MessageState.SENT, MessageState.DELIVERED)).exists()


@pytest.mark.django_db
def test_the_process_says_that_it_lives_without_asking_the_database(browser: Client) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert browser.get("/livez").content == b"ok\n"
    assert len(queries) == 0


@pytest.mark.django_db
def test_readiness_waits_for_migrations(browser: Client) -> None:
    assert browser.get("/readyz").content == b"ready\n"
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'activation'")
    response = browser.get("/readyz")
    assert (response.status_code, response.content) == (503, b"migrations pending\n")


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_database_that_is_away_has_its_page(language: str, activated: User, monkeypatch: pytest.MonkeyPatch) -> None:
    client = sign_in(Client(raise_request_exception=False), activated)

    def away(kind: str) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr("services.catalogue.enquiries_for", away)
    response = client.get(f"/{language}/dashboard/")
    assert response.status_code == 503
    expected = {"ar": "البوابة متوقفة للحظات", "en": "The portal is away for a moment"}
    assert expected[language] in response.content.decode()


@pytest.mark.django_db
def test_a_page_of_an_error_names_the_request(browser: Client) -> None:
    response = browser.get("/en/no-such-page/")
    assert response["X-Request-ID"] in response.content.decode()
