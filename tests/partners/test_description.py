"""The OpenAPI description is valid, and the portal does what it says: Schemathesis calls every operation with what the description
allows and with what it forbids, signed by a partner in test and by a live one."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import schemathesis
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, strategies
from hypothesis import settings as hypothesis_settings
from openapi_spec_validator import validate
from pytest_django import Settings
from requests.auth import AuthBase
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from accounts.models import User
from activation.models import PartnerAttempt
from core.calling import HttpCall
from messaging.models import Message
from partners.actions import admission
from partners.models import CallCounter, Partner
from partners.states import State
from partners.words import Mode, Purpose
from tests.programs import Program, admit, agreement_of

load_all_checks()

# Those that send another call of their own, unsigned or with the signature of the first, which the portal rightly refuses.
UNSIGNED = ("ignored_auth", "use_after_free", "ensure_resource_availability", "object_level_authorization")
CHECKED = [check for check in CHECKS.get_all() if check.__name__ not in UNSIGNED]
EXAMPLES = 25


schemathesis.openapi.format("saudi-id-number", strategies.sampled_from(["2000000006", "1000000008", "2999999994"]))
schemathesis.openapi.format("mobile-number", strategies.from_regex(r"\+9665[0-9]{8}", fullmatch=True))


def _schema(client: Client) -> Any:
    """Without the headers that a signature is made of: those are made when a call is sent."""
    described = client.get(reverse("partner_api:openapi-json")).json()
    made = {f"#/components/parameters/{name}" for name in ("ContentDigest", "SignatureInput", "Signature")}
    for operations in described["paths"].values():
        for operation in operations.values():
            del operation["security"]
            operation["parameters"] = [told for told in operation["parameters"] if told.get("$ref") not in made]
    return schemathesis.openapi.from_dict(described)


@dataclass
class Signed(AuthBase):
    """Signs what is really sent; calls that are to be taken are intents of their own."""

    program: Program
    mode: GenerationMode

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body: Any = request.body or b""
        call = HttpCall(request.method or "", request.url or "", body if isinstance(body, bytes) else body.encode())
        request.headers.update(self.program.signed(call).headers)
        if self.mode is GenerationMode.POSITIVE and "Idempotency-Key" in request.headers:
            request.headers["Idempotency-Key"] = str(uuid.uuid4())
        return request


@pytest.fixture
def portal_url(live_server: Any, settings: Settings) -> str:
    settings.PUBLIC_URL = live_server.url
    settings.ALLOWED_HOSTS = ["*"]
    return str(live_server.url)


def _partner(state: State) -> Partner:
    partner = admit(modes=tuple(Mode), purposes=tuple(Purpose))
    agreement = agreement_of(partner, calls_a_minute=1_000_000)
    admission.change(partner, agreement, state=state, actor=None)
    return partner


def test_the_description_is_valid_openapi(client: Client) -> None:
    described = client.get(reverse("partner_api:openapi-json")).json()
    validate(described)
    assert set(described["webhooks"]) == {"activation.done", "activation.revoked", "webhook.trial"}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize("state", [State.TEST, State.LIVE])
def test_every_operation_answers_as_it_is_described(
    state: State, mode: GenerationMode, portal_url: str, client: Client, make_program: Callable[..., Program]
) -> None:
    program = make_program(_partner(state))
    signer = Signed(Program(portal_url, program.keyid, program.private_key), mode)
    schema = _schema(client)
    operations = [found.ok() for found in schema.get_all_operations()]
    for operation in operations:
        # A read has nothing in it that could break a rule.
        if mode is GenerationMode.POSITIVE or operation.method == "post":
            _try(operation, portal_url, signer)
    assert CallCounter.objects.exists()
    if state == State.TEST:
        assert not (PartnerAttempt.objects.exists() or Message.objects.exists() or User.objects.exists())


def _checks_of(operation: Any) -> list[Any]:
    """At machines not that whatever fits the description is taken: what a machine signs, and which field goes with which purpose,
    no schema tells."""
    is_at_machine = operation.path.startswith(("/api/v1/kiosk/", "/api/v1/atm/"))
    return [check for check in CHECKED if not is_at_machine or check.__name__ != "positive_data_acceptance"]


def _try(operation: Any, portal_url: str, signer: Signed) -> None:
    @given(case=operation.as_strategy(generation_mode=signer.mode))
    @hypothesis_settings(
        max_examples=EXAMPLES, derandomize=True, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def calls(case: Any) -> None:
        case.call_and_validate(base_url=portal_url, auth=signer, checks=_checks_of(operation))

    calls()
