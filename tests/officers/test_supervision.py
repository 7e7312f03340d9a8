"""The supervisors' pages: service levels from what was counted, and the calendar of holidays."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from accounts.models import Branch, ClosedDay, User
from accounts.roles import Role
from audit.events import Event
from audit.models import Entry
from core import clock, hijri
from services import due, history, service_levels
from services.actions import decisions, reopening, requests
from services.catalogue import services
from services.models import OfficerDay, Reason, ServiceDay, ServiceRequest
from services.service_levels import Period
from services.states import RequestState
from tests.asking import submitted
from tests.officers.conftest import enter

pytestmark = pytest.mark.django_db

LEVELS = "/en/admin/services/serviceday/"
HOLIDAYS = f"{LEVELS}holidays/"
SLUGS = [service.slug for service in services().values() if service.is_request]
REASON = "The signed letter came by post."


def ask(applicant: User, token: str, department: str = "civil-affairs") -> ServiceRequest:
    return submitted(applicant, f"{department}-messages", token=token)


def decided(
    applicant: User, officer: User, token: str, *, days_ago: int = 0, took: int = 0, late: bool = False
) -> None:
    """So many days ago, after so many days of the calendar."""
    on = timezone.localdate() - timedelta(days=days_ago)
    asked = due.midnight(on - timedelta(days=took))
    ServiceRequest.objects.create(
        service="passports-messages", department="passports", applicant=applicant, officer=officer, token=token,
        state=RequestState.APPROVED, submitted_at=asked, due_on=on - timedelta(days=1 if late else 0),
        ended_at=due.midnight(on) + timedelta(minutes=1),
    )  # fmt: skip


def text(client: Client, path: str = LEVELS, **asked: str) -> str:
    answer = client.get(path, asked)
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_happened_is_counted_by_service_and_officer(activated: User, civil_affairs: User) -> None:
    open_one, approved, rejected, withdrawn = (ask(activated, token) for token in "abcd")
    for request in (open_one, approved, rejected):
        decisions.take(request, civil_affairs)
    decisions.approve(approved, civil_affairs, reason=Reason("Here it is."))
    decisions.reject(rejected, civil_affairs, reason=Reason("Send a signed one."))
    requests.withdraw(withdrawn)
    ask(activated, "e", "passports")
    history.roll_up()
    shown = service_levels.overview(Period.WEEK)
    assert (shown.whole.submitted, shown.whole.decided, shown.whole.open) == (5, 2, 2)
    assert (shown.whole.share_in_time, shown.whole.overdue) == (100, 0)
    assert shown.officers == [{"username": civil_affairs.username, "open": 1, "overdue": 0, "decided": 2}]
    only = service_levels.overview(Period.WEEK, "passports")
    assert (only.whole.submitted, only.whole.decided, only.whole.open, only.officers) == (1, 0, 1, [])


def test_late_answers_lower_the_share_and_durations_are_working_days(activated: User, civil_affairs: User) -> None:
    for n in range(9):
        decided(activated, civil_affairs, f"quick{n}", took=7)
    decided(activated, civil_affairs, "slow", took=28, late=True)
    history.roll_up()
    level = service_levels.overview(Period.MONTH).whole
    with override("en"):
        assert (level.usual, level.slow) == ("5 days", "5 days")
    assert level.share_in_time == 90
    assert history.percentile(level.took, 0.95) == 20


def test_an_overdue_request_shows_with_its_officer_and_its_age(activated: User, civil_affairs: User) -> None:
    request = ask(activated, "t")
    decisions.take(request, civil_affairs)
    asked = timezone.localdate() - timedelta(days=14)
    ServiceRequest.objects.update(submitted_at=due.midnight(asked), due_on=asked + timedelta(days=9))
    history.roll_up()
    shown = service_levels.overview(Period.MONTH)
    assert (shown.whole.overdue, shown.whole.open_ages) == (1, [0, 0, 0, 1, 0])
    assert shown.officers[0]["overdue"] == 1


@pytest.mark.parametrize(("period", "days"), [("week", None), ("month", 30), ("quarter", 90)])
def test_a_period_holds_its_days_and_no_others(period: str, days: int | None, activated: User, officer: User) -> None:
    today = date(2026, 11, 25)
    first = Period(period).first_day(today)
    assert first == (today - timedelta(days=days - 1) if days else date(2026, 11, 22))


def test_days_of_long_ago_are_left_out(activated: User, officer: User) -> None:
    decided(activated, officer, "now")
    decided(activated, officer, "then", days_ago=45)
    history.roll_up()
    assert [service_levels.overview(period).whole.decided for period in (Period.MONTH, Period.QUARTER)] == [1, 2]


def test_what_is_reopened_on_the_same_day_was_not_decided(
    activated: User, civil_affairs: User, supervisor: User
) -> None:
    request = ask(activated, "t")
    decisions.take(request, civil_affairs)
    decisions.reject(request, civil_affairs, reason=Reason("Send a signed one."))
    history.roll_up()
    assert service_levels.overview(Period.WEEK).whole.decided == 1
    reopening.reopen(request, supervisor, reason=REASON)
    history.roll_up()
    shown = service_levels.overview(Period.WEEK)
    assert (shown.whole.decided, shown.whole.open, shown.officers) == (0, 1, [])


def test_what_stands_open_is_counted_once_and_not_any_more_when_it_is_done(
    activated: User, civil_affairs: User
) -> None:
    request, yesterday = ask(activated, "t"), timezone.localdate() - timedelta(days=1)
    decisions.take(request, civil_affairs)
    history.roll_up()
    for counted in (ServiceDay, OfficerDay):
        counted.objects.update(day=yesterday)
    history.roll_up()
    shown = service_levels.overview(Period.MONTH, "civil-affairs")
    assert (shown.whole.open, shown.officers[0]["open"]) == (1, 1)
    for counted in (ServiceDay, OfficerDay):
        counted.objects.filter(day__gt=yesterday).delete()
    requests.withdraw(request)
    history.roll_up()
    shown = service_levels.overview(Period.MONTH, "civil-affairs")
    assert (shown.whole.open, shown.officers) == (0, [])


def test_days_that_are_over_are_not_counted_again(activated: User, officer: User) -> None:
    history.roll_up()
    decided(activated, officer, "old", days_ago=10)
    ServiceDay.objects.create(day=timezone.localdate(), service="passports-messages", counted_at=clock.read())
    history.roll_up()
    assert not ServiceDay.objects.filter(decided__gt=0).exists()


@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_supervisor_sees_charts_with_their_figures_in_words(
    language: str, activated: User, civil_affairs: User, office: Client
) -> None:
    decided(activated, civil_affairs, "t", took=7)
    history.roll_up()
    page = text(office, LEVELS.replace("/en/", f"/{language}/"), period="quarter")
    assert page.count('role="img"') >= 2 and page.count('<details class="disclosed">') >= 2
    assert civil_affairs.username in page and "100%" in page
    assert ("1 submitted, 1 decided" if language == "en" else "المُرسَل: 1") in page


def test_a_department_is_chosen_and_nonsense_shows_the_usual_view(activated: User, office: Client) -> None:
    ask(activated, "a")
    ask(activated, "b", "passports")
    history.roll_up()
    assert "Message to Civil Affairs" not in text(office, department="passports")
    assert "Message to Civil Affairs" in text(office, department="nobody", period="century")


def test_before_anything_is_counted_the_page_says_so(office: Client) -> None:
    assert "the portal counts every five minutes" in text(office)


def test_a_look_asks_as_often_for_many_days_as_for_one_and_counts_no_request(
    activated: User, officer: User, office: Client
) -> None:
    counts = []
    for size in (1, 40):
        for n in range(size):
            decided(activated, officer, f"{size}-{n}", days_ago=n)
        ServiceDay.objects.all().delete()
        history.roll_up()
        office.get(LEVELS)
        with CaptureQueriesContext(connection) as queries:
            office.get(LEVELS, {"period": "quarter"})
        counts.append(len(queries))
        assert not any("services_servicerequest" in query["sql"] for query in queries)
    assert counts[0] == counts[1]
    assert OfficerDay.objects.count() == 40


@pytest.mark.parametrize("path", [LEVELS, HOLIDAYS, f"{LEVELS}reopen/", f"{LEVELS}export/"])
@pytest.mark.parametrize("role", [Role.PASSPORTS, Role.CIVIL_AFFAIRS, Role.AUDITOR])
def test_supervision_is_for_supervisors(
    path: str, role: Role, officer: User, give_role: Callable[[User, Role], User]
) -> None:
    client = enter(Client(), give_role(officer, role))
    assert {client.get(path).status_code, client.post(path).status_code} <= {403, 405}
    assert 403 in {client.get(path).status_code}


def typed(first: date, last: date, calendar: str = "gregorian", **more: str) -> dict[str, str]:
    sent = {"name_ar": "إجازة عيد الفطر", "name_en": "Eid al-Fitr holiday"}
    for name, day in (("first", first), ("last", last)):
        sent |= {
            f"{name}_0": calendar,
            f"{name}_1": f"{day.day}",
            f"{name}_2": f"{day.month}",
            f"{name}_3": f"{day.year}",
        }
    return sent | more


def test_a_holiday_of_several_days_is_added_shown_in_both_calendars_and_taken_out(
    office: Client, supervisor: User
) -> None:
    first = timezone.localdate() + timedelta(days=20)
    last = first + timedelta(days=4)
    page = office.post(HOLIDAYS, names(typed(first, last)), follow=True).content.decode()
    assert "Eid al-Fitr holiday" in page and hijri.in_words(first) in page
    assert list(ClosedDay.objects.order_by("day").values_list("day", flat=True)) == [
        first + timedelta(days=n) for n in range(5)
    ]
    entry = Entry.objects.get(event=Event.DAY_CLOSED)
    assert (entry.actor_id, entry.details) == (supervisor.pk, {"day": f"{first}", "last": f"{last}", "branch": 0})
    office.post(f"{HOLIDAYS}open/", {"first": f"{first}", "last": f"{last}"})
    assert not ClosedDay.objects.exists() and Entry.objects.filter(event=Event.DAY_REOPENED).exists()


def names(sent: dict[str, str]) -> dict[str, str]:
    """As the date's parts are called on the page."""
    parts = {"_0": "_calendar", "_1": "_day", "_2": "_month", "_3": "_year"}
    return {key[:-2] + parts[key[-2:]] if key[-2:] in parts else key: value for key, value in sent.items()}


