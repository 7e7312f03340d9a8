"""By when an answer is due: working days from Sunday to Thursday, without the days that are closed for everybody."""

from datetime import date, timedelta

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Branch, ClosedDay, User
from core import hijri
from services import due
from services.actions import requests
from services.catalogue import services
from services.models import ServiceRequest
from services.worklists import due_text

SUNDAY = date(2026, 11, 29)
ANY_DAY = st.dates(date(2020, 1, 1), date(2035, 12, 31))


def close(day: date, branch: Branch | None = None) -> ClosedDay:
    return ClosedDay.objects.create(day=day, branch=branch, reason_ar="عطلة", reason_en="Holiday")


def due_on(request: ServiceRequest) -> date:
    return ServiceRequest.objects.values_list("due_on", flat=True).get(pk=request.pk)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (date(2026, 11, 26), 1, date(2026, 11, 29)),  # Thursday: the weekend is left out
        (date(2026, 11, 27), 1, date(2026, 11, 29)),  # Friday
        (date(2026, 11, 28), 1, date(2026, 11, 29)),  # Saturday
        (SUNDAY, 4, date(2026, 12, 3)),
        (SUNDAY, 5, date(2026, 12, 6)),
        (SUNDAY, 7, date(2026, 12, 8)),
        (date(2026, 12, 30), 3, date(2027, 1, 4)),  # over the end of the year
        (SUNDAY, 0, SUNDAY),
    ],
)
def test_fridays_and_saturdays_are_left_out(start: date, days: int, end: date) -> None:
    assert due.working_days_after(start, days) == end


@pytest.mark.parametrize(
    ("closed", "end"),
    [
        ([], date(2026, 12, 8)),
        ([date(2026, 11, 30)], date(2026, 12, 9)),
        ([date(2026, 12, 4), date(2026, 12, 5)], date(2026, 12, 8)),  # a weekend that is a holiday costs nothing more
        ([date(2026, 12, 3) + timedelta(days=n) for n in range(5)], date(2026, 12, 13)),  # Thursday to Monday
        ([SUNDAY], date(2026, 12, 8)),  # the day itself does not count
        ([date(2026, 12, 9)], date(2026, 12, 8)),
    ],
)
@pytest.mark.django_db
def test_a_holiday_moves_what_is_asked_before_it(closed: list[date], end: date) -> None:
    for day in closed:
        close(day)
    assert due.answer_due_on(SUNDAY) == end


@pytest.mark.parametrize(
    ("due_on", "today", "words"),
    [
        (date(2026, 11, 26), date(2026, 11, 26), "Due today"),
        (date(2026, 12, 7), date(2026, 11, 26), "6 working days left"),
        (date(2026, 11, 29), date(2026, 11, 26), "One working day left"),
        (date(2026, 11, 29), date(2026, 11, 27), "One working day left"),
        (date(2026, 11, 28), date(2026, 11, 26), "Less than a working day left"),
        (date(2026, 11, 26), date(2026, 11, 27), "Less than a working day late"),
        (date(2026, 11, 26), date(2026, 11, 29), "One working day late"),
        (date(2026, 11, 26), date(2026, 12, 2), "3 working days late"),
    ],
)
def test_officers_read_in_working_days_how_long_is_left(due_on: date, today: date, words: str) -> None:
    """The first of December is a holiday; 27 and 28 November are a weekend."""
    with override("en"):
        assert due_text(due_on, today, frozenset({date(2026, 12, 1)})) == words


@pytest.mark.django_db
def test_a_holiday_of_the_hijri_year_is_left_out() -> None:
    """Eid al-Fitr 1448: from 1 to 4 Shawwal."""
    eid = [hijri.to_gregorian(1448, 10, day) for day in (1, 2, 3, 4)]
    for day in eid:
        close(day)
    before = eid[0] - timedelta(days=1)
    without = due.working_days_after(before, 7)
    worked = sum(due.working_days_between(day - timedelta(days=1), day) for day in eid)
    assert worked > 0
    assert due.working_days_between(without, due.answer_due_on(before)) == worked


@pytest.mark.django_db
def test_a_branch_that_closes_alone_keeps_nobody_waiting(branch: Branch) -> None:
    close(date(2026, 11, 30), branch)
    assert due.answer_due_on(SUNDAY) == date(2026, 12, 8)


@pytest.mark.django_db
def test_a_holiday_that_is_added_later_does_not_move_what_was_promised(activated: User) -> None:
    drafts = [requests.begin(services()["civil-affairs-messages"], activated, token) for token in ("before", "after")]
    for draft in drafts:
        requests.keep(draft, {"topic": "other", "message": "How do I renew?"})
    requests.submit(drafts[0])
    promised = due_on(drafts[0])
    close(promised)
    requests.submit(drafts[1])
    assert due_on(drafts[0]) == promised < due_on(drafts[1])


@given(start=ANY_DAY, days=st.integers(0, 40), closed=st.frozensets(ANY_DAY, max_size=30))
def test_counting_there_and_back_agrees(start: date, days: int, closed: frozenset[date]) -> None:
    nearby = frozenset(start + timedelta(days=day.toordinal() % 60) for day in closed)
    end = due.working_days_after(start, days, nearby)
    assert due.working_days_between(start, end, nearby) == days


@given(start=ANY_DAY, end=ANY_DAY)
def test_nothing_takes_less_than_no_time(start: date, end: date) -> None:
    assert due.working_days_between(start, end) >= 0
