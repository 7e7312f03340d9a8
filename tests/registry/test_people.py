"""People of the register: their names, how they are found, and what is recorded of them."""

from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection
from django.utils.translation import override
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from core.text import name_key
from registry.actions import record_fingerprint
from registry.models import Document, DocumentStatus, Life, Person
from registry.names import NameParts, country_name, folded_names, split_name
from tests.cast import RESIDENT_NUMBER, STRANGER_NUMBER

MakePerson = Callable[..., Person]

_words = st.text(alphabet="abcdefghijكلمنوه", min_size=1, max_size=12)


# --- Names in parts -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Suryani", NameParts("Suryani")),
        ("Li Na", NameParts("Li", family="Na")),
        ("Bimal Bahadur Thapa", NameParts("Bimal", "Bahadur", family="Thapa")),
        ("Samer Nabil Hasan Alomari", NameParts("Samer", "Nabil", "Hasan", "Alomari")),
        ("Venkata Subrahmanya Lakshminarayana Ramakrishnan Iyer",
         NameParts("Venkata", "Subrahmanya", "Lakshminarayana", "Ramakrishnan Iyer")),
        ("عبد الله صالح محمد آل سعيد", NameParts("عبد الله", "صالح", "محمد", "آل سعيد")),
        ("نور الدين الحلبي", NameParts("نور الدين", family="الحلبي")),
        ("محمد أبو بكر", NameParts("محمد", family="أبو بكر")),
        ("Hilal bin Said bin Hamad Al Busaidi", NameParts("Hilal", "bin Said", "bin Hamad", "Al Busaidi")),
        ("Siti Hajar binti Ahmad", NameParts("Siti", "Hajar", family="binti Ahmad")),
        ("Maria de la Cruz", NameParts("Maria", "de la", family="Cruz")),
        ("Anne-Marie D’Aubois", NameParts("Anne-Marie", family="D’Aubois")),
        ("Abd", NameParts("Abd")),
        ("  Li   Na ", NameParts("Li", family="Na")),
        ("", NameParts("")),
    ],
)  # fmt: skip
def test_a_name_is_split_into_its_parts(name: str, parts: NameParts) -> None:
    assert split_name(name) == parts


@given(st.lists(_words, min_size=1, max_size=9))
def test_no_word_of_a_name_is_lost_or_moved(words: list[str]) -> None:
    assert " ".join(filter(None, split_name(" ".join(words)))).split() == words


@given(st.lists(_words, min_size=1, max_size=9))
def test_a_name_has_a_first_part_and_a_second_one_before_a_third(words: list[str]) -> None:
    parts = split_name(" ".join(words))
    assert parts.first
    assert parts.father or not parts.grandfather


@pytest.mark.parametrize(("language", "country"), [("ar", "الأردن"), ("en", "Jordan")])
def test_a_country_is_named_in_the_readers_language(language: str, country: str) -> None:
    with override(language):
        assert country_name("JOR") == country
        assert country_name("XXK") == "XXK"


@pytest.mark.parametrize(("language", "name"), [("ar", "سامر نبيل حسن العمري"), ("en", "Samer Nabil Hasan Alomari")])
def test_a_person_is_called_in_the_readers_language(person: Person, language: str, name: str) -> None:
    with override(language):
        assert str(person) == person.name == name


def test_a_name_of_one_word_has_no_blanks(make_person: MakePerson) -> None:
    empty = {f"{part}_name_{language}": "" for part in ("father", "grandfather", "family") for language in ("ar", "en")}
    person = make_person(RESIDENT_NUMBER, first_name_ar="سورياني", first_name_en="Suryani", **empty)
    assert (person.name_ar, person.name_en, person.name_key) == ("سورياني", "Suryani", "سورياني suryani")


