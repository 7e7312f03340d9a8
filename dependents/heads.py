"""What has to hold of somebody who adds to a family (services.rules says what a rule is)."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dependents import ages
from registry.models import DependencyLink, Person
from services.effects import NoLongerPossible
from services.rules import Finding


def is_head(person: Person) -> Finding:
    return Finding(
        not DependencyLink.objects.current().filter(dependent=person).exists(),
        _("You are not registered as somebody's dependent"),
        _("You are registered with a head of household, who has to ask for this. Or be separated from them first."),
    )


def refuse_dependent(head: Person) -> None:
    """For effects. Raises NoLongerPossible."""
    if is_head(head).bars:
        raise NoLongerPossible


def is_of_age(person: Person) -> Finding:
    return Finding(
        ages.is_of_age(person.birth_date, timezone.localdate()),
        _("You are 18 or older"),
        _("Before that, a court permits a marriage. Bring its permit to a Civil Affairs office."),
    )
