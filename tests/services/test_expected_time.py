"""What an applicant is told of how long an answer takes: this portal's own history, or seven working days."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from accounts.models import ClosedDay, User
from core import clock
from services import due, history
from services.actions import requests
from services.catalogue import services
from services.history import PACE_OF_AT_LEAST, PACE_OF_NEWEST, TOOK_AT_MOST, Expected
from services.models import ServiceDay, ServicePace, ServiceRequest
from services.states import RequestState
from services.tasks import roll_up
from tests.cast import sign_in

pytestmark = pytest.mark.django_db

SLUG = "civil-affairs-messages"
START = f"/en/requests/new/{SLUG}/"
SEVEN = "An officer answers within seven working days, Sunday to Thursday."


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with override("en"):
        yield


def working_days_ago(days: int) -> datetime:
    """Noon of the newest day since when so many working days have passed."""
    today = timezone.localdate()
    day = next(day for n in range(200) if due.working_days_between(day := today - timedelta(days=n), today) == days)
    return due.midnight(day) + timedelta(hours=12)


def decide(applicant: User, officer: User, took: int, count: int = 1, slug: str = SLUG) -> None:
    """So many, decided today, each of which took so many working days."""
    asked, now = working_days_ago(took), clock.read()
    ServiceRequest.objects.bulk_create(
        ServiceRequest(
            service=slug,
            department=services()[slug].department,
            applicant=applicant,
            officer=officer,
            token=f"{slug}-{took}-{n}",
            state=RequestState.APPROVED,
            submitted_at=min(asked, now),
            ended_at=now,
            due_on=due.working_days_after(asked.date(), 7),
        )
        for n in range(count)
    )


@pytest.mark.parametrize("decided", [0, PACE_OF_AT_LEAST - 1])
def test_with_few_decisions_it_is_the_seven_working_days(decided: int, activated: User, officer: User) -> None:
    decide(activated, officer, 2, decided)
    roll_up()
    assert history.expected(SLUG) == Expected() and Expected().sentence == SEVEN


def test_half_and_nine_in_ten_are_read_off_the_decisions(activated: User, officer: User) -> None:
    decide(activated, officer, 2, 12)
    decide(activated, officer, 4, 6)
    decide(activated, officer, 9, 2)
    roll_up()
    assert history.expected(SLUG) == Expected(usual=2, slow=4)
    assert (
        history.expected(SLUG).sentence == "Usually answered within 2 working days; nine in ten within 4 working days."
    )
    assert history.expected("passports-messages") == Expected()


def test_the_newest_decisions_count(activated: User, officer: User) -> None:
    ServiceDay.objects.create(
        day=timezone.localdate() - timedelta(days=20),
        service=SLUG,
        counted_at=clock.read(),
        decided=500,
        took=[*[0] * 20, 500, *[0] * (TOOK_AT_MOST - 19)],
    )
    decide(activated, officer, 1, PACE_OF_NEWEST)
    roll_up()
    assert history.expected(SLUG) == Expected(usual=1, slow=1)


def test_what_took_very_long_is_said_to_take_long(activated: User, officer: User) -> None:
    decide(activated, officer, 45, PACE_OF_AT_LEAST)
    roll_up()
    assert history.expected(SLUG).sentence.endswith("nine in ten within more than 30 working days.")


def test_a_service_that_is_not_decided_any_more_falls_back(activated: User, officer: User) -> None:
    ServicePace.objects.create(service=SLUG, usual=2, slow=3, decided=40)
    roll_up()
    assert history.expected(SLUG) == Expected()


def test_holidays_do_not_count_as_time(activated: User, officer: User) -> None:
    began = timezone.localtime(working_days_ago(5)).date()
    days = [began + timedelta(days=n) for n in range(1, (timezone.localdate() - began).days)]
    ClosedDay.objects.bulk_create(ClosedDay(day=day, reason_ar="عطلة", reason_en="Holiday") for day in days)
    left = due.working_days_between(began, timezone.localdate(), days)
    assert left < 5
    decide(activated, officer, 5, PACE_OF_AT_LEAST)
    roll_up()
    assert history.expected(SLUG) == Expected(usual=left, slow=left)


def test_the_time_of_a_reopened_request_begins_anew(activated: User, officer: User) -> None:
    decide(activated, officer, 15, PACE_OF_AT_LEAST)
    ServiceRequest.objects.update(reopened_at=clock.now())
    roll_up()
    assert history.expected(SLUG) == Expected(usual=0, slow=0)
    assert history.expected(SLUG).sentence.startswith("Usually answered within 1 working day;")


@pytest.mark.parametrize("language", ["ar", "en"])
def test_it_is_said_before_the_form_at_the_review_and_while_one_waits(
    language: str, activated: User, browser: Client
) -> None:
    ServicePace.objects.create(service=SLUG, usual=3, slow=6, decided=40)
    said = {"ar": "3 أيام عمل", "en": "3 working days"}[language]
    applicant = sign_in(browser, activated)
    draft = requests.begin(services()[SLUG], activated, "t")
    requests.keep(draft, {"topic": "other", "message": "How do I renew?"})
    start = START.replace("/en/", f"/{language}/")
    paths = [start, f"/{language}/requests/{draft.number}/review/"]
    assert all(said in applicant.get(path).content.decode() for path in paths)
    requests.submit(draft)
    assert said in applicant.get(f"/{language}/requests/{draft.number}/").content.decode()
    requests.withdraw(draft)
    assert said not in applicant.get(f"/{language}/requests/{draft.number}/").content.decode()


def test_a_page_reads_one_row_for_it_however_many_were_decided(activated: User, officer: User, browser: Client) -> None:
    applicant = sign_in(browser, activated)
    counts: list[int] = []
    for count in (PACE_OF_AT_LEAST, 60):
        decide(activated, officer, count // 10, count)
        roll_up()
        applicant.get(START)
        with CaptureQueriesContext(connection) as queries:
            applicant.get(START)
        counts.append(len(queries))
        assert sum("servicepace" in query["sql"] for query in queries) == 1
    assert counts[0] == counts[1]


def test_counting_twice_changes_nothing(activated: User, officer: User) -> None:
    decide(activated, officer, 3, 30)
    found = []
    for _again in range(2):
        roll_up()
        found.append(
            [
                list(ServicePace.objects.values()),
                list(
                    ServiceDay.objects.order_by("day", "service").values(
                        "day", "submitted", "decided", "in_time", "took"
                    )
                ),
            ]
        )
    assert found[0] == found[1]
