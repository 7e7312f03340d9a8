"""Somebody who is to visit an officer."""

import pytest
from django.test import Client

from accounts.models import User
from activation.actions import cases
from activation.models import Attempt
from tests.cast import sign_in


@pytest.fixture
def visitor(resident: User) -> Attempt:
    """The resident's attempt with an officer, with its visit code."""
    return cases.begin(resident, "officer")


@pytest.fixture
def window(resident: User) -> Client:
    return sign_in(Client(), resident)
