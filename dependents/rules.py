"""What has to hold before something is registered for a family (services.rules says what a rule is)."""

from django.utils.translation import gettext_lazy as _

from registry.models import SPOUSES, Person
from services.family import members_of
from services.rules import Finding


def has_family(person: Person) -> Finding:
    return Finding(
        members_of(person).exists(),
        _("Somebody is registered as your family member"),
        _("Nobody is. If the register is wrong, write to Civil Affairs."),
    )


def has_spouse(person: Person) -> Finding:
    return Finding(
        members_of(person, SPOUSES).exists(),
        _("Your wife or husband is registered with you"),
        _("Nobody is. If the register is wrong, write to Civil Affairs."),
    )
