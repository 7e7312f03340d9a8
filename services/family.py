"""Who belongs to a household, and their documents: what a request can be about."""

from django.db.models import Q, QuerySet

from registry.models import DependencyLink, Document, Person


def household(head: Person) -> QuerySet[Person]:
    """The person, and who depends on them now."""
    dependents = DependencyLink.objects.current().filter(head=head).values("dependent")
    return Person.objects.filter(Q(pk=head.pk) | Q(pk__in=dependents)).order_by("pk")


def documents_of_family(head: Person) -> QuerySet[Document]:
    """The valid ones."""
    return Document.objects.valid().filter(holder__in=household(head)).select_related("holder").order_by("pk")
