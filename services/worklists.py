"""The officers' lists of requests: what is due first stands first, counted up to a cap."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import Role
from core.admin_lists import capped_count, count_text
from services.models import RequestQuerySet, ServiceRequest

ROWS_ON_A_PAGE = 50
# Which department's requests a role decides; a supervisor sees all.
DEPARTMENTS_OF = {Role.PASSPORTS: "passports", Role.CIVIL_AFFAIRS: "civil-affairs"}


@dataclass(frozen=True)
class WorkList:
    name: str
    title: Promise
    empty: Promise
    narrowed: Callable[[RequestQuerySet, User], QuerySet[ServiceRequest]]


WORK_LISTS = {
    one.name: one
    for one in (
        WorkList("new", _("New"), _("Nothing new waits."), lambda rows, officer: rows.new()),
        WorkList("mine", _("With me"), _("You work on nothing at present."), lambda rows, me: rows.with_officer(me)),
        WorkList(
            "overdue",
            _("Overdue"),
            _("Nothing is overdue."),
            lambda rows, officer: rows.overdue(on=timezone.localdate()),
        ),
    )
}


def departments_of(officer: User) -> list[str]:
    """By the groups; whoever decides and has neither of the two sees every department."""
    roles = set(officer.groups.values_list("name", flat=True))
    own = [department for role, department in DEPARTMENTS_OF.items() if role.value in roles]
    return own or list(DEPARTMENTS_OF.values())


def rows_of(work_list: WorkList, officer: User) -> QuerySet[ServiceRequest]:
    of_departments = ServiceRequest.objects.filter(department__in=departments_of(officer))
    return work_list.narrowed(of_departments, officer).order_by("due_on", "pk")


def page_of(work_list: WorkList, officer: User) -> tuple[list[ServiceRequest], str]:
    """The first rows, and how many there are, in words."""
    rows = rows_of(work_list, officer)
    return list(rows.select_related("officer").defer("answers")[:ROWS_ON_A_PAGE]), count_text(capped_count(rows))
