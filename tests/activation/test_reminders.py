"""Booked people are reminded three days and one day before, once each, and never at night or of what is not to come."""

from datetime import datetime, timedelta

import pytest

from accounts.actions import claims
from accounts.models import Branch, User
from activation import slots, tasks
from activation.actions import bookings, cases
from activation.models import Attempt, Visit
from core import clock
from messaging.models import Message
from tests.booking import book, free_times
from tests.cast import Phone
from tests.parallel import at_the_same_moment

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit(visitor: Attempt, branch: Branch) -> Visit:
    """More than a week ahead."""
    return book(visitor, branch)


def _sent() -> int:
    return Message.objects.filter(purpose="visit_reminder").count()


def _at(visit: Visit, days_before: float, hour: int) -> datetime:
    """That hour in the Kingdom, on a day so many days before the visit's."""
    day = slots.day_of(visit.starts_at - timedelta(days=days_before))
    return slots.at(day, visit.starts_at.time().replace(hour=hour, minute=0))


def test_two_reminders_are_sent_each_in_its_time(visit: Visit, visitor: Attempt, phone: Phone) -> None:
    sent = []
    for days_before in (5, 4, 3, 2, 1, 0):
        for hour in (9, 15, 20):
            bookings.remind(_at(visit, days_before, hour))
        sent.append(_sent())
    assert sent == [0, 0, 1, 1, 2, 2]
    assert phone.newest().purpose == "visit_reminder"
    assert str(visitor.visit_code) in phone.newest_text() and "Riyadh branch" in phone.newest_text()


@pytest.mark.parametrize(("days_ahead", "reminders"), [(4, 2), (2, 1)])
def test_who_books_late_gets_the_reminders_that_are_left(
    days_ahead: int, reminders: int, visitor: Attempt, branch: Branch
) -> None:
    visit = book(visitor, branch)
    starts_at = clock.read() + timedelta(days=days_ahead, hours=1)
    Visit.objects.filter(pk=visit.pk).update(
        starts_at=starts_at, remind_at=bookings.next_reminder(starts_at, clock.read())
    )
    visit.refresh_from_db()
    for hours in range(0, days_ahead * 24, 6):
        for hour in (9, 20):
            bookings.remind(_at(visit, days_ahead - hours / 24, hour))
    assert _sent() == reminders


def test_who_books_for_tomorrow_needs_no_reminder(visitor: Attempt) -> None:
    now = clock.read()
    assert bookings.next_reminder(now + timedelta(hours=23), now) is None


@pytest.mark.parametrize(("hour", "sent"), [(7, 0), (8, 1), (20, 1), (21, 0), (23, 0)])
def test_no_phone_rings_at_night(hour: int, sent: int, visit: Visit) -> None:
    bookings.remind(_at(visit, 2, hour))
    assert _sent() == sent


def test_of_reminders_that_a_stopped_beat_left_over_one_is_sent(visit: Visit) -> None:
    for _run in range(3):
        bookings.remind(_at(visit, 1, 20))
    assert _sent() == 1


def test_nobody_is_reminded_of_a_visit_whose_time_has_come(visit: Visit) -> None:
    bookings.remind(visit.starts_at)
    assert _sent() == 0


@pytest.mark.parametrize("ended", ["cancelled", "moved", "activated", "expired"])
def test_nobody_is_reminded_of_a_visit_that_is_not_to_come(
    ended: str, visit: Visit, visitor: Attempt, branch: Branch
) -> None:
    if ended == "cancelled":
        bookings.cancel(visitor)
    elif ended == "moved":
        book(visitor, branch, free_times(visitor, branch)[-1])
    else:
        Attempt.objects.update(state="proven" if ended == "activated" else "expired", ended_at=clock.now())
    bookings.remind(_at(visit, 3, 20))
    assert _sent() == 0


def test_a_moved_visit_has_reminders_of_its_own(visit: Visit, visitor: Attempt, branch: Branch) -> None:
    bookings.remind(_at(visit, 3, 20))
    moved = book(visitor, branch, free_times(visitor, branch)[-1])
    bookings.remind(_at(moved, 3, 20))
    bookings.remind(_at(moved, 1, 20))
    assert _sent() == 3


@pytest.mark.django_db(transaction=True)
def test_of_two_runs_at_once_one_sends(visit: Visit) -> None:
    now = _at(visit, 3, 20)
    outcomes = at_the_same_moment([lambda: bookings.remind(now)] * 4)
    assert sorted(map(str, outcomes)) == ["0", "0", "0", "1"]
    assert _sent() == 1


def test_the_tasks_of_every_quarter_of_an_hour_do_it(visit: Visit) -> None:
    tasks.remind_visits()
    tasks.settle_visits()
    assert _sent() == 0 and Visit.objects.standing().count() == 1


def test_a_reminder_speaks_the_residents_language(visitor: Attempt, branch: Branch, phone: Phone) -> None:
    type(visitor.case.user).objects.update(language="ar")
    visit = book(visitor, branch)
    bookings.remind(_at(visit, 3, 20))
    assert "تذكير بزيارتك: فرع الرياض" in phone.newest_text()


def test_a_visit_of_somebody_else_stays_as_it_is(visit: Visit, stranger: object) -> None:
    assert cases.expire_attempts() == 0
    assert bookings.booked(visit.attempt) == visit


def test_whose_mobile_went_to_somebody_else_is_texted_nothing_and_the_visit_stands(
    paused: User, stranger: User, branch: Branch
) -> None:
    visit = book(cases.begin(paused, "officer"), branch)
    claims.settle_mobile(stranger, paused.mobile)
    for days_before in (3, 1):
        bookings.remind(_at(visit, days_before, 20))
    assert _sent() == 0
    visit.refresh_from_db()
    assert visit.remind_at is None
