"""Today's visits at the desk, and what supervisors say of places, hours and closed days."""

from collections.abc import Callable
from datetime import time, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Branch, ClosedDay, OpeningHours, User, Weekday
from accounts.roles import Role
from activation.actions import cases
from activation.models import Attempt, Visit
from activation.states import VisitState
from audit.events import Event
from audit.models import Entry
from core import clock
from registry.models import Person
from tests.booking import book
from tests.cast import luhn_number
from tests.officers.conftest import enter

pytestmark = pytest.mark.django_db

DESK = "/en/admin/activation/attempt/"
VISITS = f"{DESK}visits/"
BRANCHES, CLOSED_DAYS = "/en/admin/accounts/branch/", "/en/admin/accounts/closedday/"


@pytest.fixture
def visit(resident: User, branch: Branch) -> Visit:
    """Its time has just come."""
    booked = book(cases.begin(resident, "officer"), branch)
    Visit.objects.filter(pk=booked.pk).update(starts_at=clock.ahead(-timedelta(seconds=1)))
    return Visit.objects.select_related("attempt__case__user").get(pk=booked.pk)


@pytest.fixture
def supervisor(officer: User, give_role: Callable[[User, Role], User]) -> Client:
    return enter(Client(), give_role(officer, Role.SUPERVISOR))


def _day(visit: Visit) -> str:
    return f"{VISITS}?day={timezone.localtime(visit.starts_at):%Y-%m-%d}"


def test_the_list_shows_time_and_end_of_the_code_and_nothing_of_the_person(visit: Visit, desk: Client) -> None:
    shown = desk.get(_day(visit)).content.decode()
    code, user = str(visit.attempt.visit_code), visit.attempt.case.user
    assert f"{timezone.localtime(visit.starts_at):%H:%M}" in shown and f"•••••{code[-3:]}" in shown
    secrets = (code, user.id_number, user.username, user.mobile, user.email, "Samer", "سامر")
    assert [secret for secret in secrets if secret in shown] == []
    assert "Today's visits" in desk.get(VISITS).content.decode()


def test_the_desk_shows_who_is_expected_today(visit: Visit, desk: Client) -> None:
    Visit.objects.update(starts_at=clock.now())
    assert f"•••••{str(visit.attempt.visit_code)[-3:]}" in desk.get(DESK).content.decode()
    Visit.objects.update(starts_at=clock.ahead(timedelta(days=1)))
    assert "No visit is booked for today." in desk.get(DESK).content.decode()


def test_days_are_turned_over_and_nonsense_is_today(visit: Visit, desk: Client) -> None:
    shown = desk.get(f"{VISITS}?day=2026-03-01").content.decode()
    assert 'href="?day=2026-02-28"' in shown and 'href="?day=2026-03-02"' in shown
    assert "No visit is booked on this day." in shown
    for nonsense in ("yesterday", "2026-02-30", ""):
        assert "Today's visits" in desk.get(f"{VISITS}?day={nonsense}").content.decode()


def test_an_officer_sees_the_own_branch_only(
    visit: Visit, passports: User, give_role: Callable[[User, Role], User]
) -> None:
    other = Branch.objects.create(name_ar="فرع آخر", name_en="Other branch")
    User.objects.filter(pk=passports.pk).update(branch=other)
    elsewhere = enter(Client(), passports)
    assert "•••••" not in elsewhere.get(_day(visit)).content.decode()
    assert elsewhere.post(f"{VISITS}{visit.pk}/missed/").status_code == 404
    User.objects.filter(pk=passports.pk).update(branch=None)
    assert "Your account belongs to no branch" in elsewhere.get(VISITS).content.decode()
    assert elsewhere.post(f"{VISITS}{visit.pk}/missed/").status_code == 404


def test_who_did_not_come_is_marked_so_once(visit: Visit, desk: Client, passports: User) -> None:
    page = desk.post(f"{VISITS}{visit.pk}/missed/", follow=True).content.decode()
    assert "Marked: did not come." in page and "badge-missed" in page
    visit.refresh_from_db()
    assert visit.state == VisitState.MISSED
    assert Entry.objects.get(event=Event.VISIT_MISSED).actor_id == passports.pk
    assert "No visit is booked any more." in desk.post(f"{VISITS}{visit.pk}/missed/", follow=True).content.decode()


def test_a_visit_that_is_still_to_come_is_not_missed(visit: Visit, desk: Client) -> None:
    Visit.objects.update(starts_at=clock.ahead(timedelta(minutes=10)))
    page = desk.post(f"{VISITS}{visit.pk}/missed/", follow=True).content.decode()
    assert "The time of this visit has not come yet." in page and "Did not come" not in page
    assert Visit.objects.get().state == VisitState.BOOKED


def test_nobody_marks_the_own_visit_and_a_look_marks_nothing(visit: Visit, desk: Client, passports: User) -> None:
    assert desk.get(f"{VISITS}{visit.pk}/missed/").url == VISITS
    User.objects.filter(pk=passports.pk).update(id_number=visit.attempt.case.user.id_number)
    assert "This is your own case." in desk.post(f"{VISITS}{visit.pk}/missed/", follow=True).content.decode()
    assert Visit.objects.get().state == VisitState.BOOKED


@pytest.mark.parametrize("state", ["cancelled", "moved", "released"])
def test_who_is_not_expected_is_not_listed(state: str, visit: Visit, desk: Client) -> None:
    Visit.objects.update(state=state, ended_at=clock.now())
    assert "•••••" not in desk.get(_day(visit)).content.decode()


