"""Corrections of what the register holds about the applicant or a family member: what is wrong about an answer, and what an
approved one writes. A judge (dependents.judging says what it is) and its effect look at the same facts."""

from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from dependents import birth_dates, marriages
from dependents.ages import is_of_age
from dependents.judging import Faults
from registry.models import NAME_FIELDS, MaritalStatus, Person
from services.effects import Granted, NoLongerPossible
from services.family import household


def judge_name(cleaned: dict[str, Any], applicant: Person) -> Faults:
    typed = {name: cleaned[name] for name in NAME_FIELDS if cleaned.get(name)}
    if not typed:
        # Parts with a sentence of their own are not in what was cleaned.
        is_whole = all(name in cleaned for name in NAME_FIELDS)
        return {NAME_FIELDS[0]: _("Write at least one part of the name that changes.")} if is_whole else {}
    if (person := cleaned.get("person")) and not _changed(person, typed):
        first = next(iter(typed))
        return {first: _("The register holds this name already. Write only what is to be different.")}
    return {}


def amend_name(granted: Granted) -> None:
    """The parts that were written; what was left empty stays."""
    person = _subject(granted)
    changed = _changed(person, {name: granted.answers.get(name) or "" for name in NAME_FIELDS})
    if not changed:
        raise NoLongerPossible
    for name, part in changed.items():
        setattr(person, name, part)
    person.save(update_fields=[*changed, "name_key"])


def judge_birth_date(cleaned: dict[str, Any], applicant: Person) -> Faults:
    person, born = cleaned.get("person"), cleaned.get("birth_date")
    if not (person and born):
        return {}
    if born == person.birth_date:
        return {"birth_date": _("The register holds this date already. Write the one in the birth certificate.")}
    sentence = birth_dates.contradiction(person, born)
    return {"birth_date": sentence} if sentence else {}


def correct_birth_date(granted: Granted) -> None:
    person, born = _subject(granted), date.fromisoformat(granted.answers["birth_date"])
    if born == person.birth_date or birth_dates.contradiction(person, born):
        raise NoLongerPossible
    person.birth_date = born
    person.save(update_fields=["birth_date"])


def judge_marital_status(cleaned: dict[str, Any], applicant: Person) -> Faults:
    person, status, since = cleaned.get("person"), cleaned.get("marital_status"), cleaned.get("since")
    faults = {}
    if person and status and (sentence := _against(person, status)):
        faults["marital_status"] = sentence
    if "since" in cleaned and status and status != MaritalStatus.SINGLE and not since:
        faults["since"] = _("Type the day: it stands in the contract, the deed or the death certificate.")
    if person and since and since < person.birth_date:
        faults["since"] = _("This day lies before the birth of the person you chose. Check the year and the calendar.")
    return faults


def amend_marital_status(granted: Granted) -> None:
    person, status = _subject(granted), granted.answers["marital_status"]
    if _against(person, status):
        raise NoLongerPossible
    if status != MaritalStatus.MARRIED:
        marriages.apart(person).update(marriage_goes_on=False)
    person.marital_status = status
    person.save(update_fields=["marital_status"])


def _against(person: Person, status: str) -> str:
    """What the register holds against this status, as a sentence; empty when it holds nothing."""
    if status == person.marital_status:
        return _("The register holds this status already.")
    if status == MaritalStatus.SINGLE:
        return _still_married(person)
    if not is_of_age(person.birth_date, timezone.localdate()):
        return _(
            "This person is not 18 yet. Before that age a court decides: bring its decision to a Civil Affairs branch."
        )
    return "" if status == MaritalStatus.MARRIED else _still_married(person)


def _still_married(person: Person) -> str:
    """In a household, where a divorce is registered. The end of any other marriage is proven here."""
    link = marriages.of(person).filter(until=None).select_related("head", "dependent").first()
    if link is None:
        return ""
    spouse = link.dependent if link.head_id == person.pk else link.head
    return _("The register holds %(name)s as wife or husband. Register the divorce or the death first.") % {
        "name": spouse.name
    }


def _changed(person: Person, parts: dict[str, str]) -> dict[str, str]:
    return {name: part for name, part in parts.items() if part and part != getattr(person, name)}


def _subject(granted: Granted) -> Person:
    """Still living, and still of the applicant's household; nobody else changes the row before the decision is made."""
    of_household = household(granted.applicant).values("pk")
    living = Person.objects.living().filter(pk=granted.answers["person"], pk__in=of_household)
    person = living.select_for_update().first()
    if person is None:
        raise NoLongerPossible
    return person
