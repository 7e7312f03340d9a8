"""The pages on which a visit is booked, moved and cancelled: every edge has its sentence, and nobody reaches another one's visit."""

import re
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.actions import branches
from accounts.models import Branch, ClosedDay, User
from activation import slots
from activation.actions import bookings, cases, visits
from activation.calendarfile import file_of
from activation.models import Attempt, Fingerprint, Visit
from activation.states import RefusalReason, VisitState
from core import clock, hijri
from messaging.models import Message
from registry.models import Person
from tests.booking import address_of, book, free_times
from tests.cast import sign_in
from tests.walk import path

pytestmark = pytest.mark.django_db

OFFICER = path("activation_officer")
LANGUAGES = ["ar", "en"]


@pytest.fixture
def jeddah(branch: Branch) -> Branch:
    other = Branch.objects.create(name_ar="فرع جدة", name_en="Jeddah branch", city_ar="جدة", city_en="Jeddah")
    branches.open_through_the_week(other)
    return other


def _days_page(branch: Branch) -> str:
    return reverse("activation_visit_day", args=[branch.pk]).replace("/ar/", "/en/")


def _shown(window: Client, address: str) -> str:
    return window.get(address, follow=True).content.decode()


def test_the_officers_page_offers_a_booking_and_a_visit_without_one(
    visitor: Attempt, branch: Branch, window: Client
) -> None:
    shown = _shown(window, OFFICER)
    assert "Book a visit and do not wait" in shown and "Or come without a booking" in shown
    assert str(visitor.visit_code) in shown and branch.name_en in shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_visit_is_booked_by_branch_day_time_and_a_yes(
    language: str, visitor: Attempt, branch: Branch, window: Client
) -> None:
    starts_at = free_times(visitor, branch, days_ahead=4)[2]
    steps = [
        path("activation_visit", language),
        _days_page(branch).replace("/en/", f"/{language}/"),
        address_of(branch, starts_at, "time", language),
        address_of(branch, starts_at, "confirm", language),
    ]
    for page, following in pairwise(steps):
        assert f'href="{following}"' in window.get(page).content.decode()
    answer = window.post(steps[-1], follow=True)
    shown = answer.content.decode()
    assert answer.redirect_chain == [(path("activation_officer", language), 302)]
    assert f"{timezone.localtime(starts_at):%H:%M}" in shown and str(visitor.visit_code) in shown
    assert {"ar": "زيارتك محجوزة", "en": "Your visit is booked"}[language] in shown
    assert bookings.booked(visitor).starts_at == starts_at  # type: ignore[union-attr]


def test_every_branch_tells_its_first_free_time_and_a_city_filters_them(
    visitor: Attempt, branch: Branch, jeddah: Branch, window: Client
) -> None:
    Branch.objects.filter(pk=branch.pk).update(places_at_once=0)
    page = path("activation_visit")
    shown = _shown(window, page)
    assert shown.count("First free time:") == 1 and "No time can be booked here at present." in shown
    assert shown.index("Jeddah branch") < shown.index("Riyadh branch")
    assert "Riyadh branch" not in _shown(window, f"{page}?city=Jeddah")
    assert "Riyadh branch" in _shown(window, f"{page}?city=Atlantis")


def test_a_day_shows_both_calendars_its_free_places_and_why_it_is_closed(
    visitor: Attempt, branch: Branch, window: Client
) -> None:
    days = [day for day in bookings.days_for(visitor, [branch], clock.read())[branch.pk] if len(day.slots) == 26]
    ClosedDay.objects.create(day=days[1].date, reason_ar="عطلة رسمية", reason_en="Public holiday")
    shown = _shown(window, _days_page(branch))
    assert f"{days[0].date:%A} {days[0].date.day} {days[0].date:%B}" in shown and hijri.in_words(days[0].date) in shown
    assert "52 places free" in shown and "Closed: Public holiday" in shown
    assert address_of(branch, slots.at(days[1].date, days[0].slots[0].starts_at.time()), "time") not in shown
    assert "Friday" not in shown and "Saturday" not in shown


