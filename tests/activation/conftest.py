import pytest
from django.test import Client

from accounts.models import User
from activation.actions import cases
from activation.models import Attempt
from activation.nafath import line
from tests.cast import sign_in


@pytest.fixture
def visitor(resident: User) -> Attempt:
    """The resident's attempt with an officer, with its visit code."""
    return cases.begin(resident, "officer")


@pytest.fixture
def window(resident: User) -> Client:
    return sign_in(Client(), resident)


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "WITHIN_SECONDS", 0.3)
