"""Booked visits to an officer: booked, moved, cancelled, kept in mind by text messages, and ended when their day is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from accounts.actions import claims
from accounts.models import Branch, ClosedDay, TryCounter, User
from activation import slots, states
from activation.models import Attempt, Visit, VisitQuerySet
from activation.slots import Day, Slot
from activation.states import AttemptState, VisitState
from audit.actions import record
from audit.events import Event
from core import batches, clock
from core.refusals import Refused
from core.states import Move, MoveRefused
from core.throttle import Budget
from messaging.actions import sending as messaging

CHANGES_A_DAY = Budget("visit_changes", limit=5, window=timedelta(days=1))
# A visit that is moved again and again must not keep an unproven claim for good.
LONGEST_LIFE = timedelta(days=28)
# The attempt outlives its visit by this: who is late, or called back the next day, has the code still.
LIFE_AFTER_VISIT = timedelta(days=1)
REMINDED_BEFORE = (timedelta(days=3), timedelta(days=1))
# Nobody's phone rings at night for a visit.
REMINDED_FROM_HOUR, REMINDED_UNTIL_HOUR = 8, 21
_AT_ONCE = 500


class BookingRefused(Refused):
    """A sentence says why; `code` is one of: attempt_ended, booked_meanwhile, place_gone, too_soon, not_offered, none_booked,
    not_yet, own_case."""


@dataclass(frozen=True)
class Wish:
    """What somebody wants to book. `instead_of` is the key of the booked visit that their page showed, if it did."""

    branch: Branch
    starts_at: datetime
    instead_of: int | None = None


def newest(attempt: Attempt) -> Visit | None:
    """Booked or not: what the page tells about."""
    return Visit.objects.filter(attempt=attempt).select_related("branch").order_by("-pk").first()


def booked(attempt: Attempt) -> Visit | None:
    """The visit that is still to come."""
    to_come = Visit.objects.standing().filter(attempt=attempt, starts_at__gt=clock.now())
    return to_come.select_related("branch").first()


def is_booked(attempt: Attempt, wish: Wish) -> bool:
    visit = booked(attempt)
    return visit is not None and _is_wished(visit, wish)


def days_for(attempt: Attempt, branches: Sequence[Branch], now: datetime) -> dict[int, list[Day]]:
    return slots.days_of(branches, now=now, until=attempt.begun_at + LONGEST_LIFE - LIFE_AFTER_VISIT)


def book(attempt: Attempt, wish: Wish) -> Visit:
    """Books the visit, or moves the booked one, and says so by text message. Booking the same again changes nothing. Raises
    BookingRefused, core.throttle.OverBudget."""
    earlier = booked(attempt)
    if earlier and _is_wished(earlier, wish):
        return earlier
    charge = CHANGES_A_DAY.of(str(attempt.case.user_id))
    TryCounter.objects.spend(charge)
    try:
        return _book(attempt, wish)
    except BookingRefused:
        TryCounter.objects.refund(charge)
        raise


def cancel(attempt: Attempt) -> Visit:
    """The place is free again; the visit code stays good. Raises BookingRefused."""
    user = attempt.case.user
    with transaction.atomic():
        claims.take_turn(user)
        visit = booked(attempt)
        if visit is None:
            raise BookingRefused("none_booked")
        _end(visit, states.CANCEL_VISIT)
        _tell(user, "visit_cancelled", visit)
        record(Event.VISIT_CANCELLED, actor=user, subject=user, visit=visit.pk)
    return visit


def came(attempt: Attempt, officer: User) -> None:
    """The person stands before an officer, in the caller's transaction: on the booked day or on another one."""
    visits = Visit.objects.filter(attempt=attempt)
    begins, ends = slots.bounds_of(slots.day_of(clock.read()))
    _end_each(visits.between(begins, ends), states.KEEP_VISIT, Event.VISIT_KEPT, actor=officer)
    _end_each(visits, states.RELEASE_VISIT, Event.VISIT_RELEASED, actor=officer)


def mark_missed(visit: Visit, officer: User) -> None:
    """The booked person did not come; they can book again. Raises BookingRefused."""
    user = visit.attempt.case.user
    if officer.id_number == user.id_number:
        raise BookingRefused("own_case")
    if visit.starts_at > clock.read():
        raise BookingRefused("not_yet")
    with transaction.atomic():
        _end(visit, states.MISS_VISIT)
        record(Event.VISIT_MISSED, actor=officer, subject=user, visit=visit.pk)


def remind(now: datetime) -> int:
    """Sends the reminders that are due; returns how many. At night it sends none."""
    hour = timezone.localtime(now, timezone.get_default_timezone()).hour
    if not REMINDED_FROM_HOUR <= hour < REMINDED_UNTIL_HOUR:
        return 0
    due = Visit.objects.to_be_reminded(now).select_related("branch", "attempt__case__user").order_by("remind_at")
    return sum(_remind(visit, now) for visit in due[:_AT_ONCE])


def settle() -> None:
    """Ends visits that are not needed any more, whose day is over, or whose branch has closed on that day after all."""
    today, _tomorrow = slots.bounds_of(slots.day_of(clock.read()))
    _end_each(Visit.objects.not_needed(), states.RELEASE_VISIT, Event.VISIT_RELEASED)
    _end_each(Visit.objects.standing().filter(starts_at__lt=today), states.MISS_VISIT, Event.VISIT_MISSED)
    for closed in ClosedDay.objects.filter(day__gte=slots.day_of(today)):
        for visit in _visits_on(closed):
            _call_off(visit)


