"""A child born in the Kingdom: the birth is registered, and a resident's child gets its iqama afterwards."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dependents import heads, papers
from dependents.ages import birthday, is_of_age, is_too_young_a_parent
from dependents.judging import Faults
from registry.models import (
    NAME_FIELDS,
    SPOUSES,
    DependencyLink,
    Document,
    DocumentKind,
    Kind,
    MaritalStatus,
    Person,
    Relation,
    Sex,
)
from registry.numbers import new_number
from services import fees
from services.effects import Granted, NoLongerPossible
from services.facts import Fact
from services.rules import Finding

# Domain §6: residents within 30 days, citizens within a year.
RESIDENTS_WITHIN = timedelta(days=30)
CITIZENS_WITHIN_YEARS = 1
# A marriage that has ended is that of the child's parents for so long.
AFTER_MARRIAGE = timedelta(days=300)
# The number of a resident's newborn is good for so long, until the iqama is issued.
BEFORE_IQAMA = timedelta(days=90)
_CHILD = {Sex.MALE: Relation.SON, Sex.FEMALE: Relation.DAUGHTER}


def other_parents(head: Person) -> QuerySet[Person]:
    """Who is, or was, the head's wife or husband."""
    links = DependencyLink.objects.filter(head=head, relation__in=SPOUSES)
    return Person.objects.filter(pk__in=links.values("dependent")).order_by("pk")


def has_other_parent(person: Person) -> Finding:
    return Finding(
        other_parents(person).exists(),
        gettext_lazy("The register knows the child's other parent as your wife or husband"),
        gettext_lazy("It knows of no marriage of yours. Register the marriage first: Register a marriage."),
    )


def prefill(head: Person) -> dict[str, Any]:
    """A father's names become those of his child; a mother's do not."""
    parents = list(other_parents(head)[:2])
    known: dict[str, Any] = {"other_parent": parents[0].pk} if len(parents) == 1 else {}
    if head.sex == Sex.MALE:
        known |= _names_after(head)
    elif len(parents) == 1:
        known |= _names_after(parents[0])
    return known


def judge(cleaned: dict[str, Any], applicant: Person) -> Faults:
    if cleaned.get("born_here") == "no":
        return {"born_here": _("Who was born abroad enters with a residence visa: choose “Add a resident dependent”.")}
    born_on, other = cleaned.get("born_on"), cleaned.get("other_parent")
    if sentence := born_on and _birth_fault(applicant, other, born_on):
        return {"born_on": sentence}
    if cleaned.get("notice_number") and _is_known(applicant, cleaned["notice_number"]):
        return {"notice_number": _("A child of yours is registered with this notice already.")}
    return _missing_names(cleaned, applicant if applicant.sex == Sex.MALE else other)


def known(answers: dict[str, Any], applicant: Person) -> dict[str, Any]:
    """The names that a child takes from its father, as the register has them."""
    father = (
        applicant if applicant.sex == Sex.MALE else other_parents(applicant).filter(pk=answers["other_parent"]).first()
    )
    return _names_after(father) if father else {}


def costs(applicant: Person) -> str:
    late = fees.in_words(fees.amount("late_birth_registration"))
    if applicant.kind == Kind.CITIZEN:
        said = _("Nothing within a year of the birth. After that %(late)s for each year that has begun. %(pay)s")
    else:
        said = _("Nothing within 30 days of the birth. After that %(late)s for each year that has begun. %(pay)s")
    return said % {"late": late, "pay": fees.paid_elsewhere()}


def consequences(answers: dict[str, Any], applicant: Person, asked_on: date) -> list[Fact]:
    if "born_on" not in answers:
        return []
    label = _("Fee for late registration")
    years = _years_late(applicant, date.fromisoformat(answers["born_on"]), asked_on)
    if not years:
        return [Fact(label, _("None: it is in time"))]
    fee = fees.in_words(years * fees.amount("late_birth_registration"))
    return [Fact(label, fee), Fact(_("How to pay it"), fees.paid_elsewhere())]


def register_newborn(granted: Granted) -> None:
    answers, head = granted.answers, granted.applicant
    heads.refuse_dependent(head)
    other = other_parents(head).filter(pk=answers["other_parent"]).first()
    born_on = date.fromisoformat(answers["born_on"])
    if other is None or _birth_fault(head, other, born_on):
        raise NoLongerPossible
    father, mother = (head, other) if head.sex == Sex.MALE else (other, head)
    child = _entered(granted, father, born_on)
    DependencyLink.objects.create(head=head, dependent=child, relation=_CHILD[Sex(child.sex)], since=born_on)
    # The certificate bears the number of the hospital's notice: one notice registers one child.
    Document.objects.create(
        holder=child,
        kind=DocumentKind.BIRTH_CERTIFICATE,
        number=answers["notice_number"],
        issued_on=granted.on,
        details={"father": father.id_number, "mother": mother.id_number, "place": answers["place"]},
    )