def test_a_branch_without_times_says_what_else_can_be_done(visitor: Attempt, branch: Branch, window: Client) -> None:
    branch.opening_hours.all().delete()
    assert "No day can be booked at this branch at present." in _shown(window, _days_page(branch))


def test_who_is_a_moment_too_late_reads_so_and_gets_the_nearest_free_times(
    visitor: Attempt, branch: Branch, window: Client, stranger: User
) -> None:
    Branch.objects.update(places_at_once=1)
    branch.refresh_from_db()
    times = free_times(visitor, branch)
    at_ten = [n for n, one in enumerate(times) if f"{timezone.localtime(one):%H:%M}" == "10:00"]
    wished = times[at_ten[-2]]
    assert window.get(address_of(branch, wished)).status_code == 200
    faster = cases.new_attempt(cases.open_case(stranger, actor=stranger), "officer", stranger)
    book(faster, branch, wished)
    answer = window.post(address_of(branch, wished), follow=True)
    shown = answer.content.decode()
    assert "That place went a moment ago" in shown
    near = re.findall(r'href="([^"]+)"', shown.split("The nearest free times are:")[1].split("</ul>")[0])
    assert near == [address_of(branch, times[at_ten[-2] + step]) for step in (-2, -1, 1)]
    # The address of a time that is full leads to the same words, and a reload repeats them.
    assert window.get(address_of(branch, wished)).url == answer.redirect_chain[0][0]
    assert bookings.booked(visitor) is None


@pytest.mark.parametrize("when", ["in an hour", "yesterday", "on a closed day"])
def test_what_cannot_be_booked_leads_to_the_days_that_can(
    when: str, visitor: Attempt, branch: Branch, window: Client
) -> None:
    starts_at = free_times(visitor, branch, days_ahead=4)[0]
    if when == "on a closed day":
        ClosedDay.objects.create(day=slots.day_of(starts_at), reason_ar="عطلة", reason_en="Holiday")
    else:
        starts_at = clock.read() + (timedelta(hours=1) if when == "in an hour" else timedelta(days=-1))
    for ask in (window.get, window.post):
        answer = ask(address_of(branch, starts_at), follow=True)
        assert answer.redirect_chain[-1][0] == _days_page(branch)
        shown = answer.content.decode()
        assert "The branch takes no visits then" in shown or "That time is too near" in shown
    assert window.get(address_of(branch, clock.read() - timedelta(days=1), "time")).url == _days_page(branch)


@pytest.mark.parametrize(
    "address", ["999999/", "999999/2026-12-01/", "999999/2026-12-01/10:15/", "1/2026-13-41/", "1/2026-12-01/29:99/"]
)
def test_branches_and_days_that_do_not_exist_are_not_found(address: str, visitor: Attempt, window: Client) -> None:
    assert window.get(f"/en/activation/officer/visit/{address}").status_code == 404


def test_who_moves_a_visit_sees_the_booked_one_at_each_step(visitor: Attempt, branch: Branch, window: Client) -> None:
    visit = book(visitor, branch)
    later = free_times(visitor, branch, days_ahead=9)[0]
    stays = "It stays so until you confirm another time."
    for page in (
        path("activation_visit"),
        _days_page(branch),
        address_of(branch, later, "time"),
        address_of(branch, later),
    ):
        assert stays in _shown(window, page)
    own_day = _shown(window, address_of(branch, visit.starts_at, "time"))
    assert (
        own_day.count("<small>Your visit</small>") == 1
        and f'href="{address_of(branch, visit.starts_at)}"' not in own_day
    )
    answer = window.post(address_of(branch, later), {"instead_of": visit.pk}, follow=True)
    assert "Your visit is moved. A text message confirms it." in answer.content.decode()
    assert Visit.objects.get(state=VisitState.BOOKED).starts_at == later


def test_a_second_window_that_knows_nothing_of_the_booking_shows_it(
    visitor: Attempt, branch: Branch, window: Client
) -> None:
    visit = book(visitor, branch)
    other = free_times(visitor, branch)[0]
    shown = window.post(address_of(branch, other), follow=True).content.decode()
    assert "Your booking has changed in another window." in shown
    assert f"{timezone.localtime(visit.starts_at):%H:%M}" in shown and Visit.objects.count() == 1


