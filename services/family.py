"""Who belongs to a household, and their documents: what a request can be about."""

from collections.abc import Iterable
from datetime import date

from django.db.models import OuterRef, Q, QuerySet, Subquery

from registry.models import SPOUSES, DependencyLink, Document, Life, Person, Relation

CHILDREN = (Relation.SON, Relation.DAUGHTER)
PARENTS = (Relation.FATHER, Relation.MOTHER)


def numbers_of_family(id_number: str) -> set[str]:
    """The person's own number, and those of all whom a link of the register ties to it, now or once: parents and children
    remain what they are, and so does what two people once were to each other. And of who depends on the same head now."""
    links, current = DependencyLink.objects.all(), DependencyLink.objects.current()
    heads = links.filter(dependent__id_number=id_number).values_list("head__id_number", flat=True)
    dependents = links.filter(head__id_number=id_number).values_list("dependent__id_number", flat=True)
    same_head = current.filter(head__in=current.filter(dependent__id_number=id_number).values("head"))
    return {id_number, *heads.union(dependents, same_head.values_list("dependent__id_number", flat=True))}


def household(head: Person) -> QuerySet[Person]:
    """The person, and who depends on them now."""
    dependents = DependencyLink.objects.current().filter(head=head).values("dependent")
    return Person.objects.filter(Q(pk=head.pk) | Q(pk__in=dependents)).order_by("pk")


def living_household(head: Person) -> QuerySet[Person]:
    """The person, and the living who depend on them now, each with the `relation` to the person, who has none."""
    links = DependencyLink.objects.current().filter(head=head, dependent=OuterRef("pk"))
    return household(head).filter(life=Life.ALIVE).annotate(relation=Subquery(links.values("relation")[:1]))


def members_of(head: Person, relations: tuple[str, ...] = ()) -> QuerySet[DependencyLink]:
    """The living who depend on the person now, of these relations or of any; the oldest first."""
    links = DependencyLink.objects.current().filter(head=head, dependent__life=Life.ALIVE)
    chosen = links.filter(relation__in=relations) if relations else links
    return chosen.select_related("dependent").order_by("dependent__birth_date", "pk")


def in_family_order(links: Iterable[DependencyLink]) -> list[DependencyLink]:
    """Wife or husband first, then the children, then the parents; of each the oldest first."""

    def place(link: DependencyLink) -> tuple[bool, bool, date]:
        return link.relation not in SPOUSES, link.relation not in CHILDREN, link.dependent.birth_date

    return sorted(links, key=place)


def documents_of_family(head: Person) -> QuerySet[Document]:
    """The valid ones."""
    return Document.objects.valid().filter(holder__in=household(head)).select_related("holder").order_by("pk")
