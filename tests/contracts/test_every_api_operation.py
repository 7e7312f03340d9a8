"""What every operation of the partners' API promises, whichever room it stands in."""

from typing import Any

import pytest
from ninja import Router
from ninja.constants import NOT_SET

from absher_portal.api import PartnerApi, api
from partners.access import SignedCall
from partners.problems import DECLARED

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


def test_an_operation_that_promises_nothing_is_found() -> None:
    careless, router = PartnerApi(urls_namespace="careless", auth=[SignedCall()]), Router()
    router.post("/careless")(lambda request: None)
    careless.add_router("", router)
    (operation,) = [
        o for r in careless._get_bound_routers() for view in r.path_operations.values() for o in view.operations
    ]
    with pytest.raises(AssertionError):
        test_an_operation_keeps_the_promises(operation)
