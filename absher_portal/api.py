"""The partners' API, assembled: settings.API_ROUTERS names what the rooms bring."""

import json
from collections.abc import Iterable
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.docs import DocsBase
from ninja.openapi.schema import OpenAPISchema
from ninja.parser import Parser
from ninja.types import DictStrAny

from partners.access import SignedCall
from partners.openapi import complete
from partners.problems import (
    INTERNAL_ERROR,
    INVALID_INPUT,
    NOT_FOUND,
    TOO_LARGE,
    UNAVAILABLE,
    Problem,
    of_status,
    response_to,
)

_RETRY_IN_SECONDS = 5
log = structlog.get_logger(__name__)


class StrictParser(Parser):
    """JSON as the standard has it, without numbers that are none and without the one character no database takes."""

    def parse_body(self, request: HttpRequest) -> DictStrAny:
        if b"\\u0000" in request.body:
            raise ValueError("NUL")
        parsed: DictStrAny = json.loads(request.body.decode(), parse_constant=_refuse)
        return parsed


class Docs(DocsBase):
    """A page of ours in both languages: reference.py."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        return redirect("api_try")


class PartnerApi(NinjaAPI):
    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**kwargs)
        complete(schema)
        return schema


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    return response_to(problem)


def _invalid(request: HttpRequest, error: Any) -> HttpResponse:
    """Where and which rule, never what was typed."""
    faults = [{"field": ".".join(map(str, e["loc"][1:])) or "body", "rule": str(e["type"])} for e in error.errors]
    return response_to(Problem(INVALID_INPUT, errors=faults))


def _refused_by_ninja(request: HttpRequest, error: Any) -> HttpResponse:
    return response_to(Problem(of_status(error.status_code)))


def _not_found(request: HttpRequest, error: Any) -> HttpResponse:
    return response_to(Problem(NOT_FOUND))


def _too_large(request: HttpRequest, error: Any) -> HttpResponse:
    return response_to(Problem(TOO_LARGE))


def _away(request: HttpRequest, error: Any) -> HttpResponse:
    log.warning("api_call_without_database", error=type(error).__name__)
    return response_to(Problem(UNAVAILABLE, retry_in_seconds=_RETRY_IN_SECONDS))


def _unexpected(request: HttpRequest, error: Any) -> HttpResponse:
    log.error("api_call_failed", exc_info=(type(error), error, error.__traceback__))
    got_request_exception.send(sender=PartnerApi, request=request)
    return response_to(Problem(INTERNAL_ERROR))


_HANDLERS: dict[type[Exception], Any] = {
    Problem: _problem,
    ValidationError: _invalid,
    HttpError: _refused_by_ninja,
    Http404: _not_found,
    RequestDataTooBig: _too_large,
    OperationalError: _away,
    InterfaceError: _away,
    Exception: _unexpected,
}


def assembled(routers: Iterable[tuple[str, Any]], urls_namespace: str = "partner_api") -> PartnerApi:
    api = PartnerApi(
        title="Partner API",
        version="1.0.0",
        description="For banks, kiosk operators and ATM networks. Every call is signed.",
        docs=Docs(),
        servers=[{"url": settings.PUBLIC_URL}],
        urls_namespace=urls_namespace,
        auth=[SignedCall()],
        parser=StrictParser(),
    )
    for prefix, router in routers:
        api.add_router(prefix, router)
    for error, handler in _HANDLERS.items():
        api.add_exception_handler(error, handler)
    return api


api = assembled(settings.API_ROUTERS)
