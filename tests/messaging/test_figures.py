"""Counts of an hour, and what can be read off them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from core import clock
from messaging import figures, health
from messaging.models import HourlyFigures, Message
from tests.messaging.conftest import MOBILE

pytestmark = pytest.mark.django_db

Write = Callable[..., Message]


@pytest.fixture
def written(write: Write) -> Callable[..., Message]:
    """A message of this hour that was handed over and arrived after so many seconds."""
    hour = clock.read().replace(minute=0, second=0, microsecond=0)

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
    assert (http.sent, http.delivered, http.delivered_in_time, http.lost) == (3, 2, 1, 0)
    assert (http.codes_sent, http.codes_used, http.price_halalas) == (3, 1, 15)
    assert HourlyFigures.objects.get(gateway="kannel").delivered_in_time == 1


def test_the_steps_hold_every_message_once(written: Callable[..., Message]) -> None:
    for seconds in (0.05, 0.2, 0.9, 7, 400):
        written(seconds)
    figures.roll_up()
    assert HourlyFigures.objects.get().to_gateway == [1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1]


def test_counting_twice_changes_nothing_and_sees_what_came_late(written: Callable[..., Message]) -> None:
    written(1)
    figures.roll_up()
    figures.roll_up()
    assert HourlyFigures.objects.get().sent == 1
    Message.objects.update(state="delivered", ended_at=clock.now())
    figures.roll_up()
    assert HourlyFigures.objects.get().delivered == 1


def test_an_old_hour_that_was_counted_is_final(written: Callable[..., Message]) -> None:
    written(1, hours_ago=8)
    assert figures.roll_up() == 24
    assert figures.roll_up() == 23
    written(1, hours_ago=8)
    figures.roll_up()
    assert HourlyFigures.objects.get().sent == 1


def test_errors_are_counted_as_they_happen(db: None) -> None:
    for _ in range(2):
        health.note_error("http", "no_answer")
    assert HourlyFigures.objects.get(gateway="http").errors == 2
    figures.roll_up()
    assert HourlyFigures.objects.get(gateway="http").errors == 2


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


def test_counting_costs_a_bounded_number_of_queries(
    written: Callable[..., Message], django_assert_max_num_queries: Any
) -> None:
    for hours_ago in range(4):
        written(1, hours_ago=hours_ago)
    figures.roll_up()
    with django_assert_max_num_queries(2 + 2 * 24):
        figures.roll_up()
    assert Message.objects.filter(to=MOBILE).count() == 4
