"""A household, and requests that are about it."""

from collections.abc import Callable, Iterator
from datetime import date
from itertools import count
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override

from accounts.models import User
from registry.models import DependencyLink, Person, Relation, Sex
from services.models import ServiceRequest
from tests.asking import REASON, asked
from tests.cast import luhn_number, sign_in
from tests.decided import approve

_WOMEN = (Relation.WIFE, Relation.DAUGHTER, Relation.MOTHER, Relation.MOTHER_IN_LAW)


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """What is judged without a page."""
    with override("en"):
        yield


@pytest.fixture
def belong(person: Person, make_person: Callable[..., Person]) -> Callable[..., DependencyLink]:
    """Somebody new who belongs to the household of `person`; `since` is that of the link."""
    numbers = count(1)

    def make(relation: Relation, since: date | str | None = None, **facts: Any) -> DependencyLink:
        known = {"sex": Sex.FEMALE if relation in _WOMEN else Sex.MALE, "birth_date": date(2015, 1, 1)}
        number = facts.pop("id_number", luhn_number(f"2000071{next(numbers):02d}"))
        member = make_person(number, **(known | facts))
        return DependencyLink.objects.create(head=person, dependent=member, relation=relation, since=since)

    return make


@pytest.fixture
def wife(belong: Callable[..., DependencyLink]) -> DependencyLink:
    return belong(Relation.WIFE, first_name_ar="رنا", first_name_en="Rana", birth_date=date(1990, 9, 2))


@pytest.fixture
def daughter(belong: Callable[..., DependencyLink]) -> DependencyLink:
    return belong(Relation.DAUGHTER, since="2020-01-01", first_name_ar="لمى", first_name_en="Lama")


@pytest.fixture
def applicant(activated: User, browser: Client) -> Client:
    return sign_in(browser, activated)


@pytest.fixture
def ask(activated: User, officer: User) -> Callable[..., ServiceRequest]:
    """A request as it was submitted, with an officer."""

    def make(slug: str, **answers: Any) -> ServiceRequest:
        return asked(activated, slug, officer, **answers)

    return make


@pytest.fixture
def grant(ask: Callable[..., ServiceRequest], officer: User, second_officer: User) -> Callable[..., ServiceRequest]:
    def make(slug: str, **answers: Any) -> ServiceRequest:
        request = ask(slug, **answers)
        approve(request, officer, second_officer, text=REASON)
        return request

    return make
