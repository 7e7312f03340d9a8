"""How much of the registration page goes over the wire, as it is served: built files, nothing but their own compression."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.conftest import PHONE
from tests.processes import running

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

FIRST_VISIT_BYTES, NEXT_VISIT_BYTES = 90 * 1024, 12 * 1024


@pytest.fixture
def served(tmp_path: Path, free_address: str) -> Iterator[str]:
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "-v", "0"], cwd=settings.BASE_DIR, check=True
    )
    command = ("-m", "gunicorn", "absher_portal.wsgi", "-c", "deploy/gunicorn.conf.py", "-w", "1", "-b", free_address)
    with running(*command, log=tmp_path / "web.log", says="Listening at"):
        yield f"http://{free_address}"


def _weigh(context: BrowserContext, page: Page, address: str) -> int:
    """Bytes of headers and bodies of the page, its style, type and script; the image of the code is not counted."""
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    counted: dict[str, int] = {}
    images: set[str] = set()
    network.on("Network.responseReceived", lambda e: e["type"] == "Image" and images.add(e["requestId"]))
    network.on("Network.loadingFinished", lambda e: counted.update({e["requestId"]: int(e["encodedDataLength"])}))
    page.goto(address, wait_until="networkidle")
    page.evaluate("document.fonts.ready")
    return sum(size for request, size in counted.items() if request not in images)


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_registration_page_is_light(language: str, served: str, chromium_browser: Browser) -> None:
    context = chromium_browser.new_context(viewport=PHONE)
    address = f"{served}/{language}/register/"
    first = _weigh(context, context.new_page(), address)
    following = _weigh(context, context.new_page(), address)
    context.close()
    assert following < first
    assert first <= FIRST_VISIT_BYTES
    assert following <= NEXT_VISIT_BYTES
