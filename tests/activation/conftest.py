from collections.abc import Iterator

import pytest
from pytest_django import Settings

from activation.nafath import line
from tests.nafath import NafathServer, running_nafath
from tests.simulated import forget_nafath


@pytest.fixture
def nafath_server(db: None, settings: Settings) -> Iterator[NafathServer]:
    """In the test's hands; the portal is set up for it."""
    with running_nafath() as server:
        settings.NAFATH = settings.NAFATH | server.settings
        forget_nafath()
        yield server
    forget_nafath()


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "WITHIN_SECONDS", 0.3)
