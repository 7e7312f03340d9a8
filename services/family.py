"""Who belongs to a household, and their documents: what a request can be about."""

from django.db.models import Q, QuerySet

from registry.models import DependencyLink, Document, Life, Person, Relation

SPOUSES = (Relation.HUSBAND, Relation.WIFE)


def household(head: Person) -> QuerySet[Person]:
    """The person, and who depends on them now."""
    dependents = DependencyLink.objects.current().filter(head=head).values("dependent")
    return Person.objects.filter(Q(pk=head.pk) | Q(pk__in=dependents)).order_by("pk")


def members_of(head: Person, relations: tuple[str, ...] = ()) -> QuerySet[DependencyLink]:
    """The living who depend on the person now, of these relations or of any; the oldest first."""
    links = DependencyLink.objects.current().filter(head=head, dependent__life=Life.ALIVE)
    chosen = links.filter(relation__in=relations) if relations else links
    return chosen.select_related("dependent").order_by("dependent__birth_date", "pk")


def documents_of_family(head: Person) -> QuerySet[Document]:
    """The valid ones."""
    return Document.objects.valid().filter(holder__in=household(head)).select_related("holder").order_by("pk")
