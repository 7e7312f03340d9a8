"""What holds when something is away: REL-1 to REL-3, and what the operator's probes say."""

from pathlib import Path

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.models import User
from accounts.states import State
from core import queue
from messaging.models import DemoText
from registry.models import Person
from tests.cast import PASSWORD, Phone
from tests.operators import frozen_server
from tests.processes import running_relay
from tests.steps import register
from tests.waiting import wait_until


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("state", ["frozen", "dead"])
def test_without_a_broker_people_register_and_sign_in_and_codes_arrive(
    state: str, person: Person, phone: Phone, settings: Settings, tmp_path: Path
) -> None:
    from celery import current_app

    usual = current_app.conf.broker_url
    with frozen_server() as port:
        settings.REDIS_URL = f"redis://127.0.0.1:{port if state == 'frozen' else 1}/0"
        current_app.conf.update(broker_url=settings.REDIS_URL)
        queue._publisher.cache_clear()
        try:
            with running_relay(tmp_path / "relay.log", REDIS_URL=settings.REDIS_URL):
                browser = Client()
                assert "Registration completed" in register(browser, phone).content.decode()
                wait_until(lambda: DemoText.objects.filter(to=phone.mobile).exists())
                page = browser.post("/en/sign-in/", {"login_name": "samer2026", "password": PASSWORD})
                assert page.url == "/en/sign-in/code/"
        finally:
            current_app.conf.update(broker_url=usual)
            queue._publisher.cache_clear()
    assert User.objects.get().state == State.REGISTERED


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
    from tests.cast import sign_in

    client = sign_in(Client(raise_request_exception=False), activated)

    def away(kind: str) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr("services.catalogue.services_for", away)
    response = client.get(f"/{language}/dashboard/")
    assert response.status_code == 503
    expected = {"ar": "البوابة متوقفة للحظات", "en": "The portal is away for a moment"}
    assert expected[language] in response.content.decode()


@pytest.mark.django_db
def test_a_page_of_an_error_names_the_request(browser: Client) -> None:
    response = browser.get("/en/no-such-page/")
    assert response["X-Request-ID"] in response.content.decode()
