"""A portal with the demonstration's partners outside of it."""

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from simulators import partners


@pytest.fixture
def portal(live_server: LiveServer, settings: Settings) -> str:
    """A portal that its partners reach over HTTP, with those of the demonstration."""
    settings.PUBLIC_URL = live_server.url
    partners.admit_all()
    return str(live_server.url)
