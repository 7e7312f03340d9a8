"""What speaks against a date of birth: what else the register knows of the person, and of their parents and children."""

from collections.abc import Iterator
from datetime import date

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core.hijri import in_both_calendars
from dependents.ages import is_too_young_a_parent
from registry.models import DependencyLink, Document, Person
from services.family import CHILDREN, PARENTS


def contradiction(person: Person, born: date) -> str:
    """A sentence that names the first thing that cannot be true together with this date; empty when there is none."""
    return next(_contradictions(person, born), "")


def _contradictions(person: Person, born: date) -> Iterator[str]:
    if person.died_on and person.died_on < born:
        yield _("The register says this person died on %(day)s, before this date.") % _day(person.died_on)
    if person.entered_on and person.entered_on < born:
        yield _("The register says this person entered the Kingdom on %(day)s, before this date.") % _day(
            person.entered_on
        )
    if person.id_issued_on and person.id_issued_on < born:
        yield _("The identity was issued on %(day)s, before this date.") % _day(person.id_issued_on)
    for link in _links(person):
        yield from _of_link(link, person, born)
    earliest = _papers(person).order_by("issued_on").first()
    if earliest and earliest.issued_on and earliest.issued_on < born:
        facts = {"document": earliest} | _day(earliest.issued_on)
        yield _("%(document)s was issued on %(day)s, before this date.") % facts


def _of_link(link: DependencyLink, person: Person, born: date) -> Iterator[str]:
    if link.since and link.since < born:
        yield _("The register says this person belongs to the household since %(day)s, before this date.") % _day(
            link.since
        )
    if link.relation not in (*CHILDREN, *PARENTS):
        return
    parent, child = (link.head, link.dependent) if link.relation in CHILDREN else (link.dependent, link.head)
    other = child if parent == person else parent
    parent_born, child_born = (born, other.birth_date) if parent == person else (other.birth_date, born)
    if is_too_young_a_parent(parent_born, child_born):
        facts = {"name": other.name} | _day(other.birth_date)
        yield (
            _("A parent is at least twelve years older than a child, and %(name)s was born on %(day)s. Check the year.")
            % facts
        )


def _links(person: Person) -> list[DependencyLink]:
    """Also those that have ended: a child remains one."""
    either = DependencyLink.objects.filter(Q(head=person) | Q(dependent=person))
    return list(either.select_related("head", "dependent").order_by("pk"))


def _papers(person: Person) -> QuerySet[Document]:
    return Document.objects.valid().filter(holder=person, issued_on__isnull=False)


def _day(day: date) -> dict[str, object]:
    return {"day": in_both_calendars(day)}