def test_the_same_button_twice_books_once(visitor: Attempt, branch: Branch, window: Client) -> None:
    page = address_of(branch, free_times(visitor, branch)[0])
    for _click in range(2):
        assert window.post(page).url == OFFICER
    assert window.get(page).url == OFFICER
    assert Message.objects.filter(purpose="visit_booked").count() == 1


def test_the_sixth_change_of_a_day_is_told_when_it_can_be_made(
    visitor: Attempt, branch: Branch, window: Client
) -> None:
    times = free_times(visitor, branch)
    for starts_at in times[:5]:
        book(visitor, branch, starts_at)
    sixth = {"instead_of": Visit.objects.latest("pk").pk}
    shown = window.post(address_of(branch, times[6]), sixth, follow=True).content.decode()
    assert "five times within a day. You can do so again on" in shown
    assert f"{timezone.localtime(times[4]):%H:%M}" in shown


def test_a_visit_is_cancelled_after_a_question(visitor: Attempt, branch: Branch, window: Client) -> None:
    book(visitor, branch)
    page = path("activation_visit_cancel")
    assert "Cancel this visit?" in _shown(window, page) and Visit.objects.standing().exists()
    shown = window.post(page, follow=True).content.decode()
    assert "Your visit is cancelled." in shown and "Book a visit and do not wait" in shown
    assert "No visit is booked any more." in window.post(page, follow=True).content.decode()
    assert "No visit is booked any more." in _shown(window, page)


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ("booked", "The time of your visit has passed."),
        ("missed", "You did not come to your visit."),
        ("called_off", "it was called off. Book another time."),
        ("cancelled", ""),
    ],
)
def test_a_visit_that_is_not_to_come_says_what_to_do(
    state: str, says: str, visitor: Attempt, branch: Branch, window: Client
) -> None:
    book(visitor, branch)
    ended = None if state == "booked" else clock.now()
    Visit.objects.update(starts_at=clock.ahead(-timedelta(minutes=20)), state=state, ended_at=ended)
    shown = _shown(window, OFFICER)
    assert says in shown and ("notice-warning" in shown) == bool(says)
    assert "Book a visit and do not wait" in shown


def test_the_printed_page_carries_the_visit(visitor: Attempt, branch: Branch, window: Client) -> None:
    visit = book(visitor, branch)
    shown = _shown(window, path("activation_visit_print"))
    assert f"{timezone.localtime(visit.starts_at):%H:%M}" in shown and branch.name_en in shown
    assert str(visitor.visit_code) in shown and visitor.case.user.id_number not in shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_calendar_file_is_an_attachment_that_calendars_can_read(
    language: str, visitor: Attempt, branch: Branch, window: Client
) -> None:
    visit = book(visitor, branch)
    answer = window.get(path("activation_visit_calendar", language))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="visit.ics"'
    lines = answer.content.decode().split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR" and lines[-2:] == ["END:VCALENDAR", ""]
    assert all(len(line.encode()) <= 75 for line in lines)
    whole = answer.content.decode().replace("\r\n ", "")
    name = {"ar": branch.name_ar, "en": branch.name_en}[language]
    assert f"DTSTART:{visit.starts_at.astimezone(tz=None):%Y}" in whole and f"LOCATION:{name}\\, " in whole
    assert str(visitor.visit_code) in whole and "SEQUENCE:0" in whole


def test_a_moved_visit_takes_the_place_of_the_earlier_one_in_the_calendar(visitor: Attempt, branch: Branch) -> None:
    files = []
    for moved, starts_at in enumerate(free_times(visitor, branch)[:2]):
        visit = book(visitor, branch, starts_at)
        files.append(file_of(visit, times_moved=moved))
    names = [re.findall(r"UID:(\S+)", file) for file in files]
    assert names[0] == names[1] and "SEQUENCE:0" in files[0] and "SEQUENCE:1" in files[1]


def test_without_a_visit_there_is_no_calendar_file(visitor: Attempt, window: Client) -> None:
    assert "No visit is booked any more." in _shown(window, path("activation_visit_calendar"))


