"""The commands of docker-compose.yml, without Docker: somebody registers through gunicorn, worker and relay."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from captcha.models import CaptchaStore
from django.conf import settings

from accounts.models import User
from accounts.states import State
from messaging.models import Message
from messaging.states import State as MessageState
from registry.models import Person
from tests.cast import PASSWORD, RESIDENT_NUMBER
from tests.operators import Operator, running_operator
from tests.processes import database_url, running
from tests.waiting import wait_until

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def operator() -> Iterator[Operator]:
    with running_operator() as operator:
        yield operator


@pytest.fixture
def portal(
    compose: dict[str, Any], operator: Operator, free_address: str, redis_url: str, tmp_path: Path
) -> Iterator[httpx.Client]:
    production = {
        "DEMO_MODE": "false",
        "SECRET_KEY": "production-commands-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
        "PUBLIC_URL": f"http://{free_address}",
        "ALLOWED_HOSTS": "127.0.0.1",
        "REDIS_URL": redis_url,
        "SMS_GATEWAYS": "messaging.gateways.http.Http",
        "SMS_HTTP_URL": operator.url,
    }
    with ExitStack() as processes:
        for service, says, more in (
            ("web", "Listening at", ["--bind", free_address]),
            ("worker", "ready", []),
            ("relay", "relay_started", []),
        ):
            command = _without_docker(compose["services"][service]["command"], tmp_path) + more
            log = tmp_path / f"{service}.log"
            processes.enter_context(running(*command, log=log, says=says, **production))
        yield processes.enter_context(
            httpx.Client(base_url=f"http://{free_address}", follow_redirects=True, timeout=20)
        )


def test_somebody_registers_through_the_commands_of_production(
    portal: httpx.Client, operator: Operator, person: Person
) -> None:
    page = portal.get("/en/register/")
    form = {
        **_hidden(page.text),
        "id_number": RESIDENT_NUMBER,
        "mobile": "0512345621",
        "email": "samer@example.com",
        "username": "samer2026",
        "password": PASSWORD,
        "password_again": PASSWORD,
        "language": "en",
        "pledge": "on",
        "captcha": _digits_of_the_image(portal, page.text),
    }
    code_page = portal.post("/en/register/", data=form)
    assert "Confirm your mobile number" in code_page.text
    wait_until(lambda: operator.texts, 10)
    code = next(iter(operator.texts.values())).rsplit("#", 1)[1].strip()
    completed = portal.post("/en/register/code/", data={**_hidden(code_page.text), "code": code})
    assert "Registration completed" in completed.text
    assert User.objects.get(username="samer2026").state == State.REGISTERED
    wait_until(lambda: Message.objects.get().state == MessageState.SENT)
    assert Message.objects.get().sealed_body == ""


def test_the_web_container_says_that_it_is_ready(portal: httpx.Client) -> None:
    assert portal.get("/readyz").text == "ready\n"


@pytest.mark.parametrize(("service", "says"), [("relay", "relay_started"), ("beat", "beat: Starting")])
def test_who_watches_relay_and_beat_finds_them_alive(
    service: str, says: str, compose: dict[str, Any], redis_url: str, tmp_path: Path
) -> None:
    facts = compose["services"][service]
    shell, check = facts["healthcheck"]["test"]
    assert shell == "CMD-SHELL"

    def is_alive() -> bool:
        return subprocess.run(["sh", "-c", _below(tmp_path, check)], stderr=subprocess.DEVNULL).returncode == 0

    assert not is_alive()
    command, log = _without_docker(facts["command"], tmp_path), tmp_path / "log"
    with running(*command, log=log, says=says, REDIS_URL=redis_url):
        wait_until(is_alive)


def test_the_migration_container_migrates(compose: dict[str, Any], tmp_path: Path) -> None:
    command = _without_docker(compose["services"]["migrate"]["command"], tmp_path)
    environment = {"DEMO_MODE": "true", "DATABASE_URL": database_url()}
    subprocess.run([sys.executable, *command], cwd=settings.BASE_DIR, check=True, env=environment, capture_output=True)


def _without_docker(command: list[str], folder: Path) -> list[str]:
    """As arguments of this Python, with a /tmp of their own: the programs of the image are modules here."""
    arguments = [_below(folder, argument) for argument in command]
    return arguments[1:] if command[0] == "python" else ["-m", *arguments]


def _below(folder: Path, text: str) -> str:
    return re.sub(r"(?<!\S)/tmp\b", str(folder), text)


def _hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


def _digits_of_the_image(portal: httpx.Client, page: str) -> str:
    found = re.search(r'src="(/captcha/[^"]+\.png)"', page)
    assert found and portal.get(found.group(1)).headers["Content-Type"] == "image/png"
    digits: str = CaptchaStore.objects.latest("pk").response
    return digits
