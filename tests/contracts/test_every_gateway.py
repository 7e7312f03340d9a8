"""What every SMS gateway promises."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django.utils.module_loading import import_string
from pytest_django import Settings

from messaging import gateways
from messaging.checks import SHIPPED
from messaging.gateways import failing
from messaging.gateways.base import SEND_SECONDS, Gateway, PermanentRefusal, TemporaryFailure
from messaging.gateways.smpp import Smpp
from tests.centres import line_to, running_centre
from tests.operators import Answer, Operator, running_operator

FAIL_ON_PURPOSE = (failing.Hang, failing.Refuse, failing.LoseAnswer)
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


@pytest.fixture(params=SHIPPED, ids=lambda path: path.rpartition(".")[2])
def gateway(
    request: pytest.FixtureRequest, operator: Operator, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Gateway]:
    made: Gateway = import_string(request.param)()
    if isinstance(made, failing.Hang | failing.Slow):
        assert made.seconds <= SEND_SECONDS
        monkeypatch.setattr(made, "seconds", 0)
    if isinstance(made, Smpp):
        with running_centre() as centre:
            settings.SMS_SMPP = line_to(centre)
            yield made
            made.close()
    else:
        yield made


def _hand_over(gateway: Gateway) -> str:
    """Its reference. A gateway that fails on purpose raises what the contract names, and nothing of people in it."""
    if not isinstance(gateway, FAIL_ON_PURPOSE):
        return gateway.send(**TEXT)
    with pytest.raises((TemporaryFailure, PermanentRefusal)) as failed:
        gateway.send(**TEXT)
    assert failed.value.args == (failed.value.problem,) and failed.value.problem.isidentifier()
    return ""


def test_it_has_a_name_that_fits_the_outbox(gateway: Gateway) -> None:
    assert gateway.name.isidentifier()
    assert len(gateway.name) <= 50


def test_a_good_configuration_is_found_good(gateway: Gateway) -> None:
    assert gateway.check_config() == []


def test_it_hands_over_and_returns_a_reference_of_its_own(gateway: Gateway) -> None:
    assert len(_hand_over(gateway)) <= 80


def test_a_repetition_with_the_same_reference_is_no_error(gateway: Gateway) -> None:
    once, again = _hand_over(gateway), _hand_over(gateway)
    assert once == again or not gateway.knows_repeats


def test_names_are_unique() -> None:
    names = [import_string(path).name for path in SHIPPED]
    assert len(set(names)) == len(SHIPPED)


def _gateways_of(module: Any) -> set[str]:
    found = [thing for thing in vars(module).values() if isinstance(thing, type) and issubclass(thing, Gateway)]
    return {f"{gateway.__module__}.{gateway.__qualname__}" for gateway in found if "name" in vars(gateway)}


def test_every_gateway_of_the_package_is_among_them() -> None:
    modules = [import_module(f"{gateways.__name__}.{file.name}") for file in pkgutil.iter_modules(gateways.__path__)]
    assert set().union(*map(_gateways_of, modules)) == set(SHIPPED)
