"""What a supervisor sees of how fast requests are answered: a table by department and service, charts, and officers' loads, all
from what services.history has counted."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import models
from django.db.models import Sum
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Weekday
from core.hijri import in_both_calendars
from messaging.charts import Bar, Chart
from services import history
from services.catalogue import DEPARTMENTS, services
from services.models import OfficerDay, ServiceDay

# Charts by day show at most this many; longer times are shown by week.
_DAYS_SHOWN_ONE_BY_ONE = 31
# The last bar of the chart of durations stands for this many working days, and more.
_LAST_DURATION = 11


class Period(models.TextChoices):
    WEEK = "week", gettext_lazy("This week")
    MONTH = "month", gettext_lazy("30 days")
    QUARTER = "quarter", gettext_lazy("90 days")

    def first_day(self, today: date) -> date:
        """A week begins on Sunday."""
        days = {Period.WEEK: int(Weekday.of(today)), Period.MONTH: 29, Period.QUARTER: 89}
        return today - timedelta(days=days[self])


@dataclass
class Level:
    """Of a service, or of a department and all of its services."""

    title: str | Promise
    submitted: int = 0
    decided: int = 0
    in_time: int = 0
    overdue: int = 0
    took: list[int] = field(default_factory=list)
    open_ages: list[int] = field(default_factory=list)
    services: list["Level"] = field(default_factory=list)

    def add(self, day: ServiceDay) -> None:
        self.submitted += day.submitted
        self.decided += day.decided
        self.in_time += day.in_time
        self.overdue += day.overdue
        self.took = history.added((self.took, day.took))
        self.open_ages = history.added((self.open_ages, day.open_ages))

    @property
    def open(self) -> int:
        return sum(self.open_ages)

    @property
    def share_in_time(self) -> int | None:
        """Of a hundred; never more than it is."""
        return 100 * self.in_time // self.decided if self.decided else None

    @property
    def usual(self) -> str:
        return _days(history.percentile(self.took, 0.5))

    @property
    def slow(self) -> str:
        return _days(history.percentile(self.took, 0.9))


@dataclass(frozen=True)
class Overview:
    """`counted_at` is None as long as nothing was counted."""

    counted_at: datetime | None
    whole: Level
    departments: list[Level]
    charts: list[Chart]
    officers: list[dict[str, str | int]]


def overview(period: Period, department: str = "") -> Overview:
    today = timezone.localdate()
    first = period.first_day(today)
    days = list(_counted(first, department))
    whole, departments = _levels(days)
    return Overview(
        counted_at=max((day.counted_at for day in days), default=None),
        whole=whole,
        departments=departments,
        charts=[_by_time(days, first, today), _durations(whole), _ages(whole)],
        officers=list(_officers(first, department)),
    )


def _counted(first: date, department: str) -> models.QuerySet[ServiceDay]:
    """What a service that left the catalogue did is counted, and shown no more."""
    shown = [slug for slug, service in services().items() if not department or service.department == department]
    return ServiceDay.objects.filter(day__gte=first, service__in=shown).order_by("day", "service")


def _levels(days: Iterable[ServiceDay]) -> tuple[Level, list[Level]]:
    whole = Level(_("All together"))
    departments: dict[str, Level] = {}
    by_service: dict[str, Level] = {}
    for day in days:
        service = services()[day.service]
        department = departments.setdefault(service.department, Level(DEPARTMENTS[service.department]))
        if day.service not in by_service:
            by_service[day.service] = Level(str(service.title))
            department.services.append(by_service[day.service])
        for level in (whole, department, by_service[day.service]):
            level.add(day)
    return whole, list(departments.values())


def _by_time(days: Sequence[ServiceDay], first: date, today: date) -> Chart:
    """By day, or by weeks that begin with the first day."""
    step = 1 if (today - first).days < _DAYS_SHOWN_ONE_BY_ONE else len(Weekday)
    submitted: dict[date, int] = defaultdict(int)
    decided: dict[date, int] = defaultdict(int)
    for day in days:
        begins = first + timedelta(days=(day.day - first).days // step * step)
        submitted[begins] += day.submitted
        decided[begins] += day.decided
    starts = [first + timedelta(days=n) for n in range(0, (today - first).days + 1, step)]
    bars = [_bar_of_time(start, submitted[start], decided[start]) for start in starts]
    return _chart(
        _("Submitted by day") if step == 1 else _("Submitted by week"),
        _("%(submitted)s submitted, %(decided)s decided")
        % {"submitted": _number(sum(submitted.values())), "decided": _number(sum(decided.values()))},
        bars,
        mark_says=_("Decided in the same time"),
    )


def _bar_of_time(start: date, submitted: int, decided: int) -> Bar:
    said = {"day": in_both_calendars(start), "submitted": _number(submitted), "decided": _number(decided)}
    says = _("%(day)s: %(submitted)s submitted, %(decided)s decided") % said
    return Bar(date_format(start, "j/n"), says, submitted, decided)


def _durations(whole: Level) -> Chart:
    counts = [*whole.took[:_LAST_DURATION], sum(whole.took[_LAST_DURATION:])] if whole.took else []
    labels = [*map(str, range(_LAST_DURATION)), f"{_LAST_DURATION}+"]
    bars = [
        Bar(label, _("%(days)s working days: %(count)s decided") % {"days": label, "count": _number(count)}, count)
        for label, count in zip(labels, counts, strict=False)
    ]
    said = {"usual": whole.usual, "slow": whole.slow}
    return _chart(_("Working days to a decision"), _("half within %(usual)s, nine in ten within %(slow)s") % said, bars)


def _ages(whole: Level) -> Chart:
    labels = _age_labels()
    bars = [
        Bar(label, _("%(days)s working days: %(count)s open") % {"days": label, "count": _number(count)}, count)
        for label, count in zip(labels, whole.open_ages, strict=False)
    ]
    said = {"open": _number(whole.open), "overdue": _number(whole.overdue)}
    return _chart(_("How old open requests are, in working days"), _("%(open)s open, %(overdue)s overdue") % said, bars)


def _age_labels() -> list[str]:
    begins = [0, *(age + 1 for age in history.AGES)]
    return [f"{begin}–{end}" for begin, end in zip(begins, history.AGES, strict=False)] + [f"{begins[-1]}+"]


def _chart(title: str, whole_says: str, bars: list[Bar], *, mark_says: str = "") -> Chart:
    counts = [max(bar.value or 0, bar.mark or 0) for bar in bars]
    top = max(counts, default=0)
    if not top:
        bars = []
    return Chart(title, whole_says, bars, top, _number(int(top)), mark_says, _("Nothing in this time."))


def _officers(first: date, department: str) -> Iterator[dict[str, str | int]]:
    """Who has most comes first; whoever neither decided anything nor has anything is not shown."""
    days = OfficerDay.objects.filter(day__gte=first, **({"department": department} if department else {}))
    loads = days.values("officer__username").annotate(
        decided_by=Sum("decided"), open_with=Sum("open"), overdue_with=Sum("overdue")
    )
    for load in loads.order_by("-open_with", "officer__username"):
        if load["open_with"] or load["decided_by"]:
            yield {
                "username": load["officer__username"],
                "open": load["open_with"],
                "overdue": load["overdue_with"],
                "decided": load["decided_by"],
            }


def _number(count: int) -> str:
    return number_format(count, force_grouping=True)


def _days(days: int | None) -> str:
    if days is None:
        return "–"
    if not days:
        return _("the same day")
    if days > history.TOOK_AT_MOST:
        return _("more than %s") % history.TOOK_AT_MOST
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
