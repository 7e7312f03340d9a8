from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from activation.actions import cases
from activation.models import Attempt
from activation.nafath import line
from tests.cast import sign_in
from tests.nafath import NafathServer, running_nafath
from tests.simulated import forget_nafath


@pytest.fixture
def visitor(resident: User) -> Attempt:
    """The resident's attempt with an officer, with its visit code."""
    return cases.begin(resident, "officer")


@pytest.fixture
def window(resident: User) -> Client:
    return sign_in(Client(), resident)


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
