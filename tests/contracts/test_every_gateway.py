"""What every SMS gateway promises."""

from collections.abc import Iterator

import pytest
from django.utils.module_loading import import_string
from pytest_django import Settings

from messaging.gateways.base import Gateway
from tests.operators import Operator, running_operator

GATEWAYS = [
    "messaging.gateways.console.Console",
    "messaging.gateways.demo_phone.DemoPhone",
    "messaging.gateways.http.Http",
]
TEXT = {"to": "+966512345621", "text": "رمز إتمام التسجيل: 471302", "reference": "01hzx7kq3v9m2n4p6r8s0t2w4y"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(settings: Settings) -> Iterator[Operator]:
    with running_operator() as operator:
        settings.SMS_HTTP = settings.SMS_HTTP | {"url": operator.url}
        yield operator


@pytest.fixture(params=GATEWAYS)
def gateway(request: pytest.FixtureRequest, operator: Operator) -> Gateway:
    made: Gateway = import_string(request.param)()
    return made


def test_it_has_a_name_that_fits_the_outbox(gateway: Gateway) -> None:
    assert gateway.name.isidentifier()
    assert len(gateway.name) <= 50


def test_a_good_configuration_is_found_good(gateway: Gateway) -> None:
    assert gateway.check_config() == []


def test_it_hands_over_and_returns_a_reference_of_its_own(gateway: Gateway) -> None:
    assert len(gateway.send(**TEXT)) <= 80


def test_a_repetition_with_the_same_reference_is_no_error(gateway: Gateway) -> None:
    assert gateway.send(**TEXT) == gateway.send(**TEXT)


def test_names_are_unique() -> None:
    names = [import_string(path).name for path in GATEWAYS]
    assert len(set(names)) == len(GATEWAYS)
