"""A write happens once, however often it is sent: the first call with a key is answered, the others get that answer."""

import hashlib
import json
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import cache, partial, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from ninja import Schema, Status

from core import clock
from core.prepared import Given, Statement
from core.sealed import seal, unseal
from core.states import Move
from partners.access import KEY_HEADER, ApiRequest
from partners.models import IdempotentCall, Partner
from partners.openapi import documented
from partners.problems import (
    CALL_IN_FLIGHT,
    DECLARED,
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    MEDIA_TYPE,
    Problem,
    response_to,
)
from partners.states import CallState

# A worker that has not answered by then is dead: the web server ends it after 20 s (security.md, time-outs).
FREED_AFTER = timedelta(seconds=30)
KEY_PATTERN = r"^[a-zA-Z0-9._:-]{16,64}$"
_KEY = re.compile(KEY_PATTERN)
_JSON = "application/json"
_FINISH = Move("finish", (CallState.IN_FLIGHT,), CallState.DONE)
# That the call was answered is written down after it (partners.calllog).
_FINISHED = IdempotentCall.objects.filter(pk=Given("pk")).prepared(
    _FINISH, waits_for_disk=False, status=Given("status"), sealed_answer=Given("answer")
)
_P = ParamSpec("_P")
_Answer = TypeVar("_Answer", bound="Schema | Status[Any]")
Endpoint = Callable[Concatenate[ApiRequest, _P], _Answer]


def idempotent(endpoint: Endpoint[_P, _Answer]) -> Callable[Concatenate[ApiRequest, _P], HttpResponse]:
    """For every endpoint that writes. A Problem it raises is an answer, too, unless the same call may be answered otherwise
    later. The effect and the answer are not one transaction: who dies between the two leaves an effect that the repetition
    meets, so an action says itself that it was done already."""

    @wraps(endpoint)
    def once(request: ApiRequest, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponse:
        call, first = _claimed(request.auth.partner, _key_of(request), _digest(request))
        if first:
            return _answer_of(first)
        try:
            return _kept(call, _answer(partial(endpoint, request, *args, **kwargs)))
        except Exception:
            _free(call)
            raise

    return documented(once, {"x-idempotent": True})


def _key_of(request: HttpRequest) -> str:
    key = request.headers.get(KEY_HEADER, "")
    if not _KEY.fullmatch(key):
        raise Problem(IDEMPOTENCY_KEY_MISSING)
    return key


def _digest(request: HttpRequest) -> str:
    return hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode() + request.body).hexdigest()


def _claimed(partner: Partner, key: str, digest: str) -> tuple[int, IdempotentCall | None]:
    """The row of the call, and the call of the first unless it is ours to do: as the first's, or as a dead worker's that we
    took over. Raises Problem."""
    if pk := _inserted(partner, key, digest):
        return pk, None
    call = IdempotentCall.objects.filter(partner=partner, key=key).first()
    if call is None:  # freed between the two statements
        raise Problem(CALL_IN_FLIGHT, retry_in_seconds=1)
    if call.digest != digest:
        raise Problem(IDEMPOTENCY_KEY_REUSED)
    is_ours = call.state == CallState.IN_FLIGHT and _taken_over(call)
    return call.pk, None if is_ours else call


def _inserted(partner: Partner, key: str, digest: str) -> int | None:
    """Of any number at once one inserts. What the call does is committed after it."""
    with connection.cursor() as cursor:
        _insert().run_by(cursor, {"partner": partner.pk, "key": key, "digest": digest})
        row = cursor.fetchone()
    return row[0] if row else None


@cache
def _insert() -> Statement:
    table, now = connection.ops.quote_name(IdempotentCall._meta.db_table), clock.sql_ahead()
    return Statement(
        f"INSERT INTO {table} (partner_id, key, digest, state, sealed_answer, created_at, begun_at)"
        f" VALUES (%s, %s, %s, %s, '', {now}, {now}) ON CONFLICT DO NOTHING RETURNING id",
        [Given("partner"), Given("key"), Given("digest"), CallState.IN_FLIGHT],
        waits_for_disk=False,
    )


def _taken_over(call: IdempotentCall) -> bool:
    """Raises Problem while the first may still be at it."""
    left_behind = IdempotentCall.objects.filter(
        pk=call.pk, state=CallState.IN_FLIGHT, begun_at__lt=clock.ahead(-FREED_AFTER)
    )
    if not left_behind.update(begun_at=clock.now()):
        raise Problem(CALL_IN_FLIGHT, retry_in_seconds=1)
    return True


def _answer(call: Callable[[], Schema | Status[Any]]) -> HttpResponse:
    """Raises Problem for what may be answered otherwise later."""
    try:
        answer = call()
    except Problem as problem:
        if problem.kind.can_retry:
            raise
        return response_to(problem)
    status, told = (answer.status_code, answer.value) if isinstance(answer, Status) else (200, answer)
    return HttpResponse(told.model_dump_json(), status=status, content_type=_JSON)


def _kept(call: int, response: HttpResponse) -> HttpResponse:
    problem = getattr(response, "problem", None)
    answer = json.dumps({"body": response.content.decode(), "problem": problem.slug if problem else ""})
    _FINISHED.run(pk=call, status=response.status_code, answer=seal(answer))
    return response


def _answer_of(call: IdempotentCall) -> HttpResponse:
    answer = json.loads(unseal(call.sealed_answer))
    problem = DECLARED.get(answer["problem"])
    response = HttpResponse(answer["body"], status=call.status, content_type=MEDIA_TYPE if problem else _JSON)
    response.problem = problem  # type: ignore[attr-defined]
    response["Idempotency-Replayed"] = "true"
    return response


def _free(call: int) -> None:
    """Without a database the key frees itself after a while."""
    with suppress(DatabaseError):
        IdempotentCall.objects.filter(pk=call, state=CallState.IN_FLIGHT).delete()
