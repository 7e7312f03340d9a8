"""What is wrong with a page that a window shows."""

import hashlib
import os
import re
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

from tests.browser.conftest import DESKTOP, PHONE

AXE = Axe().axe_script
# 360 px at 200 % zoom.
ZOOMED: ViewportSize = {"width": 180, "height": 370}
TOO_SMALL = """() => [...document.querySelectorAll('button:not([tabindex="-1"]), .button, main input:not([type=hidden]):not([type=checkbox]):not([type=radio]), select')]
  .filter((e) => e.offsetParent && e.getBoundingClientRect().height < 44).map((e) => e.outerHTML)"""
# What differs from one run of a test to the next, but not in how the page looks: keys, tokens, numbers, moments.
_KEYS, _NUMBERS = re.compile(r"(?=[\w-]*\d)[\w-]{12,}"), re.compile(r"\d+")


def look_at(page: Page, address: str, language: str) -> list[str]:
    """What is wrong with a page, at three sizes; the Arabic one in the dark, too. Where the same tests run again on another
    database (scripts/test.py), a page that is the same as in the first run is not judged once more."""
    judged = _judged_before(page, address)
    if judged and judged.exists():
        return []
    wrong = _wrong(page, address, language)
    if judged and not wrong:
        judged.touch()
    return wrong


def nothing(wrong: list[str]) -> None:
    assert not wrong, "\n".join(wrong)


def _judged_before(page: Page, address: str) -> Path | None:
    """Stands there when this step of this test has shown this page, and nothing was wrong with it."""
    folder = os.environ.get("JUDGED_PAGES")
    if not folder:
        return None
    step = f"{os.environ['PYTEST_CURRENT_TEST']} {address} {page.content()}"
    return Path(folder) / hashlib.sha256(_NUMBERS.sub("0", _KEYS.sub("key", step)).encode()).hexdigest()


def _wrong(page: Page, address: str, language: str) -> list[str]:
    wrong = []
    for size in (PHONE, DESKTOP, ZOOMED):
        page.set_viewport_size(size)
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"):
            wrong.append(f"{address} scrolls sideways at {size['width']} px")
    page.set_viewport_size(PHONE)
    wrong += [f"{address} too small: {html[:120]}" for html in page.evaluate(TOO_SMALL)]
    facts = page.evaluate(
        "[document.documentElement.lang, document.documentElement.dir, document.querySelectorAll('h1').length]"
    )
    if facts != [language, "rtl" if language == "ar" else "ltr", 1]:
        wrong.append(f"{address} has language, direction and headings {facts}")
    # No language has colours of its own: the Arabic page is judged for both, in the light and in the dark.
    if language == "ar":
        return wrong + _violations(page, address) + _in_the_dark(page, address)
    return wrong + _violations(page, address, {"rules": {"color-contrast": {"enabled": False}}})


def _in_the_dark(page: Page, address: str) -> list[str]:
    """Once the colours have changed."""
    page.emulate_media(color_scheme="dark")
    page.evaluate("document.getAnimations().forEach((change) => change.finish())")
    wrong = _violations(page, f"{address} in the dark", {"runOnly": ["color-contrast", "link-in-text-block"]})
    page.emulate_media(color_scheme="light")
    page.evaluate("document.getAnimations().forEach((change) => change.finish())")
    return wrong


def _violations(page: Page, address: str, options: dict[str, Any] | None = None) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    # What leaves the page is what is wrong; all that axe has looked at takes as long to hand over as a third of its work.
    found = page.evaluate(
        "async asked => (await axe.run(document, asked)).violations.map(({id, nodes}) => [id, nodes[0].html])",
        {"resultTypes": ["violations"]} | (options or {}),
    )
    return [f"{address} {rule}: {html[:160]}" for rule, html in found]
