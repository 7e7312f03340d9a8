"""Counts of an hour, and what can be read off them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from core import clock
from messaging import figures, health
from messaging.models import HourlyFigures, Message

pytestmark = pytest.mark.django_db

Write = Callable[..., Message]


@pytest.fixture
def hour() -> datetime:
    """When this hour began."""
    return clock.read().replace(minute=0, second=0, microsecond=0)


@pytest.fixture
def written(write: Write, hour: datetime) -> Callable[..., Message]:
    """A message of this hour that was handed over and arrived after so many seconds."""

    def written(to_gateway: float | None, to_handset: float | None = None, hours_ago: int = 0, **facts: Any) -> Message:
        message = write()
        at = hour - timedelta(hours=hours_ago)
        sent = None if to_gateway is None else at + timedelta(seconds=to_gateway)
        ended = None if to_handset is None else at + timedelta(seconds=to_handset)
        state = "delivered" if ended else "sent" if sent else "queued"
        body = message.sealed_body if state == "queued" else ""
        known = {"state": state, "gateway": "http", "sent_at": sent, "ended_at": ended, "sealed_body": body}
        Message.objects.filter(pk=message.pk).update(created_at=at, **(known | facts))
        return message

    return written


def test_an_hour_is_counted_by_gateway(written: Callable[..., Message]) -> None:
    written(0.05, 3)
    written(0.2, 15, used_at=clock.read())
    written(4)
    written(None)
    written(0.05, 2, gateway="kannel")
    figures.roll_up()
    http = HourlyFigures.objects.get(gateway="http")
    assert (http.sent, sum(http.to_handset), http.delivered_in_time, http.lost) == (3, 2, 1, 0)
    assert (http.codes_sent, http.codes_used, http.price_halalas) == (3, 1, 15)
    assert HourlyFigures.objects.get(gateway="kannel").delivered_in_time == 1


def test_the_steps_hold_every_message_once(written: Callable[..., Message]) -> None:
    for seconds in (0.05, 0.2, 0.9, 7, 400):
        written(seconds)
    figures.roll_up()
    assert HourlyFigures.objects.get().to_gateway == [1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1]


def test_the_call_is_counted_from_the_claim_and_the_hand_over_from_the_writing(
    written: Callable[..., Message], hour: datetime
) -> None:
    written(7, claimed_at=hour + timedelta(seconds=6.1))
    written(7)
    figures.roll_up()
    counted = HourlyFigures.objects.get()
    assert figures.percentile([counted.gateway_call], 0.95) == 1 and sum(counted.gateway_call) == 1
    assert figures.percentile([counted.to_gateway], 0.95) == 10


def test_counting_twice_changes_nothing_and_sees_what_came_late(written: Callable[..., Message]) -> None:
    written(1)
    figures.roll_up()
    figures.roll_up()
    assert HourlyFigures.objects.get().sent == 1
    Message.objects.update(state="delivered", ended_at=clock.now())
    figures.roll_up()
    assert sum(HourlyFigures.objects.get().to_handset) == 1


def test_an_old_hour_that_was_counted_is_final(written: Callable[..., Message]) -> None:
    written(1, hours_ago=8)
    figures.roll_up()
    written(1, hours_ago=8)
    figures.roll_up()
    assert HourlyFigures.objects.get().sent == 1


def test_hours_that_nobody_counted_are_made_up_for(written: Callable[..., Message], hour: datetime) -> None:
    written(1, hours_ago=20)
    figures.roll_up()
    HourlyFigures.objects.update(counted_at=hour - timedelta(hours=20))
    written(1, hours_ago=8)
    figures.roll_up()
    assert HourlyFigures.objects.filter(sent=1).count() == 2


def test_who_wants_figures_of_the_last_minute_takes_those_there_are(written: Callable[..., Message]) -> None:
    for _ in range(2):
        written(1)
        figures.roll_up(at_most_every=timedelta(minutes=1))
    assert HourlyFigures.objects.get().sent == 1
    HourlyFigures.objects.update(counted_at=clock.ahead(timedelta(seconds=-61)))
    figures.roll_up(at_most_every=timedelta(minutes=1))
    assert HourlyFigures.objects.get().sent == 2


def test_errors_are_counted_as_they_happen_and_counting_leaves_them(written: Callable[..., Message]) -> None:
    written(1)
    for _ in range(2):
        health.note_error("http", "no_answer")
    assert _errors("http") == 2
    figures.roll_up()
    assert _errors("http") == 2


def _errors(gateway: str) -> int:
    """The hour may have turned between them."""
    return sum(HourlyFigures.objects.filter(gateway=gateway).values_list("errors", flat=True))


@pytest.mark.parametrize(
    ("counts", "share", "seconds"),
    [
        ([], 0.5, None),
        ([[]], 0.5, None),
        ([[0] * 13], 0.5, None),
        ([[10] + [0] * 12], 0.95, 0.1),
        ([[9, 0, 0, 1] + [0] * 9], 0.5, 0.1),
        ([[9, 0, 0, 1] + [0] * 9], 0.95, 1),
        ([[1] + [0] * 12, [0] * 12 + [1]], 0.95, float("inf")),
    ],
)
def test_a_percentile_is_the_end_of_its_step(counts: list[list[int]], share: float, seconds: float | None) -> None:
    assert figures.percentile(counts, share) == seconds


def test_a_day_is_counted_by_one_query_and_written_by_one(
    written: Callable[..., Message], django_assert_num_queries: Any
) -> None:
    for hours_ago in range(23):
        written(1, hours_ago=hours_ago)
    the_time, what_is_counted, count, write = 1, 1, 1, 1
    with django_assert_num_queries(the_time + what_is_counted + count + write):
        figures.roll_up()
    assert HourlyFigures.objects.filter(sent=1).count() == 23
    with django_assert_num_queries(the_time + what_is_counted):
        figures.roll_up(at_most_every=timedelta(minutes=1))