BOOKING_PAGES = (
    "activation_visit",
    "activation_visit_cancel",
    "activation_visit_calendar",
    "activation_visit_day",
    "activation_visit_time",
    "activation_visit_confirm",
)


def _address(name: str, branch: Branch) -> str:
    if name in ("activation_visit_time", "activation_visit_confirm"):
        return address_of(branch, clock.read() + timedelta(days=4), name.rsplit("_", 1)[1])
    return _days_page(branch) if name == "activation_visit_day" else path(name)


@pytest.mark.parametrize("name", BOOKING_PAGES)
@pytest.mark.parametrize("ended", ["refused", "expired", "activated"])
def test_after_the_attempt_its_pages_lead_to_the_activation_and_book_nothing(
    name: str, ended: str, visitor: Attempt, branch: Branch, window: Client, officer: User
) -> None:
    book(visitor, branch)
    if ended == "refused":
        visits.refuse(visitor, officer, RefusalReason.NO_DOCUMENT)
    elif ended == "expired":
        Attempt.objects.update(expires_at=clock.ahead(-timedelta(seconds=1)))
    else:
        Attempt.objects.update(state="proven", ended_at=clock.now())
    address = _address(name, branch)
    for answer in (window.get(address), window.post(address)):
        assert answer.status_code == 405 or answer.url == path("activation")
    assert Visit.objects.count() == 1 and not _was_changed(visitor)


def _was_changed(attempt: Attempt) -> bool:
    return Visit.objects.filter(attempt=attempt, state__in=(VisitState.MOVED, VisitState.CANCELLED)).exists()


@pytest.mark.parametrize("name", BOOKING_PAGES)
def test_nobody_reaches_the_visit_of_somebody_else(
    name: str, visitor: Attempt, branch: Branch, stranger: User, resident: User
) -> None:
    book(visitor, branch)
    User.objects.filter(pk=stranger.pk).update(state="registered", claim_ends_at=clock.ahead(timedelta(days=2)))
    other = sign_in(Client(), stranger)
    for answer in (other.get(_address(name, branch)), other.post(_address(name, branch))):
        assert answer.status_code == 405 or answer.url == path("activation")
        assert str(visitor.visit_code) not in answer.content.decode()
    assert Visit.objects.standing().filter(attempt=visitor).exists()


def test_who_waits_for_a_second_officer_is_offered_no_booking(
    visitor: Attempt, branch: Branch, window: Client, person: Person, officer: User
) -> None:
    document = visits.Document(person.id_number, "Somebody Else", person.birth_date)
    visits.check_document(visitor, officer, document, Fingerprint.MATCHED)
    assert "Book a visit" not in _shown(window, OFFICER)
    assert window.get(path("activation_visit")).url == OFFICER


@pytest.mark.parametrize("page", ["branches", "days", "times", "confirm", "officer"])
def test_a_page_asks_the_database_as_often_when_much_is_booked_as_when_nothing_is(
    page: str, visitor: Attempt, branch: Branch, jeddah: Branch, window: Client, stranger: User
) -> None:
    starts_at = free_times(visitor, branch, days_ahead=4)[0]
    address = {
        "branches": path("activation_visit"),
        "days": _days_page(branch),
        "times": address_of(branch, starts_at, "time"),
        "confirm": address_of(branch, starts_at),
        "officer": OFFICER,
    }[page]
    counts = []
    for n in range(2):
        if n:
            other = cases.new_attempt(cases.open_case(stranger, actor=stranger), "officer", stranger)
            book(other, branch, starts_at)
            for more in range(5):
                branches.open_through_the_week(Branch.objects.create(name_ar=f"فرع {more}", name_en=f"Branch {more}"))
        with CaptureQueriesContext(connection) as queries:
            assert window.get(address).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
@pytest.mark.parametrize("at", ["00:00", "23:59"])
def test_a_day_at_the_end_of_time_is_not_offered(
    day: str, at: str, visitor: Attempt, branch: Branch, window: Client
) -> None:
    address = f"{_days_page(branch)}{day}/{at}/"
    for response in (window.get(address), window.post(address)):
        assert (response.status_code, response.url) == (302, _days_page(branch))
    assert not Visit.objects.exists()
