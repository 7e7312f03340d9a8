"""A person by the exact ID number: asked on nearly every page."""

from core.prepared import Given, Select
from registry.models import Person

_NUMBERED = Select(Person.objects.filter(id_number=Given("id_number")))


def find(id_number: str) -> Person | None:
    return _NUMBERED.first(id_number=id_number)


def person_of(id_number: str) -> Person:
    """Raises Person.DoesNotExist."""
    person = find(id_number)
    if person is None:
        raise Person.DoesNotExist
    return person
