"""Who has come on a residence visa, with a border number, to join a resident's family: "Add a resident dependent" (domain §6).
The register knows them by a link to the head, or as holders of a visa that the head answers for: nobody else can be chosen."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.actions.identity import replace_number
from dependents import ages, heads, marrying, papers
from dependents.ages import (
    FINGERPRINT_FROM_YEARS,
    birthday,
    is_of_age,
    is_too_old_a_son,
    is_too_young_a_parent,
)
from dependents.judging import Faults
from registry.models import SPOUSES, WOMEN, DependencyLink, Document, DocumentStatus, Kind, Person, Relation, Sex
from registry.numbers import new_number
from services.effects import Granted, NoLongerPossible
from services.family import CHILDREN
from services.rules import Finding, Rule

AFTER_ENTRY_AT_MOST = timedelta(days=90)


def new_arrivals(head: Person) -> QuerySet[Person]:
    """Of the head's family, or sponsored by the head; their visas come along."""
    links, visas = DependencyLink.objects.current(), Document.objects.valid().visas()
    tied = {*links.filter(head=head).values_list("dependent", flat=True)}
    tied.update(visas.filter(sponsor=head).values_list("holder", flat=True))
    prefetched = Prefetch("documents", visas, to_attr="visas")
    return _of_nobody_else(head).filter(pk__in=tied).prefetch_related(prefetched).order_by("birth_date", "pk")


def who_came_to_stay(head: Person) -> QuerySet[Person]:
    """In the Kingdom with a residence visa; of the members of the head's family those who still need an iqama."""
    visas = Document.objects.valid().visas().filter(holder=OuterRef("pk"), details__purpose="residence")
    return _of_nobody_else(head).filter(Exists(visas), entered_on__isnull=False)


def _of_nobody_else(head: Person) -> QuerySet[Person]:
    """Still with a border number, and with nobody else's family."""
    with_others = Exists(DependencyLink.objects.current().filter(dependent=OuterRef("pk")).exclude(head=head))
    return Person.objects.living().filter(~with_others, kind=Kind.VISITOR)


@dataclass(frozen=True)
class Condition:
    """Of one arrival on a day; `fix` says what to do while it does not hold."""

    holds: Callable[[Any, date], bool]
    requirement: Promise
    fix: Promise


def _residence_visas(arrival: Any, on: date) -> list[Document]:
    in_force = [visa for visa in arrival.visas if visa.expires_on is None or visa.expires_on >= on]
    return [visa for visa in in_force if visa.details.get("purpose") == "residence"]


HAS_COME = Condition(
    lambda arrival, on: True,
    gettext_lazy("Somebody of your family has come with a border number"),
    gettext_lazy(
        "The register knows of nobody. If somebody has entered on a residence visa of yours, write to Passports."
    ),
)
HAS_RESIDENCE_VISA = Condition(
    lambda arrival, on: bool(_residence_visas(arrival, on)),
    gettext_lazy("Their visa is for residence, and valid"),
    gettext_lazy("A visit visa does not do. Ask for a residence visa for them; they enter once more with it."),
)
IS_INSIDE = Condition(
    lambda arrival, on: bool(arrival.entered_on and arrival.entered_on <= on),
    gettext_lazy("They are inside the Kingdom"),
    gettext_lazy("The register has no entry of theirs. If they are here, take their passports to a Passports office."),
)
IS_IN_TIME = Condition(
    lambda arrival, on: bool(arrival.entered_on and on <= arrival.entered_on + AFTER_ENTRY_AT_MOST),
    gettext_lazy("They entered at most 90 days ago"),
    gettext_lazy(
        "More than 90 days have passed since the entry. A Passports office says how to go on; take the passport along."
    ),
)
HAS_PAID = Condition(
    lambda arrival, on: any(visa.details.get("entry_fee_paid") for visa in _residence_visas(arrival, on)),
    gettext_lazy("The entry fee is paid"),
    gettext_lazy("The entry fee is not paid. Pay it through your bank, under government payments; then come back."),
)
HAS_FINGERPRINT = Condition(
    lambda arrival, on: arrival.fingerprint_on_file or on < birthday(arrival.birth_date, FINGERPRINT_FROM_YEARS),
    gettext_lazy("The fingerprint of whoever is 15 or older is on file"),
    gettext_lazy("The fingerprint is not on file. A self-service kiosk takes it, or an officer; then come back."),
)
_NOBODY_TO_JUDGE = gettext_lazy("It is looked at when the register knows of somebody who has come.")
CONDITIONS = (HAS_COME, HAS_RESIDENCE_VISA, IS_INSIDE, IS_IN_TIME, HAS_PAID, HAS_FINGERPRINT)


def _rule(condition: Condition) -> Rule:
    """Before anybody is chosen."""

    def rule(head: Person) -> Finding:
        today, arrivals = timezone.localdate(), list(new_arrivals(head))
        return _finding(condition, arrivals, [one for one in arrivals if not condition.holds(one, today)])

    return rule


def _finding(condition: Condition, arrivals: list[Person], lacking: list[Person]) -> Finding:
    """Judged where all who have come are alike; otherwise it names who lacks it."""
    if not arrivals and condition is not HAS_COME:
        return Finding(None, condition.requirement, _NOBODY_TO_JUDGE)
    if lacking and len(lacking) < len(arrivals):
        return Finding(None, condition.requirement, _lacked_by(lacking, condition.fix), is_partial=True)
    return Finding(bool(arrivals) and not lacking, condition.requirement, condition.fix)


