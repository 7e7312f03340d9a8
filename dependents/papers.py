"""Papers of somebody who joins a family, written into the register."""

from datetime import date

from registry.models import Document, DocumentKind, DocumentStatus, Person


def give_iqama(person: Person, *, on: date, until: date) -> None:
    """It bears the person's number."""
    Document.objects.create(
        holder=person, kind=DocumentKind.IQAMA, number=person.id_number, issued_on=on, expires_on=until
    )


def keep_insurance(person: Person, number: str, *, until: date) -> None:
    """In place of what the register had under the same number. Several members of a family may have one."""
    known = Document.objects.valid().filter(holder=person, kind=DocumentKind.INSURANCE, number=number)
    known.update(status=DocumentStatus.REPLACED)
    Document.objects.create(holder=person, kind=DocumentKind.INSURANCE, number=number, expires_on=until)


def keep_passport(person: Person, number: str, *, until: date) -> None:
    """In place of the one that the register had."""
    Document.objects.valid().passports().filter(holder=person).update(status=DocumentStatus.REPLACED)
    Document.objects.create(
        holder=person, kind=DocumentKind.PASSPORT, number=number, issued_by=person.nationality, expires_on=until
    )
