"""What every SMS gateway promises."""

from collections.abc import Iterator

import pytest
from django.utils.module_loading import import_string
from pytest_django import Settings

from messaging.gateways.base import Gateway
from messaging.gateways.smpp import Smpp
from tests.centres import line_to, running_centre
from tests.operators import Answer, Operator, running_operator

GATEWAYS = [
    "messaging.gateways.console.Console",
    "messaging.gateways.demo_operator.DemoOperator",
    "messaging.gateways.demo_phone.DemoPhone",
    "messaging.gateways.http.Http",
    "messaging.gateways.kannel.Kannel",
    "messaging.gateways.providers.Unifonic",
    "messaging.gateways.providers.Taqnyat",
    "messaging.gateways.providers.Twilio",
]
TEXT = {"to": "+966512345621", "text": "رمز إتمام التسجيل: 471302", "reference": "01hzx7kq3v9m2n4p6r8s0t2w4y"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(settings: Settings) -> Iterator[Operator]:
    with running_operator() as operator:
        settings.SMS_HTTP = settings.SMS_HTTP | {"url": operator.url}
        settings.SMS_KANNEL = settings.SMS_KANNEL | {
            "url": operator.url,
            "user": "portal",
            "password": "trial",
            "secret": "trial",
        }
        credentials = {"account": "AC1", "secret": "trial", "sender": "Portal", "url": operator.url}
        settings.SMS_PROVIDERS = dict.fromkeys(settings.SMS_PROVIDERS, credentials)
        # Each one's success, told at once: Kannel's status, and what the providers' answers are read for.
        operator.always(Answer(202, {"success": True, "statusCode": 201, "id": "op-1"}))
        yield operator


@pytest.fixture(params=GATEWAYS)
def gateway(request: pytest.FixtureRequest, operator: Operator, settings: Settings) -> Iterator[Gateway]:
    made: Gateway = import_string(request.param)()
    if isinstance(made, Smpp):
        with running_centre() as centre:
            settings.SMS_SMPP = line_to(centre)
            yield made
            made.close()
    else:
        yield made


def test_it_has_a_name_that_fits_the_outbox(gateway: Gateway) -> None:
    assert gateway.name.isidentifier()
    assert len(gateway.name) <= 50


def test_a_good_configuration_is_found_good(gateway: Gateway) -> None:
    assert gateway.check_config() == []


def test_it_hands_over_and_returns_a_reference_of_its_own(gateway: Gateway) -> None:
    assert len(gateway.send(**TEXT)) <= 80


def test_a_repetition_with_the_same_reference_is_no_error(gateway: Gateway) -> None:
    once, again = gateway.send(**TEXT), gateway.send(**TEXT)
    assert once == again or not gateway.knows_repeats


def test_names_are_unique() -> None:
    names = [import_string(path).name for path in GATEWAYS]
    assert len(set(names)) == len(GATEWAYS)
