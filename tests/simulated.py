"""A portal with the demonstration's partners outside of it."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from activation.nafath import oidc, tokens
from core import calling
from simulators import partners


@pytest.fixture
def portal(live_server: LiveServer, settings: Settings) -> str:
    """A portal that its partners reach over HTTP, with those of the demonstration."""
    settings.PUBLIC_URL = live_server.url
    partners.admit_all()
    return str(live_server.url)


@pytest.fixture
def nafath(portal: str, settings: Settings) -> Iterator[str]:
    """The same portal, with the simulated Nafath outside of it: its address."""
    address = f"{portal}/demo/nafath"
    settings.NAFATH = settings.NAFATH | {"url": address, "issuer": address}
    forget_nafath()
    yield address
    forget_nafath()
    # A connection that is kept open keeps a thread of the live server, and with it one of the database.
    calling._pool(None).close()


def forget_nafath() -> None:
    """What a process remembers of Nafath: its keys, and what its provider says of itself."""
    tokens.forget_keys()
    oidc.forget_provider()
