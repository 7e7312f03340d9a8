"""Which officers work for which department."""

from django.db.models import QuerySet

from accounts.models import User
from accounts.roles import Role

# Which department's requests a role decides; a supervisor sees all.
DEPARTMENTS_OF = {Role.PASSPORTS: "passports", Role.CIVIL_AFFAIRS: "civil-affairs"}


def departments_of(officer: User) -> list[str]:
    """By the groups; whoever decides and has neither of the two sees every department."""
    roles = set(officer.groups.values_list("name", flat=True))
    own = [department for role, department in DEPARTMENTS_OF.items() if role.value in roles]
    return own or list(DEPARTMENTS_OF.values())


def of_department(department: str) -> QuerySet[User]:
    """Who may be given its requests, or asked about them: its officers, and the supervisors."""
    return of_departments([department])


def gone_from(department: str) -> QuerySet[User]:
    """Officers who cannot work on its requests: they work elsewhere, or no more."""
    officers = User.objects.get_queryset().staff().exclude(pk__in=of_department(department).order_by().values("pk"))
    return officers.exclude(is_active=True, is_superuser=True)


def of_departments(departments: list[str]) -> QuerySet[User]:
    roles = [role.value for role, own in DEPARTMENTS_OF.items() if own in departments] + [Role.SUPERVISOR.value]
    officers = User.objects.get_queryset().staff().filter(is_active=True, groups__name__in=roles)
    return officers.distinct().order_by("username")
