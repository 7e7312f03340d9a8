from collections.abc import Callable

import pytest

from registry.models import DependencyLink, Person, Relation
from tests.cast import luhn_number


@pytest.fixture
def wife(person: Person, make_person: Callable[..., Person]) -> Person:
    spouse = make_person(luhn_number("200003002"), first_name_en="Rana", sex="female", birth_date="1990-09-02")
    DependencyLink.objects.create(head=person, dependent=spouse, relation=Relation.WIFE, since="2012-01-01")
    return spouse


@pytest.fixture
def woman(make_person: Callable[..., Person]) -> Person:
    """In the register, with nobody."""
    return make_person(luhn_number("200003003"), first_name_en="Huda", sex="female", birth_date="1992-02-10")


@pytest.fixture
def link() -> Callable[..., DependencyLink]:
    def make(head: Person, dependent: Person, relation: Relation, **facts: object) -> DependencyLink:
        return DependencyLink.objects.create(head=head, dependent=dependent, relation=relation, **facts)

    return make
