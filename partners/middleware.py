import time
import uuid
from collections.abc import Callable
from dataclasses import replace

from django.http import HttpRequest, HttpResponse

from core import context
from partners import calllog
from partners.problems import MEDIA_TYPE, NOT_FOUND, Problem, of_status, response_to

Handler = Callable[[HttpRequest], HttpResponse]

_PREFIX = "/api/v1/"
_HEADER = "X-Correlation-Id"


def api_calls(get_response: Handler) -> Handler:
    """Around every call of the API: its correlation id, problem details whatever happens, and the call log. Stands last in
    the list, so that what it answers gets the headers of every answer."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(_PREFIX):
            return get_response(request)
        token = context.current.set(replace(context.current.get(), correlation_id=_correlation_id(request)))
        try:
            return _answered(request, get_response)
        finally:
            context.current.reset(token)

    return middleware


def _answered(request: HttpRequest, get_response: Handler) -> HttpResponse:
    began = time.perf_counter()
    # No database takes that character, so nothing is found there.
    is_lost = "\0" in request.path_info
    response = response_to(Problem(NOT_FOUND)) if is_lost else _as_problem(get_response(request))
    calllog.write(request, response, round((time.perf_counter() - began) * 1000))
    response[_HEADER] = context.current.get().correlation_id
    return response


def _as_problem(response: HttpResponse) -> HttpResponse:
    """What the framework itself refuses would be a page."""
    if response.status_code < 400 or response.get("Content-Type", "").startswith(MEDIA_TYPE):
        return response
    problem = response_to(Problem(of_status(response.status_code)))
    if "Allow" in response:
        problem["Allow"] = response["Allow"]
    return problem


def _correlation_id(request: HttpRequest) -> str:
    """The caller's, if it is a UUID; anything else could be a person's number, and would stand in the logs."""
    try:
        return str(uuid.UUID(request.headers.get(_HEADER, "")))
    except ValueError:
        return str(uuid.uuid4())