def without_iqama(head: Person) -> QuerySet[Person]:
    """The head's children who were born here and have no iqama yet."""
    links = DependencyLink.objects.current().filter(head=head, relation__in=_CHILD.values())
    documents = Document.objects.filter(holder=OuterRef("pk"))
    is_born_here = Exists(documents.valid().filter(kind=DocumentKind.BIRTH_CERTIFICATE))
    has_iqama = Exists(documents.filter(kind=DocumentKind.IQAMA))
    children = Person.objects.living().filter(kind=Kind.RESIDENT, pk__in=links.values("dependent"))
    return children.filter(is_born_here, ~has_iqama).order_by("birth_date", "pk")


def has_child_without_iqama(person: Person) -> Finding:
    return Finding(
        without_iqama(person).exists(),
        gettext_lazy("A child of yours who was born here is registered and has no iqama yet"),
        gettext_lazy("The register has none. Register the birth first: Register a newborn."),
    )


def prefill_child(head: Person) -> dict[str, Any]:
    children = list(without_iqama(head)[:2])
    return {"child": children[0].pk} if len(children) == 1 else {}


def issue_iqama(granted: Granted) -> None:
    """The child's stay ends with the head's."""
    answers, until = granted.answers, granted.applicant.id_expires_on
    child = without_iqama(granted.applicant).filter(pk=answers["child"]).first()
    if child is None or until is None or until <= granted.on:
        raise NoLongerPossible
    Person.objects.filter(pk=child.pk).update(id_issued_on=granted.on, id_expires_on=until)
    passport_until = date.fromisoformat(answers["passport_expires_on"])
    papers.keep_passport(child, answers["passport_number"], until=passport_until)
    papers.keep_insurance(child, answers["insurance_number"], until=date.fromisoformat(answers["insurance_expires_on"]))
    papers.give_iqama(child, on=granted.on, until=until)


def _entered(granted: Granted, father: Person, born_on: date) -> Person:
    """A citizen's child is a citizen, any other one a resident of the father's nationality."""
    kind = Kind.CITIZEN if father.kind == Kind.CITIZEN else Kind.RESIDENT
    names = {name: granted.answers.get(name, "") for name in NAME_FIELDS}
    return Person.objects.create(
        id_number=new_number(kind),
        kind=kind,
        **names,
        sex=granted.answers["sex"],
        marital_status=MaritalStatus.SINGLE,
        birth_date=born_on,
        nationality=father.nationality,
        id_issued_on=granted.on,
        id_expires_on=granted.on + BEFORE_IQAMA if kind == Kind.RESIDENT else None,
    )


def _names_after(father: Person) -> dict[str, Any]:
    """As a child has them: the father's first name comes second, and his father's third."""
    names = {}
    for language in ("ar", "en"):
        names[f"father_name_{language}"] = getattr(father, f"first_name_{language}")
        names[f"grandfather_name_{language}"] = getattr(father, f"father_name_{language}")
        names[f"family_name_{language}"] = getattr(father, f"family_name_{language}")
    return names


def _missing_names(cleaned: dict[str, Any], father: Person | None) -> Faults:
    """A name has four parts (domain §6); a father whom the register knows by fewer has no more to give."""
    parts = _names_after(father) if father else {}
    missing = {name: part for name, part in parts.items() if part and cleaned.get(name) == ""}
    sentence = _("A name has four parts. The register has “%(part)s” of the father here: write it as in his passport.")
    return {name: sentence % {"part": part} for name, part in missing.items()}


def _birth_fault(head: Person, other: Person | None, born_on: date) -> str:
    parents = [head, other] if other else [head]
    if is_of_age(born_on, timezone.localdate()):
        return _(
            "Who is 18 or older cannot be registered here. Write to Civil Affairs, or bring the papers to an office."
        )
    if any(is_too_young_a_parent(parent.birth_date, born_on) for parent in parents):
        return _("One of the parents would have been younger than 12. Check the year and the calendar.")
    if other and _is_after_the_marriage(head, other, born_on):
        return _("This is too long after the marriage ended. Check the date, and who the other parent is.")
    return ""


def _is_after_the_marriage(head: Person, other: Person, born_on: date) -> bool:
    if other.sex == Sex.FEMALE and other.died_on and born_on > other.died_on:
        return True
    last = DependencyLink.objects.filter(head=head, dependent=other, relation__in=SPOUSES).order_by("pk").last()
    return bool(last and last.until and born_on > last.until + AFTER_MARRIAGE)


def _is_known(head: Person, notice_number: str) -> bool:
    """Of strangers' notices nothing is told; an officer finds out."""
    links = DependencyLink.objects.filter(head=head)
    certificates = Document.objects.filter(kind=DocumentKind.BIRTH_CERTIFICATE, number=notice_number)
    return certificates.filter(holder__in=links.values("dependent")).exists()


def _years_late(applicant: Person, born_on: date, on: date) -> int:
    """The years that have begun since the time for it was over."""
    until = birthday(born_on, CITIZENS_WITHIN_YEARS) if applicant.kind == Kind.CITIZEN else born_on + RESIDENTS_WITHIN
    years = 0
    while birthday(until, years) < on:
        years += 1
    return years
