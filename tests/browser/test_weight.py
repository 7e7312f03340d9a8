"""What the registration page costs on the way to the phone, served as in production but for the proxy's compression."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import CDPSession, Page

from tests.processes import running

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

COUNTED = {"Document", "Stylesheet", "Script", "Font"}
FIRST_VISIT_BYTES, NEXT_VISIT_BYTES = 90 * 1024, 12 * 1024


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a portal with static files built aside: other tests' servers read those of the project."""
    environment = {
        "DJANGO_SETTINGS_MODULE": "tests.built",
        "STATIC_ROOT": str(tmp_path_factory.mktemp("static")),
        "DEMO_MODE": "true",
    }
    # To press what other pages load takes longer than the test.
    not_here = ["--ignore", "admin", "--ignore", "ninja"]
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v", "0", *not_here]
    subprocess.run(command, cwd=settings.BASE_DIR, check=True, env=os.environ | environment)
    return environment


@pytest.fixture
def portal(built: dict[str, str], tmp_path: Path) -> Iterator[str]:
    log = tmp_path / "web.log"
    web = ("-m", "gunicorn", "absher_portal.wsgi", "-c", "deploy/gunicorn.conf.py", "-b", "127.0.0.1:0")
    with running(*web, log=log, says="Listening at", **built):
        yield re.findall(r"http://[\d.:]+", log.read_text())[0]


def _bytes_of(visit: Callable[[], object], network: CDPSession) -> dict[str, int]:
    """By kind of file; headers count, whatever the cache has costs nothing."""
    kinds: dict[str, str] = {}
    received: dict[str, int] = {}

    def answered(event: dict[str, str]) -> None:
        kinds[event["requestId"]] = event["type"]

    def finished(event: dict[str, str]) -> None:
        kind = kinds[event["requestId"]]
        received[kind] = received.get(kind, 0) + int(event["encodedDataLength"])

    network.on("Network.responseReceived", answered)
    network.on("Network.loadingFinished", finished)
    visit()
    network.remove_listener("Network.responseReceived", answered)
    network.remove_listener("Network.loadingFinished", finished)
    return received


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_registration_page_is_light(language: str, portal: str, window: Page) -> None:
    network = window.context.new_cdp_session(window)
    network.send("Network.enable")

    def visit() -> None:
        window.goto(f"{portal}/{language}/register/", wait_until="networkidle")

    first, following = _bytes_of(visit, network), _bytes_of(visit, network)
    assert set(first) >= COUNTED, "The page came without some of its files."
    assert sum(first[kind] for kind in COUNTED) <= FIRST_VISIT_BYTES, first
    assert sum(following.get(kind, 0) for kind in COUNTED) <= NEXT_VISIT_BYTES, following