def test_a_holiday_is_typed_in_the_hijri_calendar(office: Client) -> None:
    today = timezone.localdate()
    year = next(year for year in range(1448, 1500) if hijri.to_gregorian(year, 10, 1) > today)
    sent = typed(date(year, 10, 1), date(year, 10, 4), "hijri")
    office.post(HOLIDAYS, names(sent))
    assert ClosedDay.objects.earliest("day").day == hijri.to_gregorian(year, 10, 1)
    assert ClosedDay.objects.count() == 4


@pytest.mark.parametrize(
    ("begins", "lasts", "more", "sentence"),
    [
        (-3, 5, {}, "This day is over."),
        (5, -1, {}, "The last day lies before the first."),
        (5, 40, {}, "A holiday has at most 31 days."),
        (5, 1, {"name_en": ""}, "Residents read the name in both languages."),
        (5, 1, {"first_month": "13"}, "There is no such day in this calendar."),
        (5, 1, {"last_day": "", "last_month": "", "last_year": ""}, "Give the last day of the holiday"),
        # A leap year: the day may be 29 February.
        (5, 1, {"last_year": "9996"}, "This is years away."),
        (5, 1, {"first_day": "one"}, "Type day, month and year as digits."),
    ],
)
def test_a_holiday_that_cannot_be_is_answered_beside_the_field(
    begins: int, lasts: int, more: dict[str, str], sentence: str, office: Client
) -> None:
    first = timezone.localdate() + timedelta(days=begins)
    page = office.post(HOLIDAYS, names(typed(first, first + timedelta(days=lasts))) | more).content.decode()
    assert sentence in page and "إجازة عيد الفطر" in page
    assert not ClosedDay.objects.exists()


