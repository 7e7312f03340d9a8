"""Lines are judged against each other and against the register."""

from datetime import date

import pytest

from registry.models import DependencyLink, Document, DocumentStatus, Life, Person
from tests.registry.conftest import HEAD, NABIL, OMAR, OTHER, RANA, SAMER, SON, WIFE, Bring

pytestmark = pytest.mark.django_db


def _links() -> set[tuple[str, str, str]]:
    return set(DependencyLink.objects.current().values_list("head__id_number", "dependent__id_number", "relation"))


def _passports(id_number: str) -> list[tuple[str, str]]:
    return list(Document.objects.filter(holder__id_number=id_number).order_by("pk").values_list("number", "status"))


def test_a_family_stands_in_the_register(bring: Bring) -> None:
    assert bring(SAMER, RANA, NABIL).counts == (3, 0, 0)
    assert _links() == {(HEAD, WIFE, "wife"), (HEAD, SON, "son")}
    nabil = Person.objects.get(id_number=SON)
    assert (nabil.first_name_en, nabil.family_name_ar, nabil.life) == ("Nabil", "العمري", Life.ALIVE)
    assert (nabil.fingerprint_on_file, nabil.fingerprint_on, nabil.died_on) == (False, None, None)
    passport = Document.objects.get(holder=nabil)
    assert (passport.number, passport.issued_by, passport.expires_on) == (
        "N0000103",
        "JOR",
        date(2032, 6, 30),
    )
    assert (passport.kind, passport.status, passport.details) == ("passport", "valid", {})


def test_dependents_may_stand_before_their_head(bring: Bring) -> None:
    assert bring(NABIL, RANA, SAMER).counts == (3, 0, 0)
    assert _links() == {(HEAD, WIFE, "wife"), (HEAD, SON, "son")}


def test_the_head_may_stand_in_the_register_already(bring: Bring) -> None:
    bring(SAMER)
    assert bring(RANA).counts == (1, 0, 0)
    assert _links() == {(HEAD, WIFE, "wife")}


def test_a_border_number_that_an_iqama_took_the_place_of_is_told(bring: Bring) -> None:
    bring(SAMER)
    Person.objects.update(border_number="3000000004")
    assert bring(OMAR | {"id_number": "3000000004", "kind": "visitor"}).told == [
        "line 2, id_number: Whoever entered with this border number is a resident by now, with the number of an iqama."
    ]


def test_a_head_that_nobody_knows_is_told(bring: Bring) -> None:
    assert bring(RANA).told == [
        "line 2, head_id_number: The head of household is neither in this file nor in the register."
    ]


def test_the_second_line_with_a_number_is_told(bring: Bring) -> None:
    assert bring(SAMER, OMAR, SAMER | {"passport_number": "N7777777"}).told == [
        "line 4, id_number: This number stands on line 2 already."
    ]


def test_the_same_line_twice_is_told(bring: Bring) -> None:
    assert bring(SAMER, SAMER).told[0] == "line 3, id_number: This number stands on line 2 already."


def test_what_is_wrong_with_a_line_hides_nothing_that_is_wrong_beside_others(bring: Bring) -> None:
    assert bring(
        SAMER, NABIL, OMAR | {"id_number": SON, "sex": "boy", "passport_number": "N0000103", "nationality": "JOR"}
    ).told == [
        "line 4, sex: “boy” is none of: male, m, female, f.",
        "line 4, id_number: This number stands on line 3 already.",
        "line 4, passport_number: This passport stands on line 3 already.",
    ]


def test_a_number_that_stood_on_a_bad_line_is_told_as_a_repetition(bring: Bring) -> None:
    told = bring(SAMER | {"sex": ""}, SAMER).told
    assert "line 3, id_number: This number stands on line 2 already." in told


def test_the_second_line_with_a_passport_is_told(bring: Bring) -> None:
    twin = OMAR | {"passport_number": "N0000101", "nationality": "JOR"}
    assert bring(SAMER, twin).told == ["line 3, passport_number: This passport stands on line 2 already."]