# --- Found by number or name ----------------------------------------------------------------------------------------
@pytest.fixture
def people(make_person: MakePerson) -> dict[str, Person]:
    return {
        "samer": make_person(RESIDENT_NUMBER),
        "abdullah": make_person(
            STRANGER_NUMBER,
            first_name_ar="عبد الله", father_name_ar="أحمد", family_name_ar="القُرَشي",
            first_name_en="Abdullah", father_name_en="Ahmed", family_name_en="Al-Qurashi",
        ),
    }  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    "typed", ["2000000006", "٢٠٠٠٠٠٠٠٠٦", " 2000 000 006 ", "۲۰۰۰۰۰۰۰۰۶", "\u200f2000000006"]
)  # fmt: skip
def test_somebody_is_found_by_the_exact_number(people: dict[str, Person], typed: str) -> None:
    assert list(Person.objects.found_by(typed)) == [people["samer"]]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "typed",
    [
        "عبد الله", "عبدالله", "Abdullah", "ABDULLAH", "احمد القرشي", "القرشى", "al qurashi", "Alqurashi", "qurashi abdullah",
        "عَبْدُ الله أحمد", "Ahmed عبد",
    ],
)  # fmt: skip
def test_somebody_is_found_by_words_of_the_name_in_any_spelling(people: dict[str, Person], typed: str) -> None:
    assert list(Person.objects.found_by(typed)) == [people["abdullah"]]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "typed", ["", "  ", "ab", "لي", "200000000", "2000000007", "Samer Qurashi", "%", "___", "' OR 1=1", "-"]
)
def test_nobody_is_found_by_too_little_or_by_something_else(people: dict[str, Person], typed: str) -> None:
    assert list(Person.objects.found_by(typed)) == []


@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.text(max_size=30))
def test_whatever_is_typed_the_search_answers(people: dict[str, Person], typed: str) -> None:
    assert Person.objects.found_by(typed).count() <= len(people)


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["2000000006", "samer nabil"])
def test_a_search_is_one_query(
    people: dict[str, Person], typed: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        list(Person.objects.found_by(typed))


@pytest.mark.postgres
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "index"), [("samer nabil", "person_by_name"), ("2000000006", "a_number_belongs_to_one_person")]
)
def test_a_search_reads_an_index(people: dict[str, Person], typed: str, index: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert index in Person.objects.found_by(typed).explain()


@given(st.lists(_words | st.sampled_from(["abd", "al", "Abu", "عبد", "آل", "bin"]), min_size=1, max_size=6))
def test_a_key_does_not_depend_on_where_a_name_was_cut_into_parts(words: list[str]) -> None:
    assert folded_names(*words) == folded_names(" ".join(words)) == name_key(" ".join(words))


def test_somebody_is_found_whose_particle_was_typed_as_a_part_of_its_own(make_person: MakePerson) -> None:
    person = make_person(
        RESIDENT_NUMBER, first_name_en="Abu", father_name_en="Bakr", first_name_ar="عبد", father_name_ar="الله"
    )
    assert list(Person.objects.found_by("Abu Bakr")) == list(Person.objects.found_by("عبدالله")) == [person]


# --- What is recorded -----------------------------------------------------------------------------------------------
def test_a_fingerprint_is_recorded_once(make_person: MakePerson) -> None:
    person = make_person(RESIDENT_NUMBER, fingerprint_on_file=False)
    assert record_fingerprint(person, on=date(2026, 11, 23))
    assert not record_fingerprint(person, on=date(2026, 11, 24))
    person.refresh_from_db()
    assert (person.fingerprint_on_file, person.fingerprint_on) == (True, date(2026, 11, 23))


@pytest.mark.parametrize("life", [{"life": Life.LEFT}, {"life": Life.DECEASED, "died_on": "2026-01-01"}])
def test_no_fingerprint_is_taken_of_somebody_who_is_gone(make_person: MakePerson, life: dict[str, str]) -> None:
    person = make_person(RESIDENT_NUMBER, fingerprint_on_file=False, **life)
    assert not person.is_living
    assert not record_fingerprint(person, on=date(2026, 11, 23))


def test_an_id_is_good_on_its_last_day(person: Person) -> None:
    assert not person.id_is_expired(on=date(2029, 1, 31))
    assert person.id_is_expired(on=date(2029, 2, 1))
    person.id_expires_on = None
    assert not person.id_is_expired(on=date(2999, 1, 1))


def test_documents_in_force_are_valid_and_not_expired(person: Person) -> None:
    def write(number: str, **facts: str) -> None:
        Document.objects.create(holder=person, kind="driving_licence", number=number, **facts)

    write("1")
    write("2", expires_on="2026-11-23")
    write("3", expires_on="2026-11-22")
    write("4", status=DocumentStatus.LOST)
    in_force = Document.objects.in_force(on=date(2026, 11, 23)).order_by("number")
    assert [document.number for document in in_force] == ["1", "2"]
