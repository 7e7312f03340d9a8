"""Whatever goes wrong is told as a problem in both languages, and the call is found again by its correlation id."""

import json
import logging
import uuid
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from partners.models import Call
from partners.problems import COUNTER_NOT_RISEN, DECLARED, Kind, Problem, body_of, declare, response_to
from tests.programs import Program, slug_of
from tests.security.test_logs import _as_written

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", DECLARED.values(), ids=lambda kind: kind.slug)
def test_a_problem_speaks_both_languages_and_its_type_is_an_address_that_explains_it(
    kind: Kind, client: Client
) -> None:
    told = body_of(Problem(kind))
    for english, arabic in (("title", "title_ar"), ("detail", "detail_ar")):
        assert str(told[english]).isascii() and not str(told[arabic]).isascii()
    address = str(told["type"])
    assert address == f"{settings.PUBLIC_URL}{reverse('api_problem', args=[kind.slug])}"
    page = client.get(address.removeprefix(settings.PUBLIC_URL), headers={"Accept-Language": "en"}, follow=True)
    assert page.redirect_chain[-1][0] == f"/en/api/problems/#{kind.slug}"
    assert f'id="{kind.slug}"' in page.content.decode()


def test_an_unknown_problem_has_no_page(client: Client) -> None:
    assert client.get("/api/problems/nothing").status_code == 404


def test_two_problems_cannot_share_a_name() -> None:
    with pytest.raises(ValueError, match="two problems"):
        declare("not-found", 404, "", "")


def test_a_problem_says_what_is_left_and_when_to_come_back() -> None:
    response = response_to(Problem(COUNTER_NOT_RISEN, attempts_left=0, retry_in_seconds=90))
    told = json.loads(response.content)
    assert told["title_ar"] in response.content.decode(), "Arabic is to be read, also in a terminal."
    assert (told["attempts_left"], told["retry_in_seconds"], response["Retry-After"]) == (0, 90, "90")


def test_an_input_that_breaks_a_rule_is_told_by_field_and_rule_without_what_was_typed(program: Program) -> None:
    call = replace(program.call(), body=b'{"say": 5, "canarybird7": "canarybird8"}')
    answer = program.send(program.signed(call))
    assert (answer.status, slug_of(answer)) == (422, "invalid-input")
    assert {"field": "said.say", "rule": "string_type"} in answer.told["errors"]
    assert "canarybird8" not in json.dumps(answer.told)


@pytest.mark.parametrize(
    "body",
    [b"{", b"\xff", b'{"say": NaN}', b'{"say": "\\u0000"}', b'{"say": "\\ud800"}', b"[1]", b"", b'"x"', b"[" * 100_000],
)
def test_a_body_that_cannot_be_read_is_refused(body: bytes, program: Program) -> None:
    answer = program.send(program.signed(replace(program.call(), body=body)))
    assert answer.status in (400, 422) and answer.headers["content-type"] == "application/problem+json"


def test_a_body_that_is_too_large_is_refused_before_it_is_looked_at(program: Program) -> None:
    call = replace(program.call(), body=b" " * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1))
    assert slug_of(program.send(program.signed(call))) == "too-large"


@pytest.mark.parametrize(
    ("method", "path", "slug"),
    [
        ("GET", "/api/v1/nothing", "not-found"),
        ("GET", "/api/v1/", "not-found"),
        ("GET", "/api/v1/activation/attempts/%00", "not-found"),
        ("GET", "/api/v1/echo", "method-not-allowed"),
        ("PUT", "/api/v1/partner", "method-not-allowed"),
    ],
)
def test_what_is_not_there_is_a_problem_too(method: str, path: str, slug: str, program: Program) -> None:
    answer = program.send(program.call(method, path))
    assert slug_of(answer) == slug and answer.headers["x-correlation-id"] == answer.told["correlation_id"]
    assert ("allow" in answer.headers) == (slug == "method-not-allowed")


def _fails_with(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr("partners.access.limits.spend_call_of", fail)


def test_a_mistake_of_ours_is_a_problem_and_in_the_log_by_type_only(
    program: Program, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    _fails_with(monkeypatch, ValueError("canarybird7"))
    answer = program.get()
    assert (answer.status, slug_of(answer)) == (500, "internal-error")
    written = _as_written(caplog.records)
    assert "api_call_failed" in written and "ValueError" in written and answer.told["correlation_id"] in written
    assert "canarybird7" not in written


def test_a_database_that_is_away_is_told_with_the_time_to_come_back(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fails_with(monkeypatch, OperationalError())
    answer = program.get()
    assert (answer.status, slug_of(answer), answer.headers["retry-after"]) == (503, "unavailable", "5")


def test_an_answer_has_the_headers_of_every_answer(program: Program) -> None:
    for answer in (program.get(), program.send(program.call())):
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store" and answer.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in answer.headers


# --- Correlation ----------------------------------------------------------------------------------------------------
def _asked_with(program: Program, correlation_id: str) -> Any:
    call = program.call("GET", "/api/v1/partner")
    call.headers["X-Correlation-Id"] = correlation_id
    return program.send(program.signed(call))


def test_the_callers_correlation_id_comes_back_and_stands_in_the_call_log(program: Program) -> None:
    mine = str(uuid.uuid4())
    assert _asked_with(program, mine).headers["x-correlation-id"] == mine
    assert Call.objects.get().correlation_id == mine


@pytest.mark.parametrize("given", ["", "2000000006", "x" * 400, "0512345621-2000000006"])
def test_anything_but_a_uuid_is_replaced_for_it_could_be_a_person(given: str, program: Program) -> None:
    made = _asked_with(program, given).headers["x-correlation-id"]
    assert str(uuid.UUID(made)) == made and Call.objects.get().correlation_id == made


# --- The call log ---------------------------------------------------------------------------------------------------
def test_the_call_log_and_the_log_hold_nothing_that_was_said(
    program: Program, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    program.get("/api/v1/partner?id=2000000006")
    program.say("0512345621 canarybird7")
    program.send(replace(program.signed(program.call()), body=b'{"say": "canarybird7 2000000006"}'))
    program.get("/api/v1/people/2000000006")
    kept = json.dumps([list(row) for row in Call.objects.values_list()], default=str) + _as_written(caplog.records)
    assert [secret for secret in ("2000000006", "0512345621", "canarybird7") if secret in kept] == []
    assert list(Call.objects.order_by("pk").values_list("operation", "status")) == [
        ("GET /api/v1/partner", 200), ("POST /api/v1/echo", 200), ("POST /api/v1/echo", 401),
    ]  # fmt: skip


def test_calls_of_nobody_are_not_kept(program: Program) -> None:
    program.send(program.call())
    program.send(program.signed(program.call(), keyid="nobody.1234"))
    assert not Call.objects.exists()
