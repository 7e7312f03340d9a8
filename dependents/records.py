"""The family record: a document that says who belonged to a household on the day it was issued."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from dependents.judging import Faults
from registry.models import DependencyLink, Document, DocumentKind, DocumentStatus, Person, Relation
from registry.names import country_name
from services.effects import Granted, NoLongerPossible
from services.family import in_family_order, members_of

FIRST = "first"


def judge(cleaned: dict[str, Any], applicant: Person) -> Faults:
    """A first record is for whoever has none, and the others replace one."""
    purpose, current = cleaned.get("purpose"), record_of(applicant)
    if purpose == FIRST and current:
        facts = {"number": current.number}
        return {"purpose": _("You have a valid family record, number %(number)s. Choose why you need another.") % facts}
    return {}


def issue(granted: Granted) -> None:
    """Under the number of its request. The one before is replaced."""
    links = in_family_order(members_of(granted.applicant))
    if not links:
        raise NoLongerPossible
    records = Document.objects.family_records().filter(holder=granted.applicant)
    records.valid().update(status=DocumentStatus.REPLACED)
    Document.objects.create(
        holder=granted.applicant,
        kind=DocumentKind.FAMILY_RECORD,
        number=granted.number,
        issued_on=granted.on,
        details={"head": _entry(granted.applicant), "members": [_member(link) for link in links]},
    )


def record_of(head: Person) -> Document | None:
    """The valid one."""
    return Document.objects.family_records().valid().filter(holder=head).first()


def is_outdated(record: Document, head: Person) -> bool:
    """Whether somebody has come or gone, or what it says of somebody was amended, since it was issued."""
    entries = [_entry(head), *map(_member, in_family_order(members_of(head)))]
    return entries != [record.details["head"], *record.details["members"]]


@dataclass(frozen=True)
class Entry:
    """Somebody in a family record, as it was issued."""

    relation: str
    name_ar: str
    name_en: str
    id_number: str
    birth_date: date
    nationality: str

    @property
    def relation_name(self) -> str:
        return str(Relation(self.relation).label if self.relation else _("Head of household"))

    @property
    def nationality_name(self) -> str:
        return country_name(self.nationality)


def entries(record: Document) -> list[Entry]:
    """The head first."""
    kept = [{"relation": ""} | record.details["head"], *record.details["members"]]
    return [Entry(**one | {"birth_date": date.fromisoformat(one["birth_date"])}) for one in kept]


def _member(link: DependencyLink) -> dict[str, str]:
    return _entry(link.dependent) | {"relation": link.relation}


def _entry(person: Person) -> dict[str, str]:
    return {
        "id_number": person.id_number,
        "name_ar": person.name_ar,
        "name_en": person.name_en,
        "birth_date": person.birth_date.isoformat(),
        "nationality": person.nationality,
    }
