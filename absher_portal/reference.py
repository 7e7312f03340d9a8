"""Pages for partners' engineers: the description of the API, and what can go wrong."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from absher_portal.api import api
from partners import portal_keys
from partners.problems import DECLARED


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    schema = api.get_openapi_schema()
    address = f"{settings.PUBLIC_URL}{reverse('partner_api:api-root')}…"
    return render(request, "partners/reference.html", {"address": address, "operations": list(_operations(schema))})


@require_safe
def try_out(request: HttpRequest) -> HttpResponse:
    """The description with calls that are signed in the browser."""
    return render(request, "partners/try.html", {"public_url": settings.PUBLIC_URL})


@require_safe
@cache_control(public=True, max_age=300)
def keys(request: HttpRequest) -> HttpResponse:
    """What the portal signs webhooks with, as a JSON Web Key Set."""
    return JsonResponse(portal_keys.public(), content_type="application/jwk-set+json")


@require_safe
def problems(request: HttpRequest) -> HttpResponse:
    return render(request, "partners/problems.html", {"problems": DECLARED.values()})


@require_safe
def problem(request: HttpRequest, slug: str) -> HttpResponse:
    """The address that stands in a problem's `type`."""
    if slug not in DECLARED:
        raise Http404
    return redirect(f"{reverse('api_problems')}#{slug}")


def _operations(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            yield operation | {
                "id": operation["operationId"],
                "title": gettext(operation["summary"]),
                "method": method.upper(),
                "path": path,
                "problems": [DECLARED[slug] for slug in operation["x-problems"]],
                "takes": _fields(schema, operation.get("requestBody", {})),
                "tells": _fields(schema, next(iter(operation["responses"].values()))),
            }


def _fields(schema: dict[str, Any], message: dict[str, Any]) -> list[dict[str, Any]]:
    """The fields of a JSON body, one level deep."""
    described = message.get("content", {}).get("application/json", {}).get("schema", {})
    resolved = _resolved(schema, described)
    required = resolved.get("required", [])
    return [
        {"name": name, "is_required": name in required, **_about(schema, field)}
        for name, field in resolved.get("properties", {}).items()
    ]


def _about(schema: dict[str, Any], field: dict[str, Any]) -> dict[str, Any]:
    field = field.get("anyOf", [{}])[0] | field  # what may be left out is described as this or null
    inner = _resolved(schema, field.get("items", field))
    return {
        "type": "[…]" if "items" in field else field.get("type") or inner.get("type", ""),
        "words": inner.get("enum", []),
        "example": _first(_first(field.get("examples", ""))),
        "max_length": field.get("maxLength"),
    }


def _first(examples: Any) -> Any:
    return examples[0] if isinstance(examples, list) and examples else examples


def _resolved(schema: dict[str, Any], described: dict[str, Any]) -> dict[str, Any]:
    name = described.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = schema["components"]["schemas"][name] if name else described
    return found
