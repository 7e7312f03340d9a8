"""SMS-1: at most one text in 60 s, 5 an hour, 10 a day for a phone; a daily ceiling for all. Counted at the operator."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models import F
from pytest_django import Settings

from accounts.models import User
from core import clock
from core.throttle import OverBudget
from messaging.actions.ceilings import (
    FIVE_AN_HOUR,
    ONE_A_MINUTE,
    TEN_A_DAY,
    lift_daily_ceiling,
    refusal,
    spend_to_answer,
    spend_to_send,
)
from messaging.actions.inbound import ANSWERS_TO_STRANGERS_A_DAY
from messaging.delivery import deliver
from messaging.models import CeilingLift, Message, SendCounter
from tests.messaging.conftest import MOBILE
from tests.operators import Operator
from tests.parallel import at_the_same_moment
from tests.waiting import seconds_since

pytestmark = pytest.mark.django_db(transaction=True)

OTHER_MOBILE = "+966555555577"


@pytest.fixture
def ask(write: Callable[..., Message], operator: Operator) -> Callable[[], None]:
    """Somebody asks for a code, as pages do: spends, writes; and a sender delivers."""

    def ask() -> None:
        spend_to_send(MOBILE)
        deliver(write().pk)

    return ask


def _pass(time: timedelta) -> None:
    SendCounter.objects.update(window_ends_at=F("window_ends_at") - time)


def test_a_second_text_within_a_minute_is_refused(ask: Callable[[], None], operator: Operator) -> None:
    began = clock.read()
    ask()
    with pytest.raises(OverBudget) as refused:
        ask()
    assert refused.value.budget == ONE_A_MINUTE
    foreseen = refusal(MOBILE)
    assert foreseen and foreseen.budget == ONE_A_MINUTE
    assert 60 - seconds_since(began) <= foreseen.retry_in_seconds <= refused.value.retry_in_seconds <= 61
    assert len(operator.calls) == 1


def test_sixty_requests_an_hour_reach_the_phone_five_times(ask: Callable[[], None], operator: Operator) -> None:
    refused = []
    for _minute in range(59):
        try:
            ask()
        except OverBudget as over:
            refused.append(over.budget)
        _pass(timedelta(seconds=61))
    assert len(operator.calls) == 5
    assert set(refused) == {FIVE_AN_HOUR}


def test_a_day_of_requests_reaches_the_phone_ten_times(ask: Callable[[], None], operator: Operator) -> None:
    refused = []
    for _quarter in range(95):
        try:
            ask()
        except OverBudget as over:
            refused.append(over.budget)
        _pass(timedelta(minutes=15))
    assert len(operator.calls) == 10
    assert TEN_A_DAY in refused


def test_twenty_requests_at_the_same_moment_send_one_text(ask: Callable[[], None], operator: Operator) -> None:
    results = at_the_same_moment([ask] * 20)
    assert [type(result) for result in results if result] == [OverBudget] * 19
    assert len(operator.calls) == 1


def test_a_refused_request_costs_nothing(ask: Callable[[], None]) -> None:
    ask()
    for _again in range(10):
        with pytest.raises(OverBudget):
            ask()
    assert SendCounter.objects.spent(FIVE_AN_HOUR.of(MOBILE)) == 1


def test_the_ceiling_holds_for_all_phones_together(settings: Settings) -> None:
    settings.SMS_DAILY_CEILING = 3
    for last_digit in range(3):
        spend_to_send(f"+96651111111{last_digit}")
    with pytest.raises(OverBudget) as refused:
        spend_to_send(OTHER_MOBILE)
    assert refused.value.budget.name == "sms-all"
    foreseen = refusal(OTHER_MOBILE)
    assert foreseen and foreseen.budget.name == "sms-all" and foreseen.retry_in_seconds > 23 * 60 * 60


def test_a_lifted_ceiling_is_no_reason_to_wait(settings: Settings, officer: User) -> None:
    settings.SMS_DAILY_CEILING = 1
    spend_to_send(MOBILE)
    lift_daily_ceiling(supervisor=officer, more=5, reason="A new service begins today.")
    assert refusal(OTHER_MOBILE) is None


def test_a_block_of_numbers_that_is_used_up_says_when(settings: Settings) -> None:
    settings.SMS_BLOCK_HOURLY_CEILING = 1
    spend_to_send("+966555550001")
    foreseen = refusal("+966555550002")
    assert foreseen and foreseen.budget.name == "sms-block" and foreseen.retry_in_seconds > 59 * 60


def test_a_block_of_ten_thousand_numbers_has_an_hourly_ceiling_and_others_still_get_codes(settings: Settings) -> None:
    settings.SMS_BLOCK_HOURLY_CEILING = 3
    block, neighbour = "+96651111", "+96651112"
    for last_digits in ("0000", "0001", "9999"):
        spend_to_send(f"{block}{last_digits}")
    with pytest.raises(OverBudget) as refused:
        spend_to_send(f"{block}5555")
    assert refused.value.budget.name == "sms-block"
    spend_to_send(f"{neighbour}5555")
    _pass(timedelta(minutes=30))
    with pytest.raises(OverBudget):
        spend_to_send(f"{block}5555")
    _pass(timedelta(minutes=30))
    spend_to_send(f"{block}5555")


def test_another_phone_has_budgets_of_its_own(ask: Callable[[], None]) -> None:
    ask()
    spend_to_send(OTHER_MOBILE)


def test_no_number_is_kept_in_a_counter(ask: Callable[[], None]) -> None:
    ask()
    assert MOBILE.removeprefix("+966") not in str(list(SendCounter.objects.values()))


def test_a_counter_starts_anew_when_its_window_is_over(ask: Callable[[], None], operator: Operator) -> None:
    ask()
    SendCounter.objects.update(window_ends_at=clock.now())
    ask()
    assert len(operator.calls) == 2


def test_a_lift_ends_with_its_day(settings: Settings, officer: User) -> None:
    settings.SMS_DAILY_CEILING = 1
    spend_to_send("+966511111110")
    lift_daily_ceiling(supervisor=officer, more=1, reason="A busy morning")
    spend_to_send("+966511111111")
    with pytest.raises(OverBudget):
        spend_to_send("+966511111112")
    CeilingLift.objects.update(lifted_at=clock.ahead(-timedelta(minutes=10)))
    _pass(timedelta(days=1, minutes=1))
    spend_to_send("+966511111113")
    with pytest.raises(OverBudget):
        spend_to_send("+966511111114")


def test_only_the_ceiling_raises_the_alarm(settings: Settings, officer: User, caplog: pytest.LogCaptureFixture) -> None:
    settings.SMS_DAILY_CEILING = 1
    spend_to_send(MOBILE)
    lift_daily_ceiling(supervisor=officer, more=1, reason="A busy morning")
    with pytest.raises(OverBudget):
        spend_to_send(MOBILE)
    assert "sms_ceiling_reached" not in caplog.text
    spend_to_send(OTHER_MOBILE)
    with pytest.raises(OverBudget):
        spend_to_answer("+966511111111", ANSWERS_TO_STRANGERS_A_DAY)
    assert "sms_ceiling_reached" in caplog.text


def test_answers_to_forged_senders_take_nothing_from_the_codes_of_their_block(settings: Settings) -> None:
    settings.SMS_BLOCK_HOURLY_CEILING = 2
    for last_digit in range(2):
        spend_to_answer(f"+96651234562{last_digit}", ANSWERS_TO_STRANGERS_A_DAY)
    with pytest.raises(OverBudget):
        spend_to_answer("+966512345629", ANSWERS_TO_STRANGERS_A_DAY)
    spend_to_send("+966512345629")