def test_a_day_that_is_closed_already_is_named(office: Client) -> None:
    first = timezone.localdate() + timedelta(days=10)
    ClosedDay.objects.create(day=first + timedelta(days=1), reason_ar="عطلة", reason_en="Holiday")
    page = office.post(HOLIDAYS, names(typed(first, first + timedelta(days=2)))).content.decode()
    assert f"{first + timedelta(days=1)} (" in page and "is closed for everybody already." in page
    assert ClosedDay.objects.count() == 1


def test_what_has_begun_ends_today_and_what_is_over_stays(office: Client, branch: Branch) -> None:
    today = timezone.localdate()
    for n in range(-2, 3):
        ClosedDay.objects.create(day=today + timedelta(days=n), reason_ar="عطلة", reason_en="Holiday")
    ClosedDay.objects.create(day=today, branch=branch, reason_ar="صيانة", reason_en="Repairs")
    office.post(f"{HOLIDAYS}open/", {"first": f"{today - timedelta(days=2)}", "last": f"{today + timedelta(days=2)}"})
    assert list(ClosedDay.objects.filter(branch=None).order_by("day").values_list("day", flat=True)) == [
        today - timedelta(days=2),
        today - timedelta(days=1),
    ]
    assert ClosedDay.objects.filter(branch=branch).count() == 1


@pytest.mark.parametrize(
    "sent", [{}, {"first": "x", "last": "2026-13-45"}, {"first": "2030-01-01", "last": "2030-01-02"}]
)
def test_taking_out_what_is_not_there_is_answered(sent: dict[str, str], office: Client) -> None:
    page = office.post(f"{HOLIDAYS}open/", sent, follow=True).content.decode()
    assert "Nothing was closed there any more." in page
    assert not Entry.objects.filter(event=Event.DAY_REOPENED).exists()
