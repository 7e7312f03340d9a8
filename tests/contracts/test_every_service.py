"""What every entry of the catalogue promises."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import override

from registry.models import Kind, Person
from services import catalogue, rules
from services.catalogue import Service
from services.facts import Section
from services.forms import RequestForm
from tests.cast import luhn_number

NUMBERS = {
    Kind.CITIZEN: luhn_number("105550000"),
    Kind.RESIDENT: luhn_number("205550000"),
    Kind.VISITOR: "3055500001",
    Kind.GCC: "4055500001",
}
NATIONALITIES = {Kind.CITIZEN: "SAU", Kind.RESIDENT: "JOR", Kind.VISITOR: "JOR", Kind.GCC: "KWT"}


@pytest.fixture(params=catalogue.services().values(), ids=lambda service: service.slug)
def service(request: pytest.FixtureRequest) -> Service:
    found: Service = request.param
    return found


@pytest.mark.parametrize("language", ["ar", "en"])
def test_it_has_its_texts_in_both_languages(service: Service, language: str) -> None:
    with override(language):
        texts = [str(service.title), str(service.summary)]
    assert [any("\u0600" <= letter <= "\u06ff" for letter in text) for text in texts] == [language == "ar"] * 2


def test_it_belongs_to_a_department_and_to_somebody(service: Service) -> None:
    assert service.department in catalogue.DEPARTMENTS
    assert service.audience and set(service.audience) <= set(Kind.values)


def test_it_has_its_place_in_the_centre(service: Service) -> None:
    assert service.group in catalogue.GROUPS and bool(service.group) == service.is_request


def test_it_answers_each_kind_of_person_it_is_for(service: Service, make_person: Callable[..., Person]) -> None:
    for kind in service.audience:
        person = make_person(NUMBERS[Kind(kind)], kind=kind, nationality=NATIONALITIES[Kind(kind)])
        if service.is_request:
            assert RequestForm(service=service, person=person).fields
            assert all(finding.requirement and finding.fix for finding in rules.findings(service, person))
            continue
        if service.own_page:
            assert reverse(service.own_page)
            continue
        sections = service.read()(person)
        assert all(isinstance(section, Section) and section.heading for section in sections)


@pytest.mark.parametrize("language", ["ar", "en"])
def test_what_it_asks_and_checks_is_written_in_both_languages(service: Service, language: str) -> None:
    texts = [
        text for entry in service.fields for text in (entry.label, entry.help, *dict(entry.choices).values()) if text
    ]
    with override(language):
        said = [str(text) for text in (*texts, *service.checks)]
    assert [any("\u0600" <= letter <= "\u06ff" for letter in text) for text in said] == [language == "ar"] * len(said)


def test_what_it_names_exists(service: Service) -> None:
    functions = (service.effect, service.judge, service.prefill, service.costs, service.consequences)
    named = (*functions, *(one.of for one in service.fields), *(one.needed for one in service.documents))
    assert all(callable(import_string(path)) for path in named if path)
