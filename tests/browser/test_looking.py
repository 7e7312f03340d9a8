"""What looks at pages for the other tests finds what is wrong, however often, and leaves out only what it has judged."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.looking import look_at

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGE = '<!doctype html><html lang="en" dir="ltr"><title>A page</title><main><h1>Good</h1>{}</main></html>'


@pytest.fixture
def look(window: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], tuple[list[str], int]]:
    """What is wrong with a page that says this, and how many pages have been found good by then."""
    monkeypatch.setenv("JUDGED_PAGES", str(tmp_path))

    def look(said: str) -> tuple[list[str], int]:
        window.set_content(PAGE.format(said))
        return look_at(window, "a page", "en"), len(list(tmp_path.iterdir()))

    return look


def test_a_page_is_judged_again_when_more_than_numbers_and_keys_have_changed(
    look: Callable[[str], tuple[list[str], int]],
) -> None:
    assert look('<p data-key="3f9a6c21d07b44e1">In 4 minutes</p>') == ([], 1)
    assert look('<p data-key="88e1c0d52f6a9b03">In 12 minutes</p>') == ([], 1)
    assert look('<p data-key="88e1c0d52f6a9b03">In 12 hours</p>') == ([], 2)
    wrong, good = look('<p>In 12 hours</p><img src="data:,">')
    assert (["a page image-alt" in sentence for sentence in wrong], good) == ([True], 2)
    assert look('<p>In 12 hours</p><img src="data:,">') == (wrong, good)
