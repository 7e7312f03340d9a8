"""A write happens once, however often it is sent: API-2."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import RequestFactory
from ninja import Schema, Status

from core import clock
from core.sealed import unseal
from partners.access import ApiRequest, Caller
from partners.idempotency import FREED_AFTER, idempotent
from partners.models import Call, IdempotentCall, Partner, PartnerKey
from partners.problems import COUNTER_NOT_RISEN, TOO_MANY_CALLS, Problem
from partners.states import CallState
from tests.parallel import at_the_same_moment
from tests.programs import Program, slug_of

pytestmark = pytest.mark.django_db

KEY = "0191f0c4-2b0a-7c50-8f3e-5a1f9d3c7e21"


class Done(Schema):
    turn: int


class Counting:
    """An endpoint that counts its effects, and ends each turn as it is told."""

    def __init__(self, *ends: Any) -> None:
        self.effects, self.ends = 0, list(ends)

    def __call__(self, request: ApiRequest) -> Done | Status[Done]:
        self.effects += 1
        end = self.ends.pop(0) if self.ends else None
        if isinstance(end, Exception):
            raise end
        return Status(end, Done(turn=self.effects)) if end else Done(turn=self.effects)


@pytest.fixture
def request_of(bank: Partner, key: PartnerKey) -> Any:
    def make(body: str = "{}", idempotency_key: str = KEY) -> ApiRequest:
        headers = {"Idempotency-Key": idempotency_key}
        request: Any = RequestFactory().post("/api/v1/x", body, content_type="application/json", headers=headers)
        request.auth = Caller(bank, key)
        return request

    return make


def test_a_repetition_gets_the_answer_of_the_first_and_has_no_effect(request_of: Any) -> None:
    effect = Counting(201)
    endpoint = idempotent(effect)
    first, second = endpoint(request_of()), endpoint(request_of())
    assert effect.effects == 1
    assert (first.status_code, first.content) == (second.status_code, second.content) == (201, b'{"turn":1}')
    assert "Idempotency-Replayed" not in first and second["Idempotency-Replayed"] == "true"


def test_the_same_is_seen_from_outside(program: Program) -> None:
    first, second, other = program.say("a", key=KEY), program.say("a", key=KEY), program.say("b", key=KEY)
    assert first.told == second.told == {"said": "a", "partner": "riyadh-bank"}
    assert (other.status, slug_of(other)) == (422, "idempotency-key-reused")


def test_the_same_body_at_another_address_is_another_call(program: Program) -> None:
    assert program.say("a", key=KEY).status == 200
    call = program.call(say="a")
    call.headers["Idempotency-Key"] = KEY
    answer = program.send(program.signed(replace(call, url=f"{call.url}?again=1")))
    assert slug_of(answer) == "idempotency-key-reused"


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "with spaces in it 12", "مفتاح-لا-يصلح-هنا"])
def test_a_write_without_a_usable_key_has_no_effect(key: str, request_of: Any) -> None:
    effect = Counting()
    with pytest.raises(Problem) as raised:
        idempotent(effect)(request_of(idempotency_key=key))
    assert raised.value.kind.slug == "idempotency-key-missing" and effect.effects == 0


def test_a_problem_is_an_answer_too(request_of: Any, key: PartnerKey) -> None:
    effect = Counting(Problem(COUNTER_NOT_RISEN, attempts_left=3))
    endpoint = idempotent(effect)
    first, second = endpoint(request_of()), endpoint(request_of())
    assert effect.effects == 1 and first.content == second.content and second.status_code == 409
    assert second["Content-Type"] == "application/problem+json" and second.problem == COUNTER_NOT_RISEN


@pytest.mark.parametrize("end", [Problem(TOO_MANY_CALLS, retry_in_seconds=9), ValueError("a mistake of ours")])
def test_what_may_end_otherwise_later_leaves_the_key_free(end: Exception, request_of: Any) -> None:
    effect = Counting(end)
    endpoint = idempotent(effect)
    with pytest.raises(type(end)):
        endpoint(request_of())
    assert endpoint(request_of()).status_code == 200 and effect.effects == 2


def test_who_comes_while_it_is_under_way_is_asked_to_wait(request_of: Any) -> None:
    def endpoint(request: ApiRequest) -> Done:
        with pytest.raises(Problem) as raised:
            idempotent(Counting())(request_of())
        assert raised.value.kind.slug == "call-in-flight" and raised.value.retry_in_seconds == 1
        return Done(turn=1)

    assert idempotent(endpoint)(request_of()).status_code == 200


def test_a_dead_workers_call_is_done_by_the_next_after_half_a_minute(request_of: Any) -> None:
    class Killed(BaseException):
        """Nothing of ours runs after it."""

    effect = Counting()

    def killed(request: ApiRequest) -> Done:
        raise Killed

    with pytest.raises(Killed):
        idempotent(killed)(request_of())
    with pytest.raises(Problem):
        idempotent(effect)(request_of())
    IdempotentCall.objects.update(begun_at=clock.ahead(-FREED_AFTER - timedelta(seconds=1)))
    assert idempotent(effect)(request_of()).status_code == 200 and effect.effects == 1
    assert IdempotentCall.objects.get().state == CallState.DONE


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_twenty_at_once_one_has_an_effect_and_nobody_another_answer(program: Program) -> None:
    answers: list[Any] = at_the_same_moment([lambda: program.say("once", key=KEY)] * 20)
    assert {answer.status for answer in answers} <= {200, 409}
    assert IdempotentCall.objects.count() == 1
    done = [answer for answer in answers if answer.status == 200]
    assert sum("idempotency-replayed" not in answer.headers for answer in done) == 1
    assert all(answer.headers["retry-after"] == "1" for answer in answers if answer.status == 409)
    assert program.say("once", key=KEY).told == done[0].told


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_dead_workers_call_is_taken_over_by_one_of_many(request_of: Any) -> None:
    idempotent(Counting())(request_of())
    IdempotentCall.objects.update(
        state=CallState.IN_FLIGHT, status=None, sealed_answer="", begun_at=clock.ahead(timedelta(minutes=-1))
    )
    effect = Counting()
    at_the_same_moment([lambda: idempotent(effect)(request_of())] * 12)
    assert effect.effects == 1


def test_the_kept_answer_cannot_be_read_in_the_database(program: Program) -> None:
    program.say("canarybird7", key=KEY)
    kept = IdempotentCall.objects.get()
    assert "canarybird7" not in kept.sealed_answer and "canarybird7" in unseal(kept.sealed_answer)


def test_the_key_of_one_partner_says_nothing_about_another(program: Program, make_program: Any) -> None:
    from tests.programs import admit

    program.say("a", key=KEY)
    assert make_program(admit("second-bank")).say("b", key=KEY).status == 200


def test_a_replayed_problem_is_in_the_log_as_what_it_is(program: Program) -> None:
    program.say("a", key=KEY)
    program.say("b", key=KEY)
    assert list(Call.objects.order_by("pk").values_list("status", "problem")) == [
        (200, ""),
        (422, "idempotency-key-reused"),
    ]
