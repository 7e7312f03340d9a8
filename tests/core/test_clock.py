from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models.expressions import Combinable

from core import clock
from messaging.models import SendCounter

pytestmark = pytest.mark.django_db


def _write(ends_at: Combinable) -> datetime:
    SendCounter.objects.create(key="trial", spent=0, window_ends_at=ends_at)
    return SendCounter.objects.get(key="trial").window_ends_at


def test_the_time_comes_with_its_zone() -> None:
    assert clock.read().utcoffset() == timedelta(0)
    assert abs(clock.read() - datetime.now(UTC)) < timedelta(seconds=60)


@pytest.mark.parametrize("distance", [timedelta(minutes=5), timedelta(days=-1), timedelta(hours=72), timedelta(0)])
def test_a_moment_ahead_is_reckoned_by_the_database(distance: timedelta) -> None:
    off = _write(clock.ahead(distance)) - clock.read() - distance
    assert abs(off) < timedelta(seconds=30)


def test_what_was_written_lies_in_the_past_for_the_next_query() -> None:
    _write(clock.now())
    assert SendCounter.objects.filter(window_ends_at__lte=clock.now()).exists()
    assert not SendCounter.objects.filter(window_ends_at__lte=clock.ahead(timedelta(seconds=-30))).exists()
    assert SendCounter.objects.filter(window_ends_at__lte=clock.ahead(timedelta(seconds=30))).exists()


def test_moments_of_one_instant_are_written_alike() -> None:
    """SQLite compares them as text."""
    for zero in range(50):
        SendCounter.objects.create(key=f"trial {zero}", spent=0, window_ends_at=clock.ahead(timedelta(0)))
        assert SendCounter.objects.filter(key=f"trial {zero}", window_ends_at__lte=clock.now()).exists()


def test_time_goes_on_within_a_transaction() -> None:
    """A lock that was waited for does not stop the clock."""
    first = clock.read()
    while clock.read() == first:
        pass
    assert clock.read() > first


def test_raw_sql_reckons_alike() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {clock.sql_ahead('%s')}", [90])
        moment = clock.aware(cursor.fetchone()[0])
    assert timedelta(seconds=60) < moment - clock.read() <= timedelta(seconds=90)


def test_a_moment_without_zone_is_universal_time() -> None:
    assert clock.aware("2026-11-23 09:30:00.125") == datetime(2026, 11, 23, 9, 30, 0, 125_000, tzinfo=UTC)
    zoned = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    assert clock.aware(zoned) is zoned