def test_whose_attempt_has_ended_otherwise_is_not_listed(visit: Visit, desk: Client) -> None:
    Attempt.objects.update(state="voided", ended_at=clock.now())
    assert "•••••" not in desk.get(_day(visit)).content.decode()


def test_the_list_asks_as_often_for_one_visit_as_for_ten(
    visit: Visit, desk: Client, make_person: Callable[..., Person], make_account: Callable[..., User]
) -> None:
    counts = []
    for more in (0, 9):
        for n in range(more):
            person = make_person(luhn_number(f"2000600{n:02}"))
            attempt = cases.begin(make_account(f"visitor{n}a", person.id_number, f"+96651234300{n}"), "officer")
            Visit.objects.create(attempt=attempt, branch=visit.branch, starts_at=visit.starts_at, place=n + 2)
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(_day(visit)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 8


def _form(branch: Branch, **changed: str) -> dict[str, str]:
    hours = list(branch.opening_hours.order_by("weekday"))
    rows = {}
    for n, one in enumerate(hours):
        rows |= {
            f"opening_hours-{n}-id": str(one.pk),
            f"opening_hours-{n}-branch": str(branch.pk),
            f"opening_hours-{n}-weekday": str(one.weekday),
            f"opening_hours-{n}-opens_at": f"{one.opens_at:%H:%M}",
            f"opening_hours-{n}-closes_at": f"{one.closes_at:%H:%M}",
        }
    management = {"opening_hours-TOTAL_FORMS": str(len(hours)), "opening_hours-INITIAL_FORMS": str(len(hours))}
    about = {"hours_ar": branch.hours_ar, "hours_en": branch.hours_en, "places_at_once": str(branch.places_at_once)}
    return about | management | rows | changed


def test_a_supervisor_changes_places_and_hours_but_not_what_the_branch_is(supervisor: Client, branch: Branch) -> None:
    sent = _form(branch, places_at_once="4", name_en="Palace", **{"opening_hours-0-closes_at": "12:00"})
    assert supervisor.post(f"{BRANCHES}{branch.pk}/change/", sent).status_code == 302
    branch.refresh_from_db()
    sunday = OpeningHours.objects.get(branch=branch, weekday=Weekday.SUNDAY)
    assert (branch.places_at_once, branch.name_en, sunday.closes_at) == (4, "Riyadh branch", time(12))
    assert Entry.objects.get(event=Event.BRANCH_CHANGED).details == {"branch": branch.pk}
    sent = _form(branch, **{"opening_hours-4-DELETE": "on"})
    supervisor.post(f"{BRANCHES}{branch.pk}/change/", sent)
    assert not OpeningHours.objects.filter(branch=branch, weekday=Weekday.THURSDAY).exists()


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"opening_hours-0-closes_at": "07:00"}, "The branch has to open before it closes."),
        ({"opening_hours-0-weekday": "1"}, "weekday"),
        ({"places_at_once": "-1"}, "places_at_once"),
    ],
)
def test_hours_that_contradict_each_other_are_answered_beside_the_field(
    changed: dict[str, str], says: str, supervisor: Client, branch: Branch
) -> None:
    answer = supervisor.post(f"{BRANCHES}{branch.pk}/change/", _form(branch, **changed))
    assert answer.status_code == 200 and "errorlist" in answer.content.decode() and says in answer.content.decode()
    assert not Entry.objects.filter(event=Event.BRANCH_CHANGED).exists()


def test_a_superuser_opens_a_branch_with_the_usual_hours(officer: User) -> None:
    User.objects.filter(pk=officer.pk).update(is_superuser=True)
    facts = {
        f"{name}_{language}": f"{name} {language}" for name in ("name", "city", "address") for language in ("ar", "en")
    }
    enter(Client(), officer).post(f"{BRANCHES}add/", facts | {"places_at_once": "3"})
    made = Branch.objects.get(name_en="name en")
    assert list(made.opening_hours.values_list("weekday", flat=True)) == [0, 1, 2, 3, 4]


def test_a_supervisor_closes_a_day_and_opens_it_again(supervisor: Client, branch: Branch) -> None:
    day = timezone.localdate() + timedelta(days=3)
    sent = {"day": f"{day:%Y-%m-%d}", "branch": "", "reason_ar": "عطلة", "reason_en": "Holiday"}
    assert supervisor.post(f"{CLOSED_DAYS}add/", sent).status_code == 302
    closed = ClosedDay.objects.get()
    assert (closed.day, closed.branch) == (day, None)
    assert "All branches" in supervisor.get(CLOSED_DAYS).content.decode()
    assert (
        "This day is closed for all branches already." in supervisor.post(f"{CLOSED_DAYS}add/", sent).content.decode()
    )
    supervisor.post(f"{CLOSED_DAYS}{closed.pk}/delete/", {"post": "yes"})
    assert not ClosedDay.objects.exists()
    told = Entry.objects.filter(event__in=(Event.DAY_CLOSED, Event.DAY_REOPENED)).order_by("pk")
    assert [(entry.event, entry.details["day"]) for entry in told] == [
        ("day_closed", f"{day}"),
        ("day_reopened", f"{day}"),
    ]


def test_a_day_that_is_over_is_not_closed(supervisor: Client) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    sent = {"day": f"{yesterday:%Y-%m-%d}", "reason_ar": "عطلة", "reason_en": "Holiday"}
    assert "This day is over." in supervisor.post(f"{CLOSED_DAYS}add/", sent).content.decode()
