"""Visits are booked, moved, cancelled and ended; of people who race for a place as many get one as there are places."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.actions import claims
from accounts.models import Branch, ClosedDay, User
from activation import slots
from activation.actions import bookings, cases, visits
from activation.actions.bookings import BookingRefused, Wish
from activation.models import Attempt, Fingerprint, Visit
from activation.states import AttemptState, RefusalReason, VisitState
from audit.events import Event
from audit.models import Entry
from core import clock
from core.throttle import OverBudget
from messaging.models import Message
from registry.models import Person
from tests.booking import book, free_times
from tests.cast import Phone, luhn_number
from tests.parallel import at_the_same_moment

pytestmark = pytest.mark.django_db

A_MOMENT = timedelta(seconds=5)


@pytest.fixture
def crowd(make_person: Callable[..., Person], make_account: Callable[..., User]) -> list[Attempt]:
    """Twenty people who are to visit an officer."""
    people = [make_person(luhn_number(f"2000400{n:02}")) for n in range(20)]
    accounts = [make_account(f"crowd{n:02}a1", one.id_number, f"+9665123410{n:02}") for n, one in enumerate(people)]
    return [cases.begin(account, "officer") for account in accounts]


def _states() -> list[str]:
    return list(Visit.objects.order_by("pk").values_list("state", flat=True))


def _refusal(act: Callable[[], object]) -> str:
    with pytest.raises(BookingRefused) as refused:
        act()
    return refused.value.code


def test_a_booking_is_told_by_text_and_in_the_trail(visitor: Attempt, branch: Branch, phone: Phone) -> None:
    visit = book(visitor, branch)
    text = phone.newest_text()
    assert "Riyadh branch" in text and str(visitor.visit_code) in text
    assert f"{timezone.localtime(visit.starts_at):%H:%M}" in text
    entry = Entry.objects.get(event=Event.VISIT_BOOKED)
    assert (entry.actor_id, entry.details) == (visitor.case.user_id, {"visit": visit.pk, "branch": branch.pk})


def test_the_attempt_and_the_claim_last_until_after_the_visit(visitor: Attempt, branch: Branch) -> None:
    Attempt.objects.update(expires_at=clock.ahead(timedelta(days=1)))
    User.objects.filter(pk=visitor.case.user_id).update(claim_ends_at=clock.ahead(timedelta(days=1)))
    visit = book(visitor, branch)
    visitor.refresh_from_db()
    user = User.objects.get(pk=visitor.case.user_id)
    assert visitor.expires_at == visit.starts_at + timedelta(days=1)
    assert user.claim_ends_at and user.claim_ends_at > visit.starts_at + timedelta(hours=23)


def test_a_booking_shortens_no_life(visitor: Attempt, branch: Branch) -> None:
    visitor.refresh_from_db()
    before = visitor.expires_at
    book(visitor, branch, free_times(visitor, branch)[0])
    visitor.refresh_from_db()
    assert visitor.expires_at == before


def test_moving_keeps_no_claim_alive_for_good(visitor: Attempt, branch: Branch) -> None:
    Attempt.objects.update(begun_at=clock.ahead(timedelta(days=-24)))
    visitor.refresh_from_db()
    last = visitor.begun_at + bookings.LONGEST_LIFE - timedelta(days=1)
    assert all(starts_at <= last for starts_at in free_times(visitor, branch))
    days = slots.days_of([branch], now=clock.read(), until=clock.read() + slots.FURTHEST)[branch.pk]
    too_far = slots.free_slots(days)[-1].starts_at
    assert _refusal(lambda: book(visitor, branch, too_far)) == "not_offered"


def test_who_moves_a_visit_has_one_still_and_the_old_place_is_free(
    visitor: Attempt, branch: Branch, phone: Phone
) -> None:
    first = book(visitor, branch)
    later = free_times(visitor, branch, days_ahead=8)[3]
    second = book(visitor, branch, later)
    assert _states() == [VisitState.MOVED, VisitState.BOOKED]
    assert bookings.booked(visitor) == second and first.starts_at in free_times(visitor, branch)
    assert phone.newest().purpose == "visit_moved" and f"{timezone.localtime(later):%H:%M}" in phone.newest_text()
    assert Entry.objects.filter(event=Event.VISIT_MOVED).count() == 1


def test_the_same_visit_booked_twice_is_booked_once(visitor: Attempt, branch: Branch) -> None:
    visit = book(visitor, branch)
    wish = Wish(branch, visit.starts_at)
    assert bookings.book(visitor, wish) == visit
    assert Message.objects.filter(purpose="visit_booked").count() == 1


def test_a_page_that_did_not_know_of_the_booking_moves_nothing(visitor: Attempt, branch: Branch) -> None:
    visit = book(visitor, branch)
    other = Wish(branch, free_times(visitor, branch)[0])
    assert _refusal(lambda: bookings.book(visitor, other)) == "booked_meanwhile"
    bookings.cancel(visitor)
    knows_too_much = Wish(branch, free_times(visitor, branch)[0], instead_of=visit.pk)
    assert _refusal(lambda: bookings.book(visitor, knows_too_much)) == "booked_meanwhile"
    assert _states() == [VisitState.CANCELLED]


def test_a_cancelled_visit_frees_its_place_and_leaves_the_code_good(
    visitor: Attempt, branch: Branch, phone: Phone
) -> None:
    visit = book(visitor, branch)
    bookings.cancel(visitor)
    visitor.refresh_from_db()
    assert bookings.booked(visitor) is None and visitor.state == AttemptState.BEGUN
    assert visit.starts_at in free_times(visitor, branch)
    assert phone.newest().purpose == "visit_cancelled" and str(visitor.visit_code) in phone.newest_text()
    assert _refusal(lambda: bookings.cancel(visitor)) == "none_booked"
    assert Entry.objects.filter(event=Event.VISIT_CANCELLED).count() == 1


def test_the_sixth_change_of_a_day_has_to_wait_but_a_cancellation_never(visitor: Attempt, branch: Branch) -> None:
    times = free_times(visitor, branch)
    for starts_at in times[:5]:
        book(visitor, branch, starts_at)
    with pytest.raises(OverBudget) as over:
        book(visitor, branch, times[6])
    assert 0 < over.value.retry_in_seconds <= 24 * 3600 + 1
    assert bookings.cancel(visitor).starts_at == times[4]


def test_a_refused_change_does_not_count(visitor: Attempt, branch: Branch) -> None:
    for _round in range(7):
        assert _refusal(lambda: book(visitor, branch, clock.read())) == "too_soon"
    assert book(visitor, branch)


@pytest.mark.parametrize("when", ["between two times", "at night", "on a closed day", "in three weeks"])
def test_what_is_not_offered_is_not_booked_and_changes_nothing(when: str, visitor: Attempt, branch: Branch) -> None:
    visitor.refresh_from_db()
    before, offered = visitor.expires_at, free_times(visitor, branch, days_ahead=5)[0]
    ahead = {
        "between two times": timedelta(minutes=7),
        "at night": timedelta(hours=14),
        "in three weeks": timedelta(days=21),
    }
    if when == "on a closed day":
        ClosedDay.objects.create(day=slots.day_of(offered), reason_ar="عطلة", reason_en="Holiday")
    assert _refusal(lambda: book(visitor, branch, offered + ahead.get(when, timedelta()))) == "not_offered"
    visitor.refresh_from_db()
    assert visitor.expires_at == before and not Visit.objects.exists()


def test_nothing_is_booked_for_an_attempt_that_has_ended(visitor: Attempt, branch: Branch, officer: User) -> None:
    visits.refuse(visitor, officer, RefusalReason.NO_DOCUMENT)
    assert _refusal(lambda: book(visitor, branch)) == "attempt_ended"


def test_who_waits_for_a_second_officer_books_nothing(
    visitor: Attempt, branch: Branch, person: Person, officer: User
) -> None:
    visits.check_document(
        visitor, officer, visits.Document(person.id_number, "Other", person.birth_date), Fingerprint.MATCHED
    )
    assert _refusal(lambda: book(visitor, branch)) == "attempt_ended"


def test_whatever_activates_the_account_frees_the_place(
    visitor: Attempt, branch: Branch, crowd: list[Attempt], served: None
) -> None:
    Branch.objects.update(places_at_once=1)
    branch.refresh_from_db()
    visit = book(visitor, branch)
    at_bank = cases.begin(visitor.case.user, "bank")
    with transaction.atomic():
        claims.take_turn(visitor.case.user)
        cases.prove(at_bank, actor=None)
    assert visit.starts_at in free_times(crowd[0], branch)
    assert book(crowd[0], branch, visit.starts_at).place == visit.place
    assert _states() == [VisitState.RELEASED, VisitState.BOOKED]


def test_an_expired_attempt_frees_the_place(visitor: Attempt, branch: Branch) -> None:
    visit = book(visitor, branch)
    Attempt.objects.update(expires_at=clock.ahead(-A_MOMENT))
    cases.expire_attempts()
    assert visit.starts_at in free_times(visitor, branch)
    bookings.settle()
    assert _states() == [VisitState.RELEASED]


@pytest.mark.parametrize("is_today", [True, False])
@pytest.mark.parametrize("decision", ["activated", "refused", "second officer"])
def test_who_stands_before_an_officer_has_come_today_or_needs_the_booking_no_more(
    decision: str, is_today: bool, visitor: Attempt, branch: Branch, person: Person, officer: User
) -> None:
    visit = book(visitor, branch)
    if is_today:
        Visit.objects.filter(pk=visit.pk).update(starts_at=clock.now())
    if decision == "refused":
        visits.refuse(visitor, officer, RefusalReason.NO_DOCUMENT)
    else:
        name = person.name_en if decision == "activated" else "Somebody Else"
        visits.check_document(
            visitor, officer, visits.Document(person.id_number, name, person.birth_date), Fingerprint.MATCHED
        )
    assert _states() == [VisitState.KEPT if is_today else VisitState.RELEASED]


def test_who_was_marked_as_missing_can_still_come_late(
    visitor: Attempt, branch: Branch, person: Person, officer: User
) -> None:
    visit = book(visitor, branch)
    Visit.objects.update(starts_at=clock.now())
    visit = Visit.objects.select_related("attempt__case__user").get(pk=visit.pk)
    bookings.mark_missed(visit, officer)
    visits.check_document(
        visitor, officer, visits.Document(person.id_number, person.name_ar, person.birth_date), Fingerprint.MATCHED
    )
    assert _states() == [VisitState.KEPT]


def test_a_missed_visit_lets_another_one_be_booked(visitor: Attempt, branch: Branch, officer: User) -> None:
    missed = book(visitor, branch)
    Visit.objects.update(starts_at=clock.ahead(-timedelta(hours=1)))
    book(visitor, branch)
    assert _states() == [VisitState.MISSED, VisitState.BOOKED]
    missed.refresh_from_db()
    assert _refusal(lambda: bookings.mark_missed(missed, officer)) == "none_booked"


def test_visits_of_earlier_days_are_missed_when_nobody_said_so(visitor: Attempt, branch: Branch) -> None:
    book(visitor, branch)
    bookings.settle()
    assert _states() == [VisitState.BOOKED]
    Visit.objects.update(starts_at=clock.ahead(-timedelta(days=1)))
    bookings.settle()
    assert _states() == [VisitState.MISSED]


@pytest.mark.parametrize("whose", ["this branch", "all branches", "another branch"])
def test_who_has_booked_a_day_that_closes_is_told_once(
    whose: str, visitor: Attempt, branch: Branch, phone: Phone
) -> None:
    other = Branch.objects.create(name_ar="فرع آخر", name_en="Other branch")
    visit = book(visitor, branch)
    closed_at = {"this branch": branch, "all branches": None, "another branch": other}[whose]
    ClosedDay.objects.create(day=slots.day_of(visit.starts_at), branch=closed_at, reason_ar="عطلة", reason_en="Holiday")
    bookings.settle()
    bookings.settle()
    is_called_off = whose != "another branch"
    assert _states() == [VisitState.CALLED_OFF if is_called_off else VisitState.BOOKED]
    assert Message.objects.filter(purpose="visit_called_off").count() == is_called_off
    assert not is_called_off or "Book another time" in phone.newest_text()


@pytest.mark.parametrize(
    "wrong", [{"place": 0}, {"state": "lost"}, {"ended_at": "2026-11-29T09:00Z"}, {"state": "kept"}]
)
def test_the_database_refuses_visits_that_contradict_themselves(
    wrong: dict[str, object], visitor: Attempt, branch: Branch
) -> None:
    book(visitor, branch)
    with pytest.raises(IntegrityError), transaction.atomic():
        Visit.objects.update(**wrong)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("places", [1, 3])
def test_of_twenty_people_who_race_for_a_time_as_many_get_it_as_there_are_places(
    places: int, crowd: list[Attempt], branch: Branch
) -> None:
    Branch.objects.update(places_at_once=places)
    branch.refresh_from_db()
    starts_at = free_times(crowd[0], branch, days_ahead=5)[0]
    outcomes = at_the_same_moment([lambda one=one: bookings.book(one, Wish(branch, starts_at)) for one in crowd])
    got = [outcome for outcome in outcomes if isinstance(outcome, Visit)]
    assert sorted(visit.place for visit in got) == list(range(1, places + 1))
    others = [outcome for outcome in outcomes if not isinstance(outcome, Visit)]
    assert [getattr(outcome, "code", outcome) for outcome in others] == ["place_gone"] * (20 - places)
    assert Message.objects.filter(purpose="visit_booked").count() == Visit.objects.count() == places


@pytest.mark.django_db(transaction=True)
def test_eight_clicks_on_one_button_book_one_visit(visitor: Attempt, branch: Branch) -> None:
    wish = Wish(branch, free_times(visitor, branch)[0])
    outcomes = at_the_same_moment([lambda: bookings.book(visitor, wish)] * 8)
    booked = [outcome.pk for outcome in outcomes if isinstance(outcome, Visit)]
    assert len(set(booked)) == 1
    # The sixth and later clicks at the same moment have spent the day's changes.
    assert all(isinstance(outcome, Visit | OverBudget) for outcome in outcomes)
    assert Message.objects.filter(purpose="visit_booked").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_move_and_an_activation_at_once_leave_no_place_taken(
    visitor: Attempt, branch: Branch, person: Person, officer: User
) -> None:
    visit = book(visitor, branch)
    later = Wish(branch, free_times(visitor, branch, days_ahead=8)[0], visit.pk)
    document = visits.Document(person.id_number, person.name_ar, person.birth_date)
    fresh = Attempt.objects.select_related("case__user").get(pk=visitor.pk)
    outcomes = at_the_same_moment(
        [
            lambda: bookings.book(visitor, later),
            lambda: visits.check_document(fresh, officer, document, Fingerprint.MATCHED),
        ]
    )
    assert outcomes[1] == []
    assert isinstance(outcomes[0], Visit) or getattr(outcomes[0], "code", "") == "attempt_ended"
    assert not Visit.objects.standing().exists()
