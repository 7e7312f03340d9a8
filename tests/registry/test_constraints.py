"""The database guards the facts of the register, and says so in sentences for people (habit 4)."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import override

from registry.models import DependencyLink, Document, DocumentKind, DocumentStatus, Life, Person, Relation
from tests.cast import luhn_number

pytestmark = pytest.mark.django_db

MakePerson = Callable[..., Person]
HEAD, WIFE, CHILD = "2000000006", "2000000105", "2000000204"


@pytest.fixture
def family(make_person: MakePerson) -> tuple[Person, Person, Person]:
    return make_person(HEAD), make_person(WIFE, sex="female"), make_person(CHILD, birth_date="2014-05-11")


# The constraint, the facts of a person that break it, and what people are told.
PERSONS: list[tuple[str, dict[str, Any], str]] = [
    (
        "an_id_number_has_ten_digits",
        {"id_number": "200000000"},
        "The number has ten digits. Check it against the document.",
    ),
    (
        "an_id_number_has_ten_digits",
        {"id_number": "٢٠٠٠٠٠٠٠٠٦"},
        "The number has ten digits. Check it against the document.",
    ),
    (
        "the_first_digit_tells_the_kind",
        {"kind": "visitor"},
        "A citizen's number starts with 1, a resident's with 2, a visitor's or GCC citizen's with 3 to 6.",
    ),
    ("the_first_digit_tells_the_kind", {"kind": "tourist"}, "A citizen's number starts with 1"),
    (
        "a_former_border_number_is_a_residents",
        {"border_number": "2000000006"},
        "A former border number has ten digits, and its holder is a resident now.",
    ),
    (
        "a_former_border_number_is_a_residents",
        {"id_number": "3000000004", "kind": "visitor", "border_number": "3000000103"},
        "A former border number has ten digits, and its holder is a resident now.",
    ),
    (
        "a_person_has_a_name_in_both_languages",
        {"first_name_ar": ""},
        "Type the name in Arabic and in English.",
    ),
    (
        "a_person_has_a_name_in_both_languages",
        {"first_name_en": ""},
        "Type the name in Arabic and in English.",
    ),
    ("the_sex_is_male_or_female", {"sex": "x"}, ""),
    ("a_marital_status_is_a_known_one_or_unknown", {"marital_status": "engaged"}, ""),
    (
        "a_nationality_is_three_capitals",
        {"nationality": "jor"},
        "A nationality is three capital letters, for example SAU.",
    ),
    (
        "citizens_and_only_they_are_saudi",
        {"nationality": "SAU"},
        "Citizens have the nationality SAU, and nobody else has.",
    ),
    (
        "citizens_and_only_they_are_saudi",
        {"id_number": "1000000008", "kind": "citizen"},
        "Citizens have the nationality SAU, and nobody else has.",
    ),
    (
        "a_gcc_citizen_is_of_another_gcc_state",
        {"id_number": "3000000004", "kind": "gcc"},
        "A GCC citizen's nationality is ARE, BHR, KWT, OMN or QAT.",
    ),
    (
        "residents_and_visitors_stay_until_a_date",
        {"id_expires_on": None},
        "The iqama or border number of a resident or visitor has an expiry date.",
    ),
    (
        "an_id_expires_after_it_was_issued",
        {"id_issued_on": "2029-01-31"},
        "The expiry date lies after the date of issue.",
    ),
    (
        "nobody_enters_before_birth",
        {"entered_on": "1988-04-16"},
        "The date of entry does not lie before the date of birth.",
    ),
    (
        "a_fingerprint_date_needs_a_fingerprint",
        {"fingerprint_on": "2026-01-01", "fingerprint_on_file": False},
        "A date needs a fingerprint on file.",
    ),
    (
        "the_deceased_and_only_they_have_a_date_of_death",
        {"life": Life.DECEASED},
        "A deceased person has a date of death, and nobody else has.",
    ),
    (
        "the_deceased_and_only_they_have_a_date_of_death",
        {"died_on": "2026-01-01"},
        "A deceased person has a date of death, and nobody else has.",
    ),
    (
        "the_deceased_and_only_they_have_a_date_of_death",
        {"life": "undead"},
        "A deceased person has a date of death",
    ),
    (
        "nobody_dies_before_birth",
        {"life": Life.DECEASED, "died_on": "1988-04-16"},
        "The date of death does not lie before the date of birth.",
    ),
]
DOCUMENTS: list[tuple[str, dict[str, Any], str]] = [
    ("a_document_has_a_number", {"number": ""}, "Type the number of the document."),
    (
        "an_issuing_state_is_three_capitals",
        {"issued_by": "sau"},
        "A state is three capital letters, for example SAU.",
    ),
    ("a_document_is_of_a_known_kind_and_status", {"kind": "ticket"}, ""),
    ("a_document_is_of_a_known_kind_and_status", {"status": "eaten"}, ""),
    ("a_passport_expires", {"expires_on": None}, "A passport has an expiry date."),
    (
        "a_document_expires_after_it_was_issued",
        {"issued_on": "2032-06-30"},
        "The expiry date lies after the date of issue.",
    ),
]


def _refused_by(write: Callable[[], Any]) -> str:
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        write()
    return str(refusal.value)


def _sentences(row: models.Model) -> str:
    with override("en"), pytest.raises(ValidationError) as refusal:
        row.validate_constraints()
    return " ".join(refusal.value.messages)


def _passport(holder: Person, **facts: Any) -> Document:
    known = {"kind": "passport", "number": "N0000101", "issued_by": "JOR", "expires_on": "2032-06-30"}
    return Document(**(known | {"holder": holder} | facts))


@pytest.mark.parametrize(("constraint", "facts", "sentence"), PERSONS)
def test_the_database_refuses_a_person(person: Person, constraint: str, facts: dict[str, Any], sentence: str) -> None:
    wrong = Person.objects.filter(pk=person.pk)
    assert constraint in _refused_by(lambda: wrong.update(**facts))
    for name, value in facts.items():
        setattr(person, name, value)
    if sentence:
        assert sentence in _sentences(person)


@pytest.mark.parametrize(("constraint", "facts", "sentence"), DOCUMENTS)
def test_the_database_refuses_a_document(person: Person, constraint: str, facts: dict[str, Any], sentence: str) -> None:
    wrong = _passport(person, **facts)
    assert constraint in _refused_by(wrong.save)
    if sentence:
        assert sentence in _sentences(wrong)


def test_a_number_belongs_to_one_person(person: Person, make_person: MakePerson) -> None:
    _refused_by(lambda: make_person(HEAD))
    twin = Person.objects.get(pk=person.pk)
    twin.pk, twin._state.adding = None, True
    assert _sentences(twin) == "Somebody else in the register has this number."


def test_a_valid_document_number_is_given_once(make_person: MakePerson) -> None:
    _passport(make_person(HEAD)).save()
    second = _passport(make_person(WIFE))
    _refused_by(second.save)
    assert _sentences(second) == "Another valid document has this number."
    second.issued_by = "SYR"
    second.save()


def test_a_family_is_insured_under_one_number_and_each_member_once(make_person: MakePerson) -> None:
    def insured(holder: Person) -> Document:
        return Document(holder=holder, kind=DocumentKind.INSURANCE, number="TW771204")

    head = make_person(HEAD)
    insured(head).save()
    insured(make_person(WIFE)).save()
    again = insured(head)
    _refused_by(again.save)
    assert _sentences(again) == "This person is insured under this number already."


def test_a_person_has_one_valid_passport(person: Person) -> None:
    first = _passport(person)
    first.save()
    second = _passport(person, number="N0000999")
    _refused_by(second.save)
    assert _sentences(second) == "This person already has a valid passport."
    Document.objects.update(status=DocumentStatus.REPLACED)
    second.save()
    assert [passport.number for passport in Document.objects.passports().valid()] == ["N0000999"]


def test_a_person_has_one_valid_family_record(person: Person) -> None:
    Document.objects.create(holder=person, kind=DocumentKind.FAMILY_RECORD, number="2600000001")
    second = Document(holder=person, kind=DocumentKind.FAMILY_RECORD, number="2600000002")
    _refused_by(second.save)
    assert _sentences(second) == "This person already has a valid family record."
    Document.objects.update(status=DocumentStatus.REPLACED)
    second.save()


def test_a_person_may_have_other_documents_besides(person: Person) -> None:
    for kind in ("iqama", "driving_licence", "birth_certificate"):
        Document.objects.create(holder=person, kind=kind, number="77")
    assert Document.objects.count() == 3


def test_nobody_depends_on_oneself(person: Person) -> None:
    link = DependencyLink(head=person, dependent=person, relation=Relation.SON)
    _refused_by(link.save)
    assert "Nobody is a dependent of their own." in _sentences(link)


def test_a_dependent_has_one_head_at_a_time(family: tuple[Person, Person, Person]) -> None:
    father, mother, child = family
    first = DependencyLink.objects.create(head=father, dependent=child, relation=Relation.SON)
    second = DependencyLink(head=mother, dependent=child, relation=Relation.SON)
    _refused_by(second.save)
    assert _sentences(second) == "This person already has a head of household."
    DependencyLink.objects.filter(pk=first.pk).update(until="2026-01-01")
    second.save()
    assert [link.head for link in DependencyLink.objects.current()] == [mother]


def test_two_people_are_linked_once_whichever_of_them_is_the_head(
    family: tuple[Person, Person, Person],
) -> None:
    husband, wife, _child = family
    DependencyLink.objects.create(head=husband, dependent=wife, relation=Relation.WIFE)
    back = DependencyLink(head=wife, dependent=husband, relation=Relation.HUSBAND)
    assert "two_people_are_linked_once_at_a_time" in _refused_by(back.save)
    assert _sentences(back) == "These two are already linked."


def test_a_border_number_belonged_to_one_person(family: tuple[Person, Person, Person]) -> None:
    father, mother, _child = family
    Person.objects.filter(pk=father.pk).update(border_number="3000000103")
    mother.border_number = "3000000103"
    assert re.search("a_border_number_belonged_to_one_person|registry_person.border_number", _refused_by(mother.save))
    assert _sentences(mother) == "Somebody else in the register entered with this border number."


def test_the_relation_is_a_known_one(family: tuple[Person, Person, Person]) -> None:
    father, _mother, child = family
    link = DependencyLink(head=father, dependent=child, relation="cousin")
    assert "the_relation_is_a_known_one" in _refused_by(link.save)


def test_a_link_ends_after_it_began(family: tuple[Person, Person, Person]) -> None:
    father, _mother, child = family
    link = DependencyLink(head=father, dependent=child, relation="son", since="2026-01-02", until="2026-01-01")
    assert "a_link_ends_after_it_began" in _refused_by(link.save)
    assert _sentences(link) == "The link does not end before it began."


@pytest.mark.parametrize(("relation", "until"), [("son", "2026-01-01"), ("wife", None)])
def test_only_a_marriage_goes_on_after_its_household(
    relation: str, until: str | None, family: tuple[Person, Person, Person]
) -> None:
    father, mother, child = family
    dependent = mother if relation == "wife" else child
    link = DependencyLink(head=father, dependent=dependent, relation=relation, until=until, marriage_goes_on=True)
    assert "only_a_marriage_goes_on_after_its_household" in _refused_by(link.save)


def test_a_person_with_documents_or_family_cannot_be_removed(family: tuple[Person, Person, Person]) -> None:
    father, mother, child = family
    DependencyLink.objects.create(head=father, dependent=child, relation=Relation.SON)
    _passport(mother).save()
    for protected in family:
        with pytest.raises(models.ProtectedError):
            protected.delete()


def test_every_constraint_of_the_register_has_a_test_here() -> None:
    names = {c.name for model in (Person, DependencyLink, Document) for c in model._meta.constraints}
    tested = {constraint for constraint, _facts, _sentence in PERSONS + DOCUMENTS}
    by_hand = {
        "a_number_belongs_to_one_person",
        "a_border_number_belonged_to_one_person",
        "a_valid_document_number_is_given_once",
        "a_person_is_insured_once_under_a_number",
        "a_person_has_one_valid_passport",
        "a_person_has_one_valid_family_record",
        "nobody_depends_on_oneself",
        "a_dependent_has_one_head_at_a_time",
        "two_people_are_linked_once_at_a_time",
        "the_relation_is_a_known_one",
        "a_link_ends_after_it_began",
        "only_a_marriage_goes_on_after_its_household",
    }
    assert names == tested | by_hand


def test_every_kind_of_person_can_stand_in_the_register(make_person: MakePerson) -> None:
    make_person("1000000008", nationality="SAU", id_expires_on=None)
    make_person("2000000006")
    make_person("3000000004", kind="visitor")
    for first_digit, nationality in zip("3456", ("ARE", "BHR", "OMN", "QAT"), strict=True):
        make_person(luhn_number(f"{first_digit}99999999"), kind="gcc", nationality=nationality, id_expires_on=None)
    assert Person.objects.count() == 7
