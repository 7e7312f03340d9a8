"""A son or daughter who stands in the register already, and with nobody."""

from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from core.idnumbers import NumberKind, kind_of
from dependents import ages, heads, marriages, typed
from dependents.ages import is_too_old_a_son, is_too_young_a_parent
from dependents.judging import Faults
from registry.models import WOMEN, DependencyLink, Kind, Person, Relation, Sex
from services.effects import Granted, NoLongerPossible


def judge(cleaned: dict[str, Any], applicant: Person) -> Faults:
    relation, number, born_on = (cleaned.get(name) for name in ("relation", "child_number", "child_born_on"))
    faults = _typed_faults(applicant, relation, number, born_on, on=timezone.localdate())
    if faults or not (relation and number and born_on):
        return faults
    try:
        typed.tried(applicant, number, born_on, may_be=lambda child: _can_be_added(child, relation))
    except typed.NotFound as unfound:
        return {"child_number": str(unfound)}
    return {}


def known(answers: dict[str, Any], applicant: Person) -> dict[str, Any]:
    """Son or daughter, by the sex."""
    child = Person.objects.filter(id_number=answers.get("child_number", "")).first()
    return {"relation": Relation.DAUGHTER if child.sex == Sex.FEMALE else Relation.SON} if child else {}


def needs_proof(answers: dict[str, Any], applicant: Person) -> bool:
    if "child_born_on" not in answers:
        return False
    return ages.needs_proof(date.fromisoformat(answers["child_born_on"]), timezone.localdate())


def add(granted: Granted) -> None:
    heads.refuse_dependent(granted.applicant)
    answers, born_on = granted.answers, date.fromisoformat(granted.answers["child_born_on"])
    relation, number = Relation(answers["relation"]), answers["child_number"]
    # Nobody else marries them or registers their death before the link stands.
    child = typed.found(number, born_on).select_for_update().first()
    faults = _typed_faults(granted.applicant, relation, number, born_on, on=granted.on)
    if faults or child is None or not _can_be_added(child, relation):
        raise NoLongerPossible
    DependencyLink.objects.create(head=granted.applicant, dependent=child, relation=relation, since=granted.on)


def _typed_faults(
    applicant: Person, relation: str | None, number: str | None, born_on: date | None, *, on: date
) -> Faults:
    """What is wrong with it whoever that is."""
    if number and (sentence := _number_fault(applicant, number)):
        return {"child_number": sentence}
    if born_on and is_too_young_a_parent(applicant.birth_date, born_on):
        return {"child_born_on": _("You would have been younger than 12. Check the year and the calendar.")}
    if born_on and relation == Relation.SON and is_too_old_a_son(born_on, on):
        return {
            "child_born_on": _("A son over 25 cannot depend on his parents any more: he needs a sponsor of his own.")
        }
    return {}


def _number_fault(applicant: Person, number: str) -> str:
    if number == applicant.id_number:
        return _("This is your own number. Type that of your son or daughter.")
    if applicant.kind == Kind.RESIDENT and kind_of(number) == NumberKind.BORDER:
        return _("This is a border number. Who has come with one is added by “Add a resident dependent”.")
    if DependencyLink.objects.current().filter(head=applicant, dependent__id_number=number).exists():
        return _("This person is registered with you already.")
    return ""


def _can_be_added(child: Person, relation: str) -> bool:
    is_with_somebody = DependencyLink.objects.current().filter(dependent=child).exists()
    has_the_sex = child.sex == (Sex.FEMALE if relation in WOMEN else Sex.MALE)
    return child.is_living and has_the_sex and not is_with_somebody and not marriages.of(child).exists()
