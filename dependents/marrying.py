"""A marriage: registered from its contract, or a wife or husband added to the family."""

from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dependents import heads, kinship, marriages, typed
from dependents.ages import is_of_age
from dependents.effects import end
from dependents.judging import Faults
from registry.models import DependencyLink, Kind, Person, Relation, Sex
from services.effects import Granted, NoLongerPossible
from services.rules import Finding

WIVES_AT_MOST = 4


def may_marry(person: Person) -> Finding:
    if person.sex == Sex.MALE:
        return Finding(
            _has_room(person),
            gettext_lazy("The register has fewer than four wives of yours"),
            gettext_lazy("It has four. If one of these marriages has ended, register the divorce or the death first."),
        )
    return Finding(
        _has_room(person),
        gettext_lazy("The register has no husband of yours"),
        gettext_lazy("It has one. If that marriage has ended, register the divorce or the death first."),
    )


def judge(cleaned: dict[str, Any], applicant: Person) -> Faults:
    number, born_on, married_on = (cleaned.get(name) for name in ("spouse_number", "spouse_born_on", "married_on"))
    too_young = _of_age_faults(applicant, born_on, married_on)
    if too_young or not (number and born_on):
        return too_young
    if sentence := _number_fault(applicant, number):
        return {"spouse_number": sentence}
    try:
        spouse = typed.tried(applicant, number, born_on, may_be=lambda other: _can_marry(applicant, other))
    except typed.NotFound as unfound:
        return {"spouse_number": str(unfound)}
    if kinship.are_forbidden(applicant, spouse):
        return {"spouse_number": _too_near()}
    return {}


def needs_permit(answers: dict[str, Any], applicant: Person) -> bool:
    """One of the two is Saudi, and the other is not."""
    spouse = Person.objects.filter(id_number=answers.get("spouse_number", "")).first()
    return spouse is not None and Kind.CITIZEN in {spouse.kind, applicant.kind} and spouse.kind != applicant.kind


def register(granted: Granted) -> None:
    """Whoever depends on somebody else until now, as a daughter on her father, leaves that family on the day of the
    marriage."""
    answers, applicant = granted.answers, granted.applicant
    heads.refuse_dependent(applicant)
    born_on, married_on = (date.fromisoformat(answers[name]) for name in ("spouse_born_on", "married_on"))
    spouse = typed.find(answers["spouse_number"], born_on)
    if spouse is None or _of_age_faults(applicant, born_on, married_on):
        raise NoLongerPossible
    marry(applicant, spouse, on=married_on)


def marry(head: Person, spouse: Person, *, on: date) -> None:
    """Raises NoLongerPossible."""
    # Of two marriages that are registered at once, the second sees the first; and of a death both.
    both = Person.objects.living().filter(pk__in=(head.pk, spouse.pk)).order_by("pk").select_for_update()
    if len(both) < 2 or not is_possible(head, spouse):
        raise NoLongerPossible
    for link in DependencyLink.objects.current().filter(dependent=spouse):
        end(link, on=on)
    relation = Relation.WIFE if spouse.sex == Sex.FEMALE else Relation.HUSBAND
    marriages.married(DependencyLink.objects.create(head=head, dependent=spouse, relation=relation, since=on))


def is_possible(head: Person, spouse: Person) -> bool:
    """Neither the other's marriages nor kinship are in the way."""
    return _can_marry(head, spouse) and not kinship.are_forbidden(head, spouse)


def _has_room(person: Person) -> bool:
    """In the household: who was separated can come back to it."""
    return marriages.of(person).filter(until=None).count() < _at_most(person)


def _is_free_for(other: Person, person: Person) -> bool:
    """As far as marriages of the person go, but for one with this very other that goes on apart."""
    of_these_two = Q(head=other) | Q(dependent=other)
    return marriages.of(person).exclude(of_these_two, until__isnull=False).count() < _at_most(person)


def _at_most(person: Person) -> int:
    return WIVES_AT_MOST if person.sex == Sex.MALE else 1


def _can_marry(head: Person, other: Person) -> bool:
    """A man who depends on a wife already cannot depend on a second one, too."""
    depends_on_a_wife = marriages.of(other).filter(until=None, dependent=other, relation=Relation.HUSBAND).exists()
    both_free = _is_free_for(other, head) and _is_free_for(head, other)
    return other.is_living and other.sex != head.sex and both_free and not depends_on_a_wife


def _number_fault(applicant: Person, number: str) -> str:
    if number == applicant.id_number:
        return _("This is your own number. Type that of your wife or husband.")
    if marriages.of(applicant).filter(until=None, dependent__id_number=number).exists():
        return _("The register knows this person as your wife or husband already.")
    return ""


def _too_near() -> str:
    return _(
        "The register knows this person as so near a relative that marriage is forbidden. If the register is wrong, "
        "write to Civil Affairs."
    )


def _of_age_faults(applicant: Person, born_on: date | None, married_on: date | None) -> Faults:
    sentence = _("Who marries is 18 or older on that day. For younger people bring the court's permit to an office.")
    if married_on and not is_of_age(applicant.birth_date, married_on):
        return {"married_on": sentence}
    if married_on and born_on and not is_of_age(born_on, married_on):
        return {"spouse_born_on": sentence}
    return {}
