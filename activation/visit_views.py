"""The officer's pages: the visit code, and a visit that is booked step by step: branch, day, time, and a yes."""

from collections.abc import Callable
from datetime import date, time
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import ProvableRequest, provable_required
from accounts.models import Branch
from activation import calendarfile, outages, pages, sentences, slots
from activation.actions import bookings
from activation.actions.bookings import BookingRefused, Wish
from activation.models import Attempt, Visit
from activation.slots import Day
from activation.states import AttemptState, CasePurpose, VisitState
from core import clock
from core.text import row_key
from core.throttle import OverBudget

_P = ParamSpec("_P")
View = Callable[Concatenate[ProvableRequest, Attempt, _P], HttpResponse]
OFFICER = "activation_officer"


def visit_required(view: View[_P]) -> Callable[Concatenate[ProvableRequest, _P], HttpResponse]:
    """Somebody whose attempt with an officer is of use; everybody else is led to the ways."""

    @wraps(view)
    @provable_required
    def checked(request: ProvableRequest, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponse:
        attempt = pages.usable(request, "officer")
        return view(request, attempt, *args, **kwargs) if attempt else redirect("activation")

    return checked


def booking_required(view: View[_P]) -> Callable[Concatenate[ProvableRequest, _P], HttpResponse]:
    """Who has been at the officer already books nothing more."""

    @wraps(view)
    @visit_required
    def checked(request: ProvableRequest, attempt: Attempt, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponse:
        is_open = attempt.state == AttemptState.BEGUN
        return view(request, attempt, *args, **kwargs) if is_open else redirect(OFFICER)

    return checked


@require_safe
@visit_required
def officer(request: ProvableRequest, attempt: Attempt) -> HttpResponse:
    return _about_visit(request, attempt, "activation/officer.html")


@require_safe
@visit_required
def visit_print(request: ProvableRequest, attempt: Attempt) -> HttpResponse:
    return _about_visit(request, attempt, "activation/visit_print.html")


@require_safe
@visit_required
def visit_calendar(request: ProvableRequest, attempt: Attempt) -> HttpResponse:
    visit = bookings.booked(attempt)
    if visit is None:
        return _refused(request, BookingRefused("none_booked"))
    times_moved = Visit.objects.filter(attempt=attempt).count() - 1
    visit.attempt = attempt
    file = calendarfile.file_of(visit, times_moved=times_moved)
    return HttpResponse(
        file,
        content_type=calendarfile.CONTENT_TYPE,
        headers={"Content-Disposition": 'attachment; filename="visit.ics"'},
    )


@require_safe
@booking_required
def visit_branch(request: ProvableRequest, attempt: Attempt) -> HttpResponse:
    """Each branch with its first free time; `?city=` is a city's English name, and one that is not known filters nothing."""
    branches = list(Branch.objects.order_by("city_en", "pk"))
    cities = {branch.city_en: branch.city for branch in branches}
    city = request.GET.get("city", "")
    shown = [branch for branch in branches if branch.city_en == city] if city in cities else branches
    days = bookings.days_for(attempt, shown, clock.read())
    firsts = [(branch, next(iter(slots.free_slots(days[branch.pk])), None)) for branch in shown]
    return _step(
        request,
        attempt,
        1,
        "activation/visit_branch.html",
        cities=cities.items(),
        city=city,
        branches=sorted(firsts, key=lambda branch_and_first: branch_and_first[1] is None),
    )


@require_safe
@booking_required
def visit_day(request: ProvableRequest, attempt: Attempt, branch: int) -> HttpResponse:
    chosen = get_object_or_404(Branch, pk=branch)
    return _step(request, attempt, 2, "activation/visit_day.html", branch=chosen, days=_days(attempt, chosen))


@require_safe
@booking_required
def visit_time(request: ProvableRequest, attempt: Attempt, branch: int, day: date) -> HttpResponse:
    """The times of a day. `?full=10:15` names one that was chosen and went: the nearest free ones stand above all."""
    chosen = get_object_or_404(Branch, pk=branch)
    days = _days(attempt, chosen)
    of_day = next((one for one in days if one.date == day), None)
    if of_day is None or not of_day.slots:
        messages.warning(request, sentences.of_booking("not_offered"))
        return redirect("activation_visit_day", branch)
    return _step(
        request,
        attempt,
        3,
        "activation/visit_time.html",
        branch=chosen,
        day=of_day,
        before_noon=[slot for slot in of_day.slots if slot.starts_at < slots.at(day, time(12))],
        from_noon=[slot for slot in of_day.slots if slot.starts_at >= slots.at(day, time(12))],
        nearest=_nearest(request, days, day),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@booking_required
def visit_confirm(request: ProvableRequest, attempt: Attempt, branch: int, day: date, at: time) -> HttpResponse:
    chosen = get_object_or_404(Branch, pk=branch)
    wish = Wish(chosen, slots.at(day, at), row_key(request.POST.get("instead_of")))
    if request.method == "POST":
        return _book(request, attempt, wish)
    if bookings.is_booked(attempt, wish):  # went back after the booking
        return redirect(OFFICER)
    slot = slots.find(_days(attempt, chosen), wish.starts_at)
    if slot is None:
        return _refused_wish(request, BookingRefused("not_offered"), wish)
    if not slot.free:
        return _full(wish)
    return _step(request, attempt, 4, "activation/visit_confirm.html", branch=chosen, starts_at=wish.starts_at)


@require_http_methods(["GET", "HEAD", "POST"])
@visit_required
def visit_cancel(request: ProvableRequest, attempt: Attempt) -> HttpResponse:
    visit = bookings.booked(attempt)
    if visit is None:
        return _refused(request, BookingRefused("none_booked"))
    if request.method != "POST":
        return render(request, "activation/visit_cancel.html", {"visit": visit, "attempt": attempt})
    try:
        bookings.cancel(attempt)
    except BookingRefused as refused:
        return _refused(request, refused)
    messages.success(
        request, _("Your visit is cancelled. The visit code stays good: come without, or book another time.")
    )
    return redirect(OFFICER)


def _about_visit(request: ProvableRequest, attempt: Attempt, template: str) -> HttpResponse:
    newest = bookings.newest(attempt)
    is_to_come = newest and newest.state == VisitState.BOOKED and newest.starts_at > clock.read()
    variables = {
        "attempt": attempt,
        "visit": newest if is_to_come else None,
        "ended": sentences.of_ended_visit(newest) if newest and not is_to_come else "",
        "can_book": attempt.state == AttemptState.BEGUN,
        "branches": Branch.objects.order_by("pk"),
        "outcome": sentences.outcome(CasePurpose(attempt.case.purpose), "officer"),
        "outage": outages.announced("officer"),
    }
    return render(request, template, variables)


def _step(request: ProvableRequest, attempt: Attempt, step: int, template: str, **variables: Any) -> HttpResponse:
    around = {"steps": sentences.BOOKING_STEPS, "step": step, "booked": bookings.booked(attempt)}
    return render(request, template, around | variables)


def _days(attempt: Attempt, branch: Branch) -> list[Day]:
    return bookings.days_for(attempt, [branch], clock.read())[branch.pk]


def _nearest(request: ProvableRequest, days: list[Day], day: date) -> list[slots.Slot]:
    try:
        full = slots.at(day, time.fromisoformat(request.GET.get("full", "")))
    except ValueError:
        return []
    slot = slots.find(days, full)
    return slots.nearest(days, full) if slot and not slot.free else []


def _book(request: ProvableRequest, attempt: Attempt, wish: Wish) -> HttpResponse:
    try:
        bookings.book(attempt, wish)
    except OverBudget as over:
        messages.error(request, sentences.of_too_many_changes(over))
        return redirect(OFFICER)
    except BookingRefused as refused:
        return _full(wish) if refused.code == "place_gone" else _refused_wish(request, refused, wish)
    moved, booked = (
        _("Your visit is moved. A text message confirms it."),
        _("Your visit is booked. A text message confirms it."),
    )
    messages.success(request, moved if wish.instead_of else booked)
    return redirect(OFFICER)


def _full(wish: Wish) -> HttpResponse:
    starts_at = wish.starts_at
    address = redirect("activation_visit_time", wish.branch.pk, starts_at.date())
    address["Location"] += f"?full={starts_at:%H:%M}"
    return address


def _refused_wish(request: ProvableRequest, refused: BookingRefused, wish: Wish) -> HttpResponse:
    """Back to the choice that can be made otherwise."""
    if refused.code not in ("too_soon", "not_offered"):
        return _refused(request, refused)
    messages.warning(request, sentences.of_booking(refused.code))
    return redirect("activation_visit_day", wish.branch.pk)


def _refused(request: ProvableRequest, refused: BookingRefused) -> HttpResponse:
    messages.warning(request, sentences.of_booking(refused.code))
    return redirect(OFFICER)