def test_two_states_may_give_the_same_passport_number(bring: Bring) -> None:
    assert bring(SAMER, OMAR | {"passport_number": "N0000101"}).counts == (2, 0, 0)


def test_a_passport_that_the_register_has_for_somebody_else_is_told(bring: Bring) -> None:
    bring(SAMER)
    thief = OMAR | {"passport_number": "N0000101", "nationality": "JOR"}
    assert bring(thief).told == ["line 2, passport_number: The register has this passport for somebody else."]


def test_husband_and_wife_of_the_same_sex_are_told(bring: Bring) -> None:
    amal = OMAR | {"sex": "female", "relation": "wife", "head_id_number": WIFE}
    assert bring(SAMER, RANA, amal).told == ["line 4, relation: The head of household has the same sex."]


@pytest.mark.parametrize(("relation", "born"), [("son", "1988-04-17"), ("son", "1970-01-01"), ("father", "2001-01-01")])
def test_a_child_older_than_its_parent_is_told(bring: Bring, relation: str, born: str) -> None:
    assert bring(SAMER, NABIL | {"relation": relation, "birth_date": born}).told == [
        "line 3, relation: A child is born after its parents: see the date of birth of the head of household."
    ]


def test_two_people_who_are_each_others_head_are_told_once(bring: Bring) -> None:
    circle = SAMER | {"head_id_number": WIFE, "relation": "husband"}
    told = bring(circle, RANA).told
    assert "line 3, head_id_number: The head of household is a dependent of this person, on line 2." in told


def test_a_head_who_is_a_dependent_in_the_register_is_told(bring: Bring) -> None:
    bring(SAMER, RANA)
    assert bring(SAMER | {"head_id_number": WIFE, "relation": "husband"}).told == [
        "line 2, head_id_number: The register has the head of household as a dependent of this person."
    ]


def test_another_head_than_in_the_register_is_told(bring: Bring) -> None:
    bring(SAMER, RANA, OMAR)
    assert bring(RANA | {"head_id_number": OTHER}).told == [
        "line 2, head_id_number: The register has another head of household for this person."
    ]
    assert _links() == {(HEAD, WIFE, "wife")}


def test_a_new_head_is_taken_when_the_register_has_ended_the_old_link(bring: Bring) -> None:
    bring(SAMER, RANA, OMAR)
    DependencyLink.objects.update(until="2026-01-01")
    assert bring(RANA | {"head_id_number": OTHER}).counts == (0, 1, 0)
    assert _links() == {(OTHER, WIFE, "wife")}
    assert DependencyLink.objects.count() == 2


def test_a_dependent_of_a_bad_line_is_told_and_so_are_theirs(bring: Bring) -> None:
    grandson = OMAR | {"head_id_number": SON, "relation": "son", "birth_date": "2026-01-01"}
    outcome = bring(SAMER | {"sex": ""}, NABIL, grandson, keep_good=True)
    reason = "head_id_number: The line of the head of household has errors itself."
    assert outcome.told == ["line 2, sex: The cell is empty.", f"line 3, {reason}", f"line 4, {reason}"]
    assert (outcome.report.bad_lines, outcome.report.new) == (3, 0)


def test_a_bad_line_of_a_head_whom_the_register_knows_spoils_nobody_else(bring: Bring) -> None:
    bring(SAMER)
    assert bring(SAMER | {"sex": ""}, RANA, keep_good=True).told == ["line 2, sex: The cell is empty."]
    assert _links() == {(HEAD, WIFE, "wife")}


def test_a_date_of_expiry_before_the_date_of_issue_in_the_register_is_told(bring: Bring) -> None:
    bring(SAMER)
    Person.objects.update(id_issued_on="2026-01-31")
    assert bring(SAMER | {"id_expires_on": "2026-01-31"}).told == [
        "line 2, id_expires_on: The register has a later date of issue for this number."
    ]


