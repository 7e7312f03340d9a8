"""The demonstration's people: enough of every sort, complete families, and a note on what each is good for."""

import csv
import re
from collections import Counter
from datetime import date

import pytest
from django.conf import settings
from django.test import Client
from django.utils.html import escape

from core.idnumbers import luhn_holds
from core.text import name_key
from registry.importer import import_file
from registry.models import DependencyLink, Document, Kind, Life, Person, Relation, Sex
from registry.names import OTHER_GCC_STATES
from scripts import run
from simulators import notes
from tests.cast import UNKNOWN_NUMBER

FILE = settings.BASE_DIR / "demo" / "people.csv"
ON = date(2026, 11, 23)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _demo_people(db: None) -> None:
    assert import_file(FILE).errors == 0


def test_a_second_import_changes_nothing() -> None:
    report = import_file(FILE)
    assert (report.new, report.changed, report.unchanged) == (0, 0, Person.objects.count())


def test_there_are_enough_people_of_every_sort() -> None:
    kinds = Counter(Person.objects.values_list("kind", flat=True))
    assert kinds.total() >= 64
    assert kinds[Kind.RESIDENT] >= 40
    assert min(kinds[Kind.CITIZEN], kinds[Kind.VISITOR], kinds[Kind.GCC]) >= 6
    first_digits = Counter(number[0] for number in Person.objects.values_list("id_number", flat=True))
    assert set(first_digits) == set("123456")


def test_there_is_somebody_for_every_special_case() -> None:
    adults = Person.objects.living().filter(birth_date__lt="2008-01-01")
    assert Person.objects.filter(life=Life.DECEASED).count() == 1
    assert Person.objects.filter(life=Life.LEFT).count() == 1
    assert adults.filter(kind=Kind.RESIDENT, id_expires_on__lt=ON).count() >= 3
    assert adults.without_fingerprint().count() >= 5
    assert adults.without_fingerprint().filter(id_expires_on__lt=ON).exists()
    assert adults.filter(documents=None).exists()
    assert Document.objects.passports().filter(expires_on__lt=ON).exists()
    assert adults.filter(first_name_en="Suryani", family_name_en="").exists()
    assert any(len(person.name_en) > 50 for person in adults)
    assert any(len(person.name_en) <= 5 for person in adults)
    assert any(re.search("[ʿ‘’'-]", person.name_en) for person in adults)


def test_numbers_fit_their_check_digit_and_leave_the_unknown_one_free() -> None:
    numbers = set(Person.objects.values_list("id_number", flat=True))
    assert all(map(luhn_holds, numbers))
    assert UNKNOWN_NUMBER not in numbers


def test_most_iqamas_are_good_for_years() -> None:
    valid = Person.objects.filter(kind=Kind.RESIDENT, id_expires_on__gte="2029-01-01")
    assert valid.count() >= 40


def test_families_are_complete_and_make_sense() -> None:
    links = DependencyLink.objects.current().select_related("head", "dependent")
    families: dict[Person, set[str]] = {}
    for link in links:
        families.setdefault(link.head, set()).add(link.relation)
        assert link.head.is_living
        if link.relation in (Relation.SON, Relation.DAUGHTER):
            assert link.dependent.birth_date.year - link.head.birth_date.year >= 18
    with_children = [family for family in families.values() if Relation.SON in family and Relation.DAUGHTER in family]
    assert len(families) >= 10
    assert len(with_children) >= 5
    assert {link.relation for link in links} >= {"husband", "wife", "son", "daughter", "mother"}
    assert Person.objects.filter(dependent_links__relation=Relation.HUSBAND, sex=Sex.FEMALE).exists()


def test_a_dependent_may_be_a_new_arrival_with_a_border_number() -> None:
    assert DependencyLink.objects.filter(head__kind=Kind.RESIDENT, dependent__kind=Kind.VISITOR).exists()


def test_some_residents_live_without_family() -> None:
    alone = Person.objects.filter(kind=Kind.RESIDENT, head_links=None, dependent_links=None)
    assert alone.count() >= 12


def test_nationalities_are_those_of_the_kingdom() -> None:
    nationalities = set(Person.objects.values_list("nationality", flat=True))
    typical = {"SAU", "IND", "PAK", "BGD", "EGY", "YEM", "PHL", "SYR", "JOR", "SDN", "IDN", "NPL"}  # fmt: skip
    assert nationalities.issuperset(typical)
    assert nationalities.issuperset(OTHER_GCC_STATES)


def test_no_two_people_are_confused_by_name() -> None:
    people = Person.objects.all()
    assert len({name_key(person.name_en) for person in people}) == len(people)
    assert len({name_key(person.name_ar) for person in people}) == len(people)


@pytest.mark.parametrize("language", ["ar", "en"])
def test_every_person_has_a_note_in_good_shape(language: str) -> None:
    good_for = notes.good_for(language)
    assert set(good_for) == set(Person.objects.values_list("id_number", flat=True))
    for note in good_for.values():
        assert note.endswith(".")
        assert 8 <= len(note) <= 110
        assert bool(re.search("[\u0621-\u064a]", note)) == (language == "ar")


def test_notes_say_what_the_register_says() -> None:
    said = notes.good_for("en")
    for person in Person.objects.all():
        note = said[person.id_number].lower()
        is_expired = person.id_is_expired(on=ON) and person.is_living
        assert ("expired" in note.replace("passport expired", "")) == is_expired, note
        if re.search("no fingerprint|without a fingerprint", note):
            assert not person.fingerprint_on_file
        if not person.is_living:
            assert "refused" in note


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_page_lists_everybody_with_the_note(client: Client, language: str) -> None:
    page = client.get("/demo/people/", headers={"Accept-Language": language})
    if page.status_code == 302:
        page = client.get(page.headers["Location"])
    html, good_for = page.content.decode(), notes.good_for(language)
    for id_number in Person.objects.values_list("id_number", flat=True):
        assert id_number in html and escape(good_for[id_number]) in html
    assert html.count("<tr>") >= Person.objects.count()


def test_who_is_printed_at_the_start_is_one_of_each_kind_and_somebody_without_fingerprint() -> None:
    printed = Person.objects.living().filter(id_number__in=run.PEOPLE, id_expires_on__gt=ON)
    printed |= Person.objects.living().filter(id_number__in=run.PEOPLE, kind=Kind.GCC)
    assert printed.count() == len(run.PEOPLE) == 5
    assert set(printed.values_list("kind", flat=True)) == set(Kind.values)
    assert printed.without_fingerprint().count() == 1


def test_the_file_is_plain_for_people_to_edit() -> None:
    content = FILE.read_bytes()
    assert b"\r" not in content
    assert not content.startswith(b"\xef\xbb\xbf")
    with FILE.open(encoding="utf-8", newline="") as file:
        assert len({len(cells) for cells in csv.reader(file)}) == 1
