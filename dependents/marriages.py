"""The marital status of two people follows what becomes of their marriage."""

from django.db.models import Q, QuerySet

from registry.models import DependencyLink, Life, MaritalStatus, Person


def of(person: Person) -> QuerySet[DependencyLink]:
    """Those that last; one that was separated and shares a household again stands once."""
    return DependencyLink.objects.marriages().filter(Q(head=person) | Q(dependent=person))


def spouses_of(person: Person) -> QuerySet[Person]:
    """The living to whom the person is married, by a link of the register."""
    links = of(person)
    others = Q(pk__in=links.values("dependent")) | Q(pk__in=links.values("head"))
    return Person.objects.filter(others, life=Life.ALIVE).exclude(pk=person.pk).order_by("pk")


def apart(person: Person) -> QuerySet[DependencyLink]:
    """Marriages that go on without a household."""
    return of(person).filter(until__isnull=False)


def married(link: DependencyLink) -> None:
    """Both are, whatever they were before, and share a household, whatever they did before."""
    apart(link.head).filter(Q(head=link.dependent) | Q(dependent=link.dependent)).update(marriage_goes_on=False)
    Person.objects.filter(pk__in=(link.head_id, link.dependent_id)).update(marital_status=MaritalStatus.MARRIED)


def divorced(link: DependencyLink) -> None:
    """Both are divorced, unless another marriage of theirs goes on; the link has ended."""
    for person in (link.head, link.dependent):
        _left_alone(person, MaritalStatus.DIVORCED)


def widowed(survivors: list[Person]) -> None:
    """As `spouses_of` named them before the death; the links have ended."""
    for person in survivors:
        _left_alone(person, MaritalStatus.WIDOWED)


def _left_alone(person: Person, status: MaritalStatus) -> None:
    is_married = spouses_of(person).exists()
    Person.objects.living().filter(pk=person.pk).update(marital_status=MaritalStatus.MARRIED if is_married else status)
