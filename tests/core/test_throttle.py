"""Budgets in the database: parallel requests cannot overspend them, and a rollback does not give anything back."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import F

from core import clock
from core.throttle import Budget, Charge, OverBudget
from messaging.models import SendCounter
from tests.parallel import at_the_same_moment
from tests.waiting import seconds_since

pytestmark = pytest.mark.django_db

counters = SendCounter.objects
FIVE = Budget("trial_five", 5, timedelta(minutes=15))
LOCKING = Budget("trial_locking", 3, timedelta(minutes=15), (timedelta(minutes=15), timedelta(minutes=30)))


def _spend(*charges: Charge) -> Callable[[], None]:
    return lambda: counters.spend(*charges)


def _pass(time: timedelta) -> None:
    counters.update(window_ends_at=F("window_ends_at") - time)


def _refusal(*charges: Charge) -> OverBudget:
    with pytest.raises(OverBudget) as refused:
        counters.spend(*charges)
    return refused.value


def test_a_budget_is_spent_and_then_refused_with_the_time_to_wait() -> None:
    began = clock.read()
    for _time in range(5):
        counters.spend(FIVE.of("one"))
    refused = _refusal(FIVE.of("one"))
    assert refused.budget == FIVE
    assert 900 - seconds_since(began) <= refused.retry_in_seconds <= 901
    assert counters.spent(FIVE.of("one")) == 5


def test_each_subject_has_a_budget_of_its_own() -> None:
    for _time in range(5):
        counters.spend(FIVE.of("one"))
    counters.spend(FIVE.of("other"))
    assert counters.spent(FIVE.of("other")) == 1
    assert counters.spent(FIVE.of("nobody")) == 0


def test_two_budgets_of_one_subject_are_kept_apart() -> None:
    counters.spend(FIVE.of("one"))
    assert counters.spent(LOCKING.of("one")) == 0


def test_a_window_opens_with_the_first_event_and_then_begins_anew() -> None:
    for _time in range(5):
        counters.spend(FIVE.of("one"))
    _pass(timedelta(minutes=14))
    _refusal(FIVE.of("one"))
    _pass(timedelta(minutes=2))
    counters.spend(FIVE.of("one"))
    assert counters.spent(FIVE.of("one")) == 1


def test_refused_events_do_not_prolong_the_wait() -> None:
    for _time in range(5):
        counters.spend(FIVE.of("one"))
    _pass(timedelta(minutes=10))
    for _time in range(3):
        assert _refusal(FIVE.of("one")).retry_in_seconds <= 301


def test_of_several_budgets_all_are_spent_or_none() -> None:
    for _time in range(3):
        counters.spend(LOCKING.of("one"))
    assert _refusal(FIVE.of("one"), LOCKING.of("one")).budget == LOCKING
    assert counters.spent(FIVE.of("one")) == 0


def test_of_several_exhausted_budgets_the_longest_wait_is_told() -> None:
    short = Budget("trial_short", 1, timedelta(seconds=60))
    long = Budget("trial_long", 1, timedelta(hours=1))
    counters.spend(short.of("one"), long.of("one"))
    assert _refusal(short.of("one"), long.of("one")).budget == long


def test_a_refund_gives_one_event_back() -> None:
    for _time in range(5):
        counters.spend(FIVE.of("one"))
    counters.refund(FIVE.of("one"))
    counters.spend(FIVE.of("one"))
    assert counters.spent(FIVE.of("one")) == 5


def test_a_refund_never_goes_below_nothing() -> None:
    counters.spend(FIVE.of("one"))
    counters.refund(FIVE.of("one"))
    counters.refund(FIVE.of("one"), FIVE.of("nobody"))
    assert counters.spent(FIVE.of("one")) == 0


def test_failures_lock_for_longer_each_time_and_the_last_lock_repeats() -> None:
    charge = LOCKING.of("one")
    for minutes in (15, 30, 30):
        began = clock.read()
        for _time in range(3):
            counters.spend(charge)
            counters.fail(charge)
        told, wait = _refusal(charge).retry_in_seconds, counters.wait_seconds(charge)
        assert minutes * 60 - seconds_since(began) <= wait <= told <= minutes * 60 + 1
        _pass(timedelta(minutes=minutes, seconds=1))
        assert counters.wait_seconds(charge) == 0


def test_a_lock_is_not_lifted_by_a_refund() -> None:
    charge = LOCKING.of("one")
    for _time in range(3):
        counters.spend(charge)
        counters.fail(charge)
    counters.refund(charge)
    _refusal(charge)


def test_failures_below_the_limit_do_not_lock() -> None:
    charge = LOCKING.of("one")
    counters.spend(charge)
    counters.fail(charge)
    assert counters.wait_seconds(charge) == 0


def test_what_is_forgotten_can_be_spent_again() -> None:
    for _time in range(5):
        counters.spend(FIVE.of("one"))
    counters.forget(FIVE.of("one"))
    counters.spend(FIVE.of("one"))


def test_counters_that_were_idle_for_a_day_are_purged() -> None:
    counters.spend(FIVE.of("old"))
    _pass(timedelta(days=1, minutes=16))
    counters.spend(FIVE.of("new"))
    assert counters.purge() == 1
    assert counters.spent(FIVE.of("new")) == 1


def test_no_subject_stands_in_the_table() -> None:
    counters.spend(FIVE.of("+966512345621"))
    assert "512345621" not in str(list(counters.values_list()))


@pytest.mark.django_db(transaction=True)
def test_twenty_four_parallel_requests_spend_five(transactional_db: None) -> None:
    outcomes = at_the_same_moment([_spend(FIVE.of("one"))] * 24)
    assert outcomes.count(None) == 5
    assert sum(isinstance(outcome, OverBudget) for outcome in outcomes) == 19
    assert counters.spent(FIVE.of("one")) == 5


@pytest.mark.django_db(transaction=True)
def test_budgets_named_in_another_order_do_not_block_each_other() -> None:
    one, other = (
        Budget("trial_a", 8, timedelta(hours=1)).of("x"),
        Budget("trial_b", 8, timedelta(hours=1)).of("x"),
    )
    outcomes = at_the_same_moment([_spend(one, other), _spend(other, one)] * 8)
    assert outcomes.count(None) == 8
    assert all(outcome is None or isinstance(outcome, OverBudget) for outcome in outcomes)
    assert (counters.spent(one), counters.spent(other)) == (8, 8)


@pytest.mark.django_db(transaction=True)
def test_parallel_failures_lock_once() -> None:
    charge = LOCKING.of("one")
    for _time in range(3):
        counters.spend(charge)
    at_the_same_moment([lambda: counters.fail(charge)] * 8)
    assert counters.get(key=charge.key).strikes == 1


@pytest.mark.django_db(transaction=True)
def test_a_rollback_after_the_spending_gives_nothing_back() -> None:
    """OTP-3."""
    counters.spend(FIVE.of("one"))
    with pytest.raises(RuntimeError), transaction.atomic():
        SendCounter.objects.filter(key="other").delete()
        raise RuntimeError
    assert counters.spent(FIVE.of("one")) == 1


def test_the_clock_of_the_budgets_is_the_databases() -> None:
    before = clock.read()
    counters.spend(FIVE.of("one"))
    after = clock.read()
    opened = counters.get(key=FIVE.of("one").key).window_ends_at - FIVE.window
    assert before <= opened <= after
