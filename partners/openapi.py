"""What the OpenAPI description says besides what the types of an endpoint say: problems, headers, and how to sign."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.utils.translation import override
from ninja.utils import contribute_operation_callback

from partners.problems import (
    DECLARED,
    MEDIA_TYPE,
    METHOD_NOT_ALLOWED,
    OF_EVERY_CALL,
    OF_EVERY_WRITE,
    PURPOSE_NOT_ALLOWED,
    Kind,
    Problem,
    body_of,
    in_order,
)
from partners.words import WebhookEvent

# Of free text: the one character that no database takes.
NO_NUL = r"^[^\u0000]*$"
_Endpoint = TypeVar("_Endpoint", bound=Callable[..., Any])
_EXAMPLE_ID = "7d1f1a52-3f0e-4f6b-9a53-0c4a0b6f1c11"
_EXAMPLE_SIGNATURE = (
    'sig1=("@method" "@target-uri" "content-digest")'
    ';created=1795600000;keyid="riyadh-bank.k3x9";nonce="q8Jw0mTz5sXb2vLr"'
)


def can_answer(*kinds: Kind) -> Callable[[_Endpoint], _Endpoint]:
    """For every endpoint: the problems of its own. Those of every call and every write are added."""

    def decorate(endpoint: _Endpoint) -> _Endpoint:
        return documented(endpoint, {"x-problems": [kind.slug for kind in kinds]})

    return decorate


def documented(endpoint: _Endpoint, extra: dict[str, Any]) -> _Endpoint:
    """Ninja writes `extra` into the description of the operation."""

    def write(operation: Any) -> None:
        operation.openapi_extra = (operation.openapi_extra or {}) | extra

    contribute_operation_callback(endpoint, write)
    return endpoint


def complete(schema: dict[str, Any]) -> None:
    """Tells the problems and headers of each operation of the description that Ninja made."""
    schema["components"].setdefault("schemas", {})["Problem"] = _PROBLEM
    schema["components"] |= {"parameters": _PARAMETERS, "headers": _HEADERS}
    for operations in schema["paths"].values():
        for operation in operations.values():
            _complete(operation)
    schema["components"]["schemas"]["Webhook"] = _WEBHOOK
    schema["webhooks"] = {str(event): {"post": _webhook(event)} for event in WebhookEvent}


def _webhook(event: WebhookEvent) -> dict[str, Any]:
    """What the portal calls at the partner, described as a call."""
    with override("en"):
        title = str(event.label)
    body = {"application/json": {"schema": {"$ref": "#/components/schemas/Webhook"}}}
    taken = {"description": "Any 2xx: taken. Anything else, or nothing within five seconds, and it comes again."}
    return {
        "operationId": f"webhook_{event.name.lower()}", "summary": title, "tags": ["Webhooks"],
        "description": "Signed by the portal as you sign your calls; its keys stand at /api/v1/keys.", "security": [],
        "requestBody": {"required": True, "content": body}, "responses": {"2XX": taken},
    }  # fmt: skip


def _complete(operation: dict[str, Any]) -> None:
    is_write = operation.get("x-idempotent", False)
    kinds = _problems_of(operation)
    operation["x-problems"] = [kind.slug for kind in kinds]
    operation["parameters"] = [*operation.get("parameters", []), *_references(is_write)]
    for told in operation["responses"].values():
        told["headers"] = _CORRELATED
    operation["responses"] |= {str(status): _answers(status, kinds) for status in {kind.status for kind in kinds}}


def _problems_of(operation: dict[str, Any]) -> list[Kind]:
    own = [DECLARED[slug] for slug in operation.get("x-problems", [])]
    of_writes = OF_EVERY_WRITE if operation.get("x-idempotent") else ()
    of_purpose = (PURPOSE_NOT_ALLOWED,) if operation.get("x-purpose") else ()
    return in_order([*own, *OF_EVERY_CALL, *of_writes, *of_purpose, METHOD_NOT_ALLOWED])


def _references(is_write: bool) -> list[dict[str, str]]:
    names = [name for name in _PARAMETERS if is_write or name != "IdempotencyKey"]
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _answers(status: int, kinds: list[Kind]) -> dict[str, Any]:
    with override("en"):
        of_status = [kind for kind in kinds if kind.status == status]
        described = " · ".join(f"{kind.slug}: {kind.title}" for kind in of_status)
        examples = {kind.slug: {"value": body_of(Problem(kind)) | _CORRELATION} for kind in of_status}
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}}
    headers = _CORRELATED | ({"Retry-After": {"$ref": "#/components/headers/RetryAfter"}} if status in _WAITS else {})
    return {"description": described, "content": content, "headers": headers}


def _header(name: str, description: str, example: str, *, required: bool = True, **rules: str) -> dict[str, Any]:
    schema = {"type": "string", **rules}
    return {
        "name": name, "in": "header", "required": required, "description": description, "schema": schema, "example": example,
    }  # fmt: skip


_WAITS = (409, 429, 503)
_CORRELATION = {"correlation_id": _EXAMPLE_ID}
_CORRELATED = {"X-Correlation-Id": {"$ref": "#/components/headers/CorrelationId"}}
_HEADERS = {
    "CorrelationId": {"description": "The caller's, or one made here.", "schema": {"type": "string", "format": "uuid"}},
    "RetryAfter": {"description": "Seconds after which to call again.", "schema": {"type": "integer"}},
}
_PARAMETERS = {
    "ContentDigest": _header(
        "Content-Digest", "Digest of the body (RFC 9530), also of an empty one; sha-256 or sha-512.",
        "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:",
    ),
    "SignatureInput": _header(
        "Signature-Input", "One signature over these three components; `created` within 60 seconds of now, `nonce` new.",
        _EXAMPLE_SIGNATURE,
    ),
    "Signature": _header(
        "Signature", "Ed25519, or ECDSA P-256 as the 64 bytes r and s.",
        "sig1=:29XtDSnEO6AkZ2qUQbOQg1Uo3F6jA3mHfdohH0WxmgJxj9HMSjIH1iCloNmOZrehqlm7RjGe8ZS35UN/QfS7Dw==:",
    ),
    "CorrelationId": _header(
        "X-Correlation-Id", "A UUID of yours for both sides' logs; in place of anything else one is made.", _EXAMPLE_ID,
        required=False,
    ),
    "IdempotencyKey": _header(
        "Idempotency-Key", "New for each intent, the same for each repetition; its answer is kept for seven days.",
        "0191f0c4-2b0a-7c50-8f3e-5a1f9d3c7e21", pattern="^[a-zA-Z0-9._:-]{16,64}$",
    ),
}  # fmt: skip
_TEXT = {"type": "string"}
_WEBHOOK = {
    "title": "Webhook", "type": "object", "description": "No person stands in it: your reference says which.",
    "properties": {
        "id": {"type": "string", "format": "uuid", "description": "Of the event; the same in each repetition."},
        "event": {"type": "string", "enum": list(WebhookEvent.values)},
        "reference": {"type": "string", "description": "Of your attempt."},
        "occurred_at": {"type": "string", "format": "date-time"},
    },
    "required": ["id", "event", "reference", "occurred_at"],
}  # fmt: skip
_PROBLEM = {
    "title": "Problem", "type": "object", "description": "Problem details (RFC 9457), in both languages.",
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "Compare this; it never changes."},
        "status": {"type": "integer"},
        "title": _TEXT, "title_ar": _TEXT, "detail": _TEXT, "detail_ar": _TEXT,
        "correlation_id": {"type": "string", "format": "uuid"},
        "attempts_left": {"type": "integer", "minimum": 0},
        "retry_in_seconds": {"type": "integer", "minimum": 0},
        "errors": {
            "type": "array",
            "items": {"type": "object", "properties": {"field": _TEXT, "rule": _TEXT}, "required": ["field", "rule"]},
        },
    },
    "required": ["type", "status", "title", "title_ar", "detail", "detail_ar", "correlation_id"],
}  # fmt: skip
