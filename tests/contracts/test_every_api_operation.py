"""What every operation of the partners' API promises, whichever room it stands in."""

from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
from django.urls import path
from ninja import Router, Schema, Status
from ninja.constants import NOT_SET
from pytest_django import Settings

from absher_portal import urls as root_urls
from absher_portal.api import PartnerApi, api, assembled
from partners.access import ApiRequest, SignedCall, purpose_required
from partners.actions import admission
from partners.idempotency import idempotent
from partners.models import Partner
from partners.openapi import can_answer
from partners.problems import COUNTER_NOT_RISEN, DECLARED, Problem
from partners.states import State
from partners.words import Purpose
from tests.programs import Program, agreement_of, slug_of

OPERATIONS = [
    operation
    for router in api._get_bound_routers()
    for view in router.path_operations.values()
    for operation in view.operations
]
_WRITES = {"POST", "PUT", "PATCH", "DELETE"}
assert OPERATIONS


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.operation_id)
def test_an_operation_keeps_the_promises(operation: Any) -> None:
    extra = operation.openapi_extra or {}
    assert operation.operation_id and operation.tags and operation.summary
    assert [type(check) for check in operation.auth_callbacks] == [SignedCall]
    assert "x-problems" in extra, "@can_answer(…) lists its problems."
    assert set(extra["x-problems"]) <= set(DECLARED)
    is_write = bool(set(operation.methods) & _WRITES)
    assert extra.get("x-idempotent", False) == is_write, "@idempotent stands on every write."
    assert all(model is not NOT_SET for model in operation.response_models.values()), "response=… names its answer."


# --- What somebody writes who adds an endpoint: this, and one line in API_ROUTERS --------------------------------------
router = Router(tags=["Visits"])
COLD = COUNTER_NOT_RISEN  # a room declares its own


class Visit(Schema, extra="forbid"):
    degrees: int


class Welcome(Schema):
    said_to: str


@router.post("/visits", response={201: Welcome}, operation_id="visit", summary="Visit")
@can_answer(COLD)
@purpose_required(Purpose.ACTIVATION)
@idempotent
def visit(request: ApiRequest, arriving: Visit) -> Status[Welcome]:
    if arriving.degrees < 10:
        raise Problem(COLD, attempts_left=2)
    return Status(201, Welcome(said_to=request.auth.partner.slug))


@pytest.fixture
def with_visits(settings: Settings) -> PartnerApi:
    """The API with one router more."""
    enlarged = assembled([*settings.API_ROUTERS, ("", router)], urls_namespace="enlarged")
    module = ModuleType("urls_with_visits")
    module.urlpatterns = [path("api/v1/", enlarged.urls), *root_urls.urlpatterns]
    settings.ROOT_URLCONF = module
    return enlarged


def test_an_endpoint_of_another_room_has_everything(with_visits: PartnerApi, bank: Partner, program: Program) -> None:
    def call(degrees: int, key: str = "0" * 16) -> Any:
        asked = replace(program.call("POST", "/api/v1/visits"), body=f'{{"degrees": {degrees}}}'.encode())
        asked.headers["Idempotency-Key"] = key
        return program.send(program.signed(asked))

    assert (call(20).status, call(20).told) == (201, {"said_to": "riyadh-bank"})
    cold = call(5, "1" * 16)
    assert (cold.status, slug_of(cold), cold.told["attempts_left"]) == (409, "counter-not-risen", 2)
    described = with_visits.get_openapi_schema()["paths"]["/api/v1/visits"]["post"]
    assert {"counter-not-risen", "purpose-not-allowed", "call-in-flight"} <= set(described["x-problems"])
    admission.change(bank, agreement_of(bank, purposes=("pause",)), state=State.LIVE, actor=None)
    assert slug_of(call(20, "2" * 16)) == "purpose-not-allowed"
    admission.change(bank, agreement_of(bank, purposes=("activation",)), state=State.LIVE, actor=None)
    assert call(20, "2" * 16).status == 201, "The refusal was not kept."


def test_an_operation_that_promises_nothing_is_found() -> None:
    careless, router = PartnerApi(urls_namespace="careless", auth=[SignedCall()]), Router()
    router.post("/careless")(lambda request: None)
    careless.add_router("", router)
    (operation,) = [
        o for r in careless._get_bound_routers() for view in r.path_operations.values() for o in view.operations
    ]
    with pytest.raises(AssertionError):
        test_an_operation_keeps_the_promises(operation)