def _book(attempt: Attempt, wish: Wish) -> Visit:
    user = attempt.case.user
    with transaction.atomic():
        claims.take_turn(user)
        slot = _offered(attempt, wish)
        _outlive(attempt, wish.starts_at)
        earlier = booked(attempt)
        if earlier and _is_wished(earlier, wish):
            return earlier
        if (earlier.pk if earlier else None) != wish.instead_of:
            raise BookingRefused("booked_meanwhile")
        _give_up(attempt, earlier)
        visit = _take_place(attempt, slot)
        _tell(user, "visit_moved" if earlier else "visit_booked", visit)
        event = Event.VISIT_MOVED if earlier else Event.VISIT_BOOKED
        record(event, actor=user, subject=user, visit=visit.pk, branch=wish.branch.pk)
    return visit


def _is_wished(visit: Visit, wish: Wish) -> bool:
    return (visit.branch_id, visit.starts_at) == (wish.branch.pk, wish.starts_at)


def _outlive(attempt: Attempt, starts_at: datetime) -> None:
    """The attempt, and the claim that it is to prove, last until after the visit. Raises BookingRefused."""
    until = starts_at + LIFE_AFTER_VISIT
    begun = Attempt.objects.filter(pk=attempt.pk, state=AttemptState.BEGUN, expires_at__gt=clock.now())
    if not begun.update(expires_at=Greatest("expires_at", Value(until))):
        raise BookingRefused("attempt_ended")
    claims.hold(attempt.case.user, until - clock.read())


def _offered(attempt: Attempt, wish: Wish) -> Slot:
    now = clock.read()
    if wish.starts_at < now + slots.SOONEST:
        raise BookingRefused("too_soon")
    slot = slots.find(days_for(attempt, [wish.branch], now)[wish.branch.pk], wish.starts_at)
    if slot is None:
        raise BookingRefused("not_offered")
    return slot


def _give_up(attempt: Attempt, earlier: Visit | None) -> None:
    if earlier:
        _end(earlier, states.MOVE_VISIT)
    # One whose time has passed, and of which nobody said yet that it was missed.
    _end_each(Visit.objects.filter(attempt=attempt), states.MISS_VISIT, Event.VISIT_MISSED)


def _take_place(attempt: Attempt, slot: Slot) -> Visit:
    """Raises BookingRefused. Whoever loses the race for a place tries the next one, until there is none."""
    at_that_time = Visit.objects.filter(branch=slot.branch, starts_at=slot.starts_at)
    _end_each(at_that_time.not_needed(), states.RELEASE_VISIT, Event.VISIT_RELEASED)
    places = range(1, slot.branch.places_at_once + 1)
    for _race in places:
        taken = set(at_that_time.filter(state=VisitState.BOOKED).values_list("place", flat=True))
        place = next((place for place in places if place not in taken), None)
        if place is None or len(taken) >= len(places):
            break
        try:
            with transaction.atomic():
                return _write(attempt, slot, place)
        except IntegrityError:
            continue
    raise BookingRefused("place_gone")


def _write(attempt: Attempt, slot: Slot, place: int) -> Visit:
    remind_at = next_reminder(slot.starts_at, clock.read())
    return Visit.objects.create(
        attempt=attempt, branch=slot.branch, starts_at=slot.starts_at, place=place, remind_at=remind_at
    )


def next_reminder(starts_at: datetime, now: datetime) -> datetime | None:
    return next((starts_at - before for before in REMINDED_BEFORE if starts_at - before > now), None)


def _remind(visit: Visit, now: datetime) -> bool:
    user = visit.attempt.case.user
    with transaction.atomic():
        claims.take_turn(user)
        due = Visit.objects.to_be_reminded(now).filter(pk=visit.pk, remind_at=visit.remind_at)
        if not due.update(remind_at=next_reminder(visit.starts_at, now)):
            return False
        _tell(user, "visit_reminder", visit)
    return True


def _visits_on(closed: ClosedDay) -> QuerySet[Visit]:
    visits = Visit.objects.standing().between(*slots.bounds_of(closed.day)).filter(starts_at__gt=clock.now())
    of_branch = Q(branch=closed.branch_id) if closed.branch_id else Q()
    return visits.filter(of_branch).select_related("branch", "attempt__case__user")[:_AT_ONCE]


def _call_off(visit: Visit) -> None:
    user = visit.attempt.case.user
    with transaction.atomic():
        claims.take_turn(user)
        if Visit.objects.standing().filter(pk=visit.pk).move(states.CALL_OFF_VISIT, ended_at=clock.now()):
            _tell(user, "visit_called_off", visit)
            record(Event.VISIT_CALLED_OFF, subject=user, visit=visit.pk)


def _end(visit: Visit, move: Move) -> None:
    try:
        Visit.objects.all().move_one(move, visit.pk, ended_at=clock.now())
    except MoveRefused:
        raise BookingRefused("none_booked") from None


def _end_each(visits: VisitQuerySet, move: Move, event: Event, *, actor: User | None = None) -> None:
    """One by one, each with its entry of the trail, however many there are; by nobody where it is their time that ends them. In
    the caller's transaction, if there is one."""
    for visit in batches.each(visits.filter(state__in=move.sources).select_related("attempt__case__user")):
        with transaction.atomic(savepoint=False):
            if visits.filter(pk=visit.pk).move(move, ended_at=clock.now()):
                record(event, actor=actor, subject=visit.attempt.case.user, visit=visit.pk)


def _tell(user: User, purpose: str, visit: Visit) -> None:
    """Nothing to somebody whose mobile went to another account since: the visit stands on the activation page."""
    if user.mobile:
        context = {"branch": visit.branch, "starts_at": visit.starts_at, "visit_code": visit.attempt.visit_code}
        messaging.send(to=user.mobile, purpose=purpose, language=user.language, context=context)
