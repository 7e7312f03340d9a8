from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from registry.models import DependencyLink, Person, Relation
from tests.cast import luhn_number, sign_in


@pytest.fixture
def applicant(activated: User, browser: Client) -> Client:
    return sign_in(browser, activated)


@pytest.fixture
def daughter(person: Person, make_person: Callable[..., Person]) -> DependencyLink:
    child = make_person(luhn_number("200003001"), first_name_en="Lama", birth_date="2015-01-01")
    return DependencyLink.objects.create(head=person, dependent=child, relation=Relation.DAUGHTER, since="2020-01-01")