def _lacked_by(people: list[Person], fix: Promise) -> str:
    names = pgettext("between names", ", ").join(person.name for person in people)
    return _("Not fulfilled for %(names)s: %(fix)s") % {"names": names, "fix": fix}


has_come, has_residence_visa, is_inside, is_in_time, has_paid, has_fingerprint = map(_rule, CONDITIONS)


def is_insured(head: Person) -> Finding:
    """The register has it from the request itself."""
    return Finding(
        None,
        gettext_lazy("Their medical insurance is valid"),
        gettext_lazy("The form asks for its number and its last day: have the insurance card at hand."),
    )


def is_young_enough(head: Person) -> Finding:
    return Finding(
        None,
        gettext_lazy("A son is not over 25"),
        gettext_lazy("It is looked at when you say who has come, and which relation it is."),
    )


def prefill(head: Person) -> dict[str, Any]:
    """The first one who can be added, with the relation that the register knows."""
    today = timezone.localdate()
    ready = (one for one in new_arrivals(head) if all(condition.holds(one, today) for condition in CONDITIONS))
    first = next(ready, None)
    if first is None:
        return {}
    link = _link(head, first)
    return {"arrival": first.pk} | ({"relation": link.relation} if link else {})


def known(answers: dict[str, Any], applicant: Person) -> dict[str, Any]:
    """The relation, where the register knows one."""
    links = DependencyLink.objects.current().filter(head=applicant, dependent=answers.get("arrival"))
    return {"relation": links.values_list("relation", flat=True).first()}


def judge(cleaned: dict[str, Any], applicant: Person) -> Faults:
    arrival, relation = cleaned.get("arrival"), cleaned.get("relation")
    return _faults(applicant, arrival, relation, on=timezone.localdate()) if arrival else {}


def needs_proof(answers: dict[str, Any], applicant: Person) -> bool:
    """Of a son or daughter."""
    if "arrival" not in answers or answers.get("relation") not in CHILDREN:
        return False
    arrival = Person.objects.filter(pk=answers["arrival"]).first()
    return arrival is not None and ages.needs_proof(arrival.birth_date, timezone.localdate())


def add(granted: Granted) -> None:
    """The visitor becomes a resident: the same person, whose links, papers and account go on under the iqama's number."""
    answers, head, on = granted.answers, granted.applicant, granted.on
    heads.refuse_dependent(head)
    # Of two families that add the same person at once, the second one sees the first.
    arrival = new_arrivals(head).filter(pk=answers["arrival"]).select_for_update().first()
    relation = Relation(answers["relation"])
    until = head.id_expires_on
    if arrival is None or until is None or until <= on or _faults(head, arrival, relation, on=on):
        raise NoLongerPossible
    _join(head, arrival, relation, on=on)
    _become_resident(arrival, on=on, until=until)
    papers.keep_insurance(
        arrival, answers["insurance_number"], until=date.fromisoformat(answers["insurance_expires_on"])
    )
    papers.give_iqama(arrival, on=on, until=until)


def _join(head: Person, arrival: Person, relation: Relation, *, on: date) -> None:
    if _link(head, arrival):
        return
    if relation in SPOUSES:
        marrying.marry(head, arrival, on=on)
    else:
        DependencyLink.objects.create(head=head, dependent=arrival, relation=relation, since=on)


def _become_resident(arrival: Person, *, on: date, until: date) -> None:
    border_number, arrival.id_number = arrival.id_number, new_number(Kind.RESIDENT)
    facts = {"id_number": arrival.id_number, "border_number": border_number, "id_issued_on": on, "id_expires_on": until}
    visitors = Person.objects.living().filter(pk=arrival.pk, kind=Kind.VISITOR, id_number=border_number)
    if not visitors.update(kind=Kind.RESIDENT, **facts):
        raise NoLongerPossible
    Document.objects.valid().visas().filter(holder=arrival).update(status=DocumentStatus.REPLACED)
    replace_number(border_number, arrival.id_number)


def _faults(head: Person, arrival: Person, relation: str | None, *, on: date) -> Faults:
    for condition in CONDITIONS:
        if not condition.holds(arrival, on):
            return {"arrival": str(condition.fix)}
    sentence = relation and _relation_fault(head, arrival, relation, on)
    return {"relation": sentence} if sentence else {}


def _relation_fault(head: Person, arrival: Person, relation: str, on: date) -> str:
    link = _link(head, arrival)
    if link and link.relation != relation:
        return _("The register has another relation: %(relation)s. Choose that one.") % {
            "relation": link.get_relation_display()
        }
    if arrival.sex != (Sex.FEMALE if relation in WOMEN else Sex.MALE):
        return _("This relation does not fit the person you chose.")
    if relation in SPOUSES:
        is_married = link or _may_be_married(head, arrival, on)
        return "" if is_married else _("The register does not allow this marriage. Write to Civil Affairs.")
    return _child_fault(head, arrival, relation, on)


def _may_be_married(head: Person, arrival: Person, on: date) -> bool:
    return (
        is_of_age(arrival.birth_date, on) and not marrying.may_marry(head).bars and marrying.is_possible(head, arrival)
    )


def _child_fault(head: Person, arrival: Person, relation: str, on: date) -> str:
    if is_too_young_a_parent(head.birth_date, arrival.birth_date):
        return _("You would have been younger than 12 at this person's birth. Choose the right relation.")
    if relation == Relation.SON and is_too_old_a_son(arrival.birth_date, on):
        return _("A son over 25 cannot depend on his parents any more: he needs a sponsor of his own.")
    return ""


def _link(head: Person, arrival: Person) -> DependencyLink | None:
    return DependencyLink.objects.current().filter(head=head, dependent=arrival).first()
