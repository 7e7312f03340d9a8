"""The officers' lists of requests: what is due first stands first, counted up to a cap, paged by key."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import chain

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Branch, User
from core.paging import COUNTED_UP_TO, capped_count, count_text
from services import catalogue, due
from services.catalogue import Service
from services.models import NOT_LISTED, RequestQuerySet, ServiceRequest

ROWS_ON_A_PAGE = 50
ROWS_ON_THE_DESK = 8
DUE_SOON_WORKING_DAYS = 2


@dataclass(frozen=True)
class WorkList:
    """`has_branch`: somebody works on what stands in it."""

    name: str
    title: Promise
    empty: Promise
    narrowed: Callable[[RequestQuerySet, User, "Narrowing"], RequestQuerySet]
    has_branch: bool = True


WORK_LISTS = {
    one.name: one
    for one in (
        WorkList(
            "new",
            pgettext_lazy("requests", "New"),
            _("Nothing new waits."),
            lambda rows, me, page: rows.new(),
            has_branch=False,
        ),
        WorkList(
            "mine", _("With me"), _("You work on nothing at present."), lambda rows, me, page: rows.with_officer(me)
        ),
        WorkList(
            "returned", _("Returned"), _("No applicant is asked for anything."), lambda rows, me, page: rows.returned()
        ),
        WorkList(
            "second",
            _("Waiting for a second officer"),
            _("Nothing waits for a second officer."),
            lambda rows, me, page: rows.proposed(),
        ),
        WorkList(
            "soon",
            _("Due soon"),
            _("Nothing is due within two working days."),
            lambda rows, me, page: rows.due_between(timezone.localdate(), page.due_soon_until),
        ),
        WorkList(
            "overdue",
            _("Overdue"),
            _("Nothing is overdue."),
            lambda rows, me, page: rows.overdue(on=timezone.localdate()),
        ),
    )
}


@dataclass(frozen=True)
class Narrowing:
    """The departments are those of the officer who looks. The branch is that of the officer who works on a request: where its
    applicant lives nobody knows, and what is new is nobody's yet."""

    departments: tuple[str, ...]
    service: str = ""
    branch: Branch | None = None

    @cached_property
    def closed(self) -> frozenset[date]:
        """Holidays are asked for once, for all departments, rows and counts of a page."""
        return due.closed_days()

    @property
    def due_soon_until(self) -> date:
        return due.working_days_after(timezone.localdate(), DUE_SOON_WORKING_DAYS, self.closed)

    def of(self, rows: QuerySet[ServiceRequest]) -> QuerySet[ServiceRequest]:
        if self.service:
            rows = rows.filter(service=self.service)
        return rows.filter(officer__branch=self.branch) if self.branch else rows


@dataclass(frozen=True)
class Row:
    """`closed`: the holidays."""

    request: ServiceRequest
    service: Service
    closed: frozenset[date]

    @property
    def due(self) -> str:
        return due_text(self._due_on, timezone.localdate(), self.closed)

    @property
    def urgency(self) -> str:
        """The colour of the badge, which only repeats what its words say."""
        today = timezone.localdate()
        left = due.working_days_between(today, self._due_on, self.closed)
        return "danger" if self._due_on < today else "warning" if left <= DUE_SOON_WORKING_DAYS else "info"

    @property
    def _due_on(self) -> date:
        return self.request.due_on or timezone.localdate()


@dataclass(frozen=True)
class Page:
    """A piece of a work list; `next_after` is the key at which the next one begins, or None."""

    rows: list[Row]
    count: str
    next_after: int | None


def due_text(due_on: date, today: date, closed: frozenset[date]) -> str:
    """How long until an answer is due, in working days, as the day itself was reckoned."""
    if due_on == today:
        return gettext("Due today")
    if due_on < today:
        late = due.working_days_between(due_on, today, closed)
        said = ngettext("One working day late", "%(n)d working days late", late)
        return said % {"n": late} if late else gettext("Less than a working day late")
    left = due.working_days_between(today, due_on, closed)
    said = ngettext("One working day left", "%(n)d working days left", left)
    return said % {"n": left} if left else gettext("Less than a working day left")


def page_of(work_list: WorkList, officer: User, narrowing: Narrowing, *, size: int, after: int | None = None) -> Page:
    found = first_of(work_list, officer, narrowing, size=size + 1, after=after)
    next_after = found[size - 1].pk if len(found) > size else None
    return Page(rows_of(found[:size], narrowing.closed), _count(work_list, officer, narrowing), next_after)


def rows_of(requests: list[ServiceRequest], closed: frozenset[date]) -> list[Row]:
    return [Row(request, catalogue.services()[request.service], closed) for request in requests]


def first_of(
    work_list: WorkList, officer: User, narrowing: Narrowing, *, size: int, after: int | None = None
) -> list[ServiceRequest]:
    """At most `size`, from the one after the key `after` on. Each department has its own index in this order, so that
    each is read up to `size` and the rest is merged here."""
    mark = ServiceRequest.objects.filter(pk=after).values_list("due_on", flat=True).first() if after else None
    pieces = []
    for rows in _by_department(work_list, officer, narrowing):
        shown = rows.select_related("officer").defer(*NOT_LISTED).order_by("due_on", "pk")
        if mark:
            shown = shown.filter(due_on__gte=mark).exclude(due_on=mark, pk__lte=after)
        pieces.append(shown[:size])
    return sorted(chain(*pieces), key=lambda row: (row.due_on, row.pk))[:size]


def _by_department(work_list: WorkList, officer: User, narrowing: Narrowing) -> Iterator[QuerySet[ServiceRequest]]:
    for department in narrowing.departments:
        yield narrowing.of(work_list.narrowed(ServiceRequest.objects.filter(department=department), officer, narrowing))


def _count(work_list: WorkList, officer: User, narrowing: Narrowing) -> str:
    counts = [capped_count(rows) for rows in _by_department(work_list, officer, narrowing)]
    return count_text(min(sum(counts), COUNTED_UP_TO + 1))
