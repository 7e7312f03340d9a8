from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from pytest_django import Settings

from core import queue as nudges
from messaging.actions.sending import send
from messaging.gateways import _calling
from messaging.models import Message, Queue
from messaging.relay import Relay
from tests.operators import Operator, running_operator
from tests.processes import relay_in_thread

MOBILE = "+966512345621"
CODE = "471302"
HTTP_GATEWAY = "messaging.gateways.http.Http"
SMS_HTTP = {
    "method": "POST",
    "headers": {"Authorization": "Bearer trial"},
    "body": {"to": "{to}", "text": "{text}", "reference": "{reference}"},
    "body_format": "json",
    "success_path": "",
    "success_value": "",
    "reference_path": "id",
}


@pytest.fixture
def operator(settings: Settings) -> Iterator[Operator]:
    """The only gateway, reached over HTTP."""
    with running_operator() as operator:
        settings.SMS_GATEWAYS = [HTTP_GATEWAY]
        settings.SMS_HTTP = SMS_HTTP | {"url": operator.url}
        yield operator


@pytest.fixture
def wait_for_answers(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Says for how many seconds a call over HTTP may take in all."""

    def wait(seconds: float) -> None:
        monkeypatch.setattr(_calling, "SEND_SECONDS", seconds)

    return wait


@pytest.fixture
def write() -> Callable[..., Message]:
    """Puts a sign-in code into the outbox."""

    def write(**facts: Any) -> Message:
        usual: dict[str, Any] = {
            "to": MOBILE,
            "purpose": "login_code",
            "language": "en",
            "context": {"code": CODE, "reference": "KM"},
            "queue": Queue.OTP,
            "life": timedelta(minutes=5),
        }
        return send(**(usual | facts))

    return write


@pytest.fixture
def relay_in_a_thread() -> Iterator[Callable[[], Relay]]:
    with ExitStack() as relays:
        yield lambda: relays.enter_context(relay_in_thread())


@pytest.fixture
def broker(settings: Settings) -> Iterator[Callable[[str], None]]:
    """Points this process at the broker with that URL."""
    usual = current_app.conf.broker_url

    def use(url: str) -> None:
        current_app.conf.update(broker_url=url)
        current_app._after_fork()  # type: ignore[attr-defined]  # forgets the connections to the broker before
        nudges._publisher.cache_clear()

    def begin(url: str) -> None:
        settings.REDIS_URL = url
        use(url)

    yield begin
    use(usual)