def test_a_passport_that_expires_before_its_issue_in_the_register_is_told(bring: Bring) -> None:
    bring(SAMER)
    Document.objects.update(issued_on="2030-01-01")
    assert bring(SAMER | {"passport_expires_on": "2029-01-01"}).told == [
        "line 2, passport_expires_on: The register has a later date of issue for this passport."
    ]


def test_a_birth_after_the_entry_in_the_register_is_told(bring: Bring) -> None:
    bring(SAMER)
    Person.objects.update(entered_on="1995-01-01")
    assert bring(SAMER | {"birth_date": "1999-01-01"}).told == [
        "line 2, birth_date: The register has an earlier date of entry or death for this person."
    ]


def test_a_birth_after_the_death_in_the_register_is_told(bring: Bring) -> None:
    bring(SAMER)
    Person.objects.update(life=Life.DECEASED, died_on="1999-01-01")
    assert bring(SAMER | {"birth_date": "2001-01-01"}).errors[0].column == "birth_date"


def test_a_new_passport_replaces_the_old_one(bring: Bring) -> None:
    bring(SAMER)
    assert bring(SAMER | {"passport_number": "N9999999"}).counts == (0, 1, 0)
    assert _passports(HEAD) == [("N0000101", DocumentStatus.REPLACED), ("N9999999", DocumentStatus.VALID)]


def test_a_renewed_passport_keeps_its_row(bring: Bring) -> None:
    bring(SAMER)
    assert bring(SAMER | {"passport_expires_on": "2036-06-30"}).counts == (0, 1, 0)
    assert Document.objects.get().expires_on == date(2036, 6, 30)


def test_two_people_do_not_exchange_their_passports_in_one_file(bring: Bring) -> None:
    other = OMAR | {"nationality": "JOR"}
    bring(SAMER, other)
    swapped = bring(SAMER | {"passport_number": "A00000109"}, other | {"passport_number": "N0000101"})
    assert [error.column for error in swapped.errors] == ["passport_number", "passport_number"]


def test_the_relation_can_be_put_right(bring: Bring) -> None:
    bring(SAMER, NABIL | {"relation": "father", "birth_date": "1960-01-01"})
    assert bring(NABIL | {"relation": "father_in_law", "birth_date": "1960-01-01"}).counts == (0, 1, 0)
    assert _links() == {(HEAD, SON, "father_in_law")}


def test_a_changed_name_is_found_by_its_new_spelling(bring: Bring) -> None:
    bring(SAMER)
    assert bring(SAMER | {"name_en": "Samir Nabil Hasan Alomari"}).counts == (0, 1, 0)
    assert Person.objects.found_by("samir").exists()
    assert not Person.objects.found_by("samer").exists()


def test_an_empty_cell_takes_nothing_away(bring: Bring) -> None:
    bring(SAMER, RANA)
    silent = RANA | {"head_id_number": "", "relation": "", "passport_number": "", "passport_expires_on": ""}
    assert bring(silent).counts == (0, 0, 1)
    assert _links() == {(HEAD, WIFE, "wife")}
    assert _passports(WIFE) == [("N0000102", DocumentStatus.VALID)]


def test_a_fingerprint_recorded_since_is_kept(bring: Bring) -> None:
    bring(SAMER | {"fingerprint_on_file": "no"})
    Person.objects.update(fingerprint_on_file=True, fingerprint_on="2026-01-01")
    assert bring(SAMER | {"fingerprint_on_file": "no"}).counts == (0, 0, 1)
    assert Person.objects.get().fingerprint_on_file


def test_the_register_learns_of_a_death_and_keeps_it(bring: Bring) -> None:
    bring(SAMER)
    header = ",".join([*SAMER, "head_id_number", "relation", "life", "died_on"])
    assert bring(SAMER | {"life": "deceased", "died_on": "2026-01-01"}, header=header).counts == (0, 1, 0)
    assert bring(SAMER).counts == (0, 0, 1)
    assert bring(SAMER, header=header).counts == (0, 0, 1)
    assert Person.objects.get().died_on == date(2026, 1, 1)
    assert bring(SAMER | {"life": "alive"}, header=header).counts == (0, 1, 0)
    assert Person.objects.get().died_on is None
