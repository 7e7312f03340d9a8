"""The officers' work lists: oldest first, counted up to a cap, paged by key."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Branch
from activation import slots
from activation.models import Attempt, Visit
from activation.states import VisitState
from core.paging import capped_count, count_text

ROWS_ON_THE_DESK = 8
ROWS_ON_A_PAGE = 50


@dataclass(frozen=True)
class WorkList:
    name: str
    title: Promise
    empty: Promise
    has_branch: bool

    def attempts(self) -> QuerySet[Attempt]:
        waiting = Attempt.objects.all()
        rows = waiting.awaiting_second_officer() if self.has_branch else waiting.awaiting_officer()
        return rows.order_by("begun_at", "pk")

    def filtered(self, *, age_hours: int | None = None, branch: Branch | None = None) -> QuerySet[Attempt]:
        rows = self.attempts()
        if age_hours:
            rows = rows.begun_before(timedelta(hours=age_hours))  # type: ignore[attr-defined]
        return rows.filter(officer_check__branch=branch) if branch else rows


WAITING = WorkList(
    "waiting", _("Waiting for an officer"), _("Nobody waits for an officer at present."), has_branch=False
)
SECOND = WorkList(
    "second", _("Waiting for a second officer"), _("No case waits for a second officer at present."), has_branch=True
)
WORK_LISTS = {work_list.name: work_list for work_list in (WAITING, SECOND)}


@dataclass(frozen=True)
class Page:
    """A piece of a work list; `next_after` is the key at which the next one begins, or None."""

    rows: list[Attempt]
    count: str
    next_after: int | None


def page_of(attempts: QuerySet[Attempt], *, size: int, after: int | None = None) -> Page:
    # What the resident typed stays in the database: a row shows neither number, name nor mobile, nor the visit code.
    shown = attempts.select_related("officer_check__maker", "officer_check__branch").defer("visit_code", "refusal")
    mark = Attempt.objects.filter(pk=after).values_list("begun_at", flat=True).first() if after else None
    if mark:
        shown = shown.filter(begun_at__gte=mark).exclude(begun_at=mark, pk__lte=after)
    rows = list(shown[: size + 1])
    next_after = rows[size - 1].pk if len(rows) > size else None
    return Page(rows[:size], count_text(capped_count(attempts)), next_after)


def visits_on(branch: Branch, day: date) -> QuerySet[Visit]:
    """Who is expected on that day, who came and who did not, in the order of their times. There are no more than places."""
    of_day = Visit.objects.between(*slots.bounds_of(day)).filter(branch=branch)
    standing = Q(pk__in=Visit.objects.standing().filter(branch=branch).values("pk"))
    told = of_day.filter(standing | Q(state__in=(VisitState.KEPT, VisitState.MISSED)))
    return told.select_related("attempt").order_by("starts_at", "place")
