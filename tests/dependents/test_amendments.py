"""Names, dates of birth and marital status: what is answered beside the field, and what a decision writes."""

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from dependents import amendments, birth_dates, children, marriages, marrying
from registry.models import DependencyLink, Document, DocumentKind, Life, MaritalStatus, Person, Relation
from services.actions import decisions
from services.actions.handling import DecisionRefused
from services.models import Reason, ServiceRequest
from services.states import RequestState
from tests.asking import REASON, day, form_of
from tests.cast import luhn_number
from tests.decided import approve

pytestmark = pytest.mark.django_db

Belong = Callable[..., DependencyLink]
Grant = Callable[..., ServiceRequest]
TODAY = timezone.localdate()


def refused(request: ServiceRequest, officer: User, second_officer: User) -> None:
    with pytest.raises(DecisionRefused, match="register_changed"):
        approve(request, officer, second_officer, text=REASON)
    request.refresh_from_db()
    assert request.state == RequestState.IN_REVIEW


# --- Names ------------------------------------------------------------------------------------------------------------


def test_an_amended_name_changes_what_was_written_and_is_found_by_a_search(grant: Grant, person: Person) -> None:
    grant("amend-name", person=person.pk, first_name_ar="ثامر", first_name_en="Thamer", father_name_ar="", reason="-")
    person.refresh_from_db()
    assert (person.name_ar, person.name_en) == ("ثامر نبيل حسن العمري", "Thamer Nabil Hasan Alomari")
    assert list(Person.objects.found_by("ثامر العمري")) == list(Person.objects.found_by("Thamer")) == [person]


def test_a_family_members_name_is_amended(grant: Grant, daughter: DependencyLink, person: Person) -> None:
    grant("amend-name", person=daughter.dependent_id, first_name_en="Lamaa", reason="-")
    daughter.dependent.refresh_from_db()
    person.refresh_from_db()
    assert (daughter.dependent.first_name_en, person.first_name_en) == ("Lamaa", "Samer")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Write at least one part of the name that changes."),
        ({"first_name_ar": "Samer"}, "Write this in Arabic letters; “S” is not one of them."),
        ({"first_name_ar": "سامر2"}, "Write this in Arabic letters; “2” is not one of them."),
        ({"first_name_ar": "سامر!"}, "Write this in Arabic letters; “!” is not one of them."),
        ({"family_name_en": "العمري"}, "Write this in Latin letters, as in a passport; “ا” is not one of them."),
        ({"family_name_en": "Omari; DROP"}, "Write this in Latin letters, as in a passport; “;” is not one of them."),
        ({"family_name_en": "-"}, "There are no letters in this name."),
        ({"first_name_en": "a" * 61}, "Write at most 60 characters; these are 61."),
        ({"first_name_en": "Samer", "first_name_ar": "سامر"}, "The register holds this name already."),
    ],
)
def test_a_wrong_name_is_answered_beside_its_field(
    typed: dict[str, str], sentence: str, applicant: Client, person: Person
) -> None:
    page = form_of(applicant, "amend-name", person=person.pk, reason="A mistake when it was registered.", **typed)
    assert page.count(sentence) == 2, "in the summary and beside the field"
    assert "A mistake when it was registered." in page
    assert all(value in page for value in typed.values())


@pytest.mark.parametrize(
    ("name", "typed", "kept"),
    [
        ("first_name_ar", "  عبد   الله ", "عبد الله"),
        ("first_name_ar", "مُحَمَّد", "مُحَمَّد"),
        ("family_name_en", "D’Aubois", "D’Aubois"),
        ("family_name_en", "El-Khoury Yılmaz", "El-Khoury Yılmaz"),
        ("family_name_en", "ʿOsman", "ʿOsman"),
    ],
)
def test_names_as_people_have_them_are_taken(
    name: str, typed: str, kept: str, applicant: Client, person: Person
) -> None:
    form_of(applicant, "amend-name", person=person.pk, reason="A mistake.", **{name: typed})
    assert ServiceRequest.objects.get().answers[name] == kept


def test_a_name_amended_meanwhile_in_the_same_way_is_not_amended_again(
    ask: Grant, officer: User, second_officer: User, person: Person
) -> None:
    request = ask("amend-name", person=person.pk, first_name_en="Thamer", reason="-")
    Person.objects.filter(pk=person.pk).update(first_name_en="Thamer")
    refused(request, officer, second_officer)


# --- Whose data -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slug", ["amend-name", "correct-birth-date", "amend-marital-status"])
def test_oneself_and_the_family_can_be_chosen_and_nobody_else(
    slug: str, applicant: Client, person: Person, daughter: DependencyLink, make_person: Callable[..., Person]
) -> None:
    foreign = make_person(luhn_number("200007299"), first_name_en="Foreign")
    page = form_of(applicant, slug, person=foreign.pk)
    assert "This is not one of the choices." in page and "Foreign" not in page
    assert f"{person.name_en} – Yourself" in page and f"{daughter.dependent.name_en} – Daughter" in page


@pytest.mark.parametrize(
    ("slug", "answers"),
    [
        ("amend-name", {"first_name_en": "Lamaa", "reason": "As in the passport."}),
        ("correct-birth-date", {"birth_date": "2015-02-01"}),
        ("amend-marital-status", {"marital_status": "single"}),
    ],
)
def test_whoever_left_the_household_meanwhile_is_not_amended(
    slug: str, answers: dict[str, str], ask: Grant, officer: User, second_officer: User, daughter: DependencyLink
) -> None:
    request = ask(slug, person=daughter.dependent_id, **answers)
    DependencyLink.objects.update(until="2026-01-01")
    refused(request, officer, second_officer)


# --- Dates of birth ---------------------------------------------------------------------------------------------------


def test_a_birth_date_is_corrected(grant: Grant, daughter: DependencyLink) -> None:
    grant("correct-birth-date", person=daughter.dependent_id, birth_date="2014-12-30")
    daughter.dependent.refresh_from_db()
    assert daughter.dependent.birth_date == date(2014, 12, 30)


def test_a_birth_date_in_hijri_is_kept_as_the_same_day(applicant: Client, daughter: DependencyLink) -> None:
    typed = day("birth_date", date(1436, 4, 11), "hijri")
    form_of(applicant, "correct-birth-date", person=daughter.dependent_id, **typed)
    assert ServiceRequest.objects.get().answers["birth_date"] == "2015-01-31"


@pytest.mark.parametrize(
    ("born", "sentence"),
    [
        (date(2099, 1, 1), "This day lies in the future."),
        (date(1850, 1, 1), "This is too long ago."),
        (date(2015, 1, 1), "The register holds this date already."),
        (date(1990, 1, 1), "A parent is at least twelve years older than a child"),
        (date(2020, 2, 1), "belongs to the household since 1 January 2020 (6 Jumada I 1441 AH)"),
    ],
)
def test_a_wrong_birth_date_is_answered_beside_its_field(
    born: date, sentence: str, applicant: Client, daughter: DependencyLink
) -> None:
    page = form_of(applicant, "correct-birth-date", person=daughter.dependent_id, **day("birth_date", born))
    assert page.count(sentence) == 2


def test_a_corrected_date_is_judged_with_what_is_not_asked_again(
    applicant: Client, ask: Grant, officer: User, daughter: DependencyLink
) -> None:
    request = ask("correct-birth-date", person=daughter.dependent_id, birth_date="2014-12-30")
    decisions.send_back(request, officer, reason=Reason("Compare the certificate."), fields=["birth_date"])
    typed = {"text": "Done."} | day("birth_date", date(1990, 1, 1))
    page = applicant.post(f"/en/requests/{request.number}/write/", typed).content.decode()
    assert page.count("A parent is at least twelve years older than a child") == 2
    typed |= day("birth_date", date(2014, 12, 31))
    applicant.post(f"/en/requests/{request.number}/write/", typed)
    request.refresh_from_db()
    assert (request.state, request.answers["birth_date"]) == (RequestState.IN_REVIEW, "2014-12-31")


def test_a_day_that_no_calendar_has_is_told(applicant: Client, person: Person) -> None:
    typed = {
        f"birth_date_{part}": value
        for part, value in zip(("calendar", "day", "month", "year"), ("hijri", "30", "2", "1410"), strict=True)
    }
    page = form_of(applicant, "correct-birth-date", person=person.pk, **typed)
    assert "There is no such day in this calendar." in page


def test_a_parent_does_not_become_too_young_for_a_child(person: Person, daughter: DependencyLink) -> None:
    assert "A parent is at least twelve years older" in birth_dates.contradiction(person, date(2003, 1, 2))
    assert birth_dates.contradiction(person, date(2003, 1, 1)) == ""


def test_a_child_remains_one_when_the_link_has_ended(person: Person, daughter: DependencyLink) -> None:
    DependencyLink.objects.update(until="2026-01-01")
    assert "A parent is at least twelve years older" in birth_dates.contradiction(person, date(2010, 1, 1))


def test_the_head_is_the_child_of_a_mother(person: Person, belong: Belong) -> None:
    mother = belong(Relation.MOTHER, birth_date=date(1960, 1, 1)).dependent
    assert "A parent is at least twelve years older" in birth_dates.contradiction(mother, date(1980, 1, 1))
    assert "A parent is at least twelve years older" in birth_dates.contradiction(person, date(1971, 12, 31))
    assert birth_dates.contradiction(mother, date(1962, 1, 1)) == ""


def test_a_wife_may_be_of_any_age(wife: DependencyLink) -> None:
    assert birth_dates.contradiction(wife.dependent, date(1960, 1, 1)) == ""


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"entered_on": "2019-03-01"}, "entered the Kingdom on 1 March 2019 (24 Jumada II 1440 AH), before this date."),
        (
            {"id_issued_on": "2019-03-01"},
            "The identity was issued on 1 March 2019 (24 Jumada II 1440 AH), before this date.",
        ),
        (
            {"life": "deceased", "died_on": "2019-03-01"},
            "died on 1 March 2019 (24 Jumada II 1440 AH), before this date.",
        ),
    ],
)
def test_nothing_of_a_life_happens_before_birth(facts: dict[str, str], sentence: str, belong: Belong) -> None:
    son = belong(Relation.SON, **facts).dependent
    assert sentence in birth_dates.contradiction(son, date(2019, 3, 2))
    assert birth_dates.contradiction(son, date(2019, 3, 1)) == ""


def test_no_passport_is_older_than_its_holder(daughter: DependencyLink) -> None:
    Document.objects.create(
        holder=daughter.dependent,
        kind=DocumentKind.PASSPORT,
        number="N7",
        issued_on="2018-05-01",
        expires_on="2032-06-30",
    )
    sentence = birth_dates.contradiction(daughter.dependent, date(2018, 5, 2))
    assert sentence == "Passport N7 was issued on 1 May 2018 (15 Shaban 1439 AH), before this date."


def test_a_contradiction_that_came_meanwhile_stops_the_decision(
    ask: Grant, officer: User, second_officer: User, daughter: DependencyLink
) -> None:
    request = ask("correct-birth-date", person=daughter.dependent_id, birth_date="2015-02-01")
    Person.objects.filter(pk=daughter.dependent_id).update(entered_on="2015-01-15")
    refused(request, officer, second_officer)
    daughter.dependent.refresh_from_db()
    assert daughter.dependent.birth_date == date(2015, 1, 1)


# --- Marital status ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", MaritalStatus.values)
def test_a_marital_status_is_amended_and_shown(status: str, grant: Grant, applicant: Client, person: Person) -> None:
    grant("amend-marital-status", person=person.pk, marital_status=status, since="2020-01-01")
    person.refresh_from_db()
    assert person.marital_status == status
    assert status.capitalize() in applicant.get("/en/services/my-data/").content.decode()


def test_in_arabic_the_status_has_the_word_of_the_sex(applicant: Client, person: Person) -> None:
    Person.objects.filter(pk=person.pk).update(marital_status=MaritalStatus.WIDOWED)
    page = applicant.get("/ar/services/my-data/").content.decode()
    assert "أرمل" in page and "أرملة" not in page


@pytest.mark.parametrize(
    ("status", "since", "sentence"),
    [
        ("married", None, "Type the day: it stands in the contract"),
        ("divorced", date(1980, 1, 1), "This day lies before the birth"),
        ("widowed", date(2099, 1, 1), "This day lies in the future."),
        ("engaged", date(2020, 1, 1), "This is not one of the choices."),
    ],
)
def test_a_wrong_status_is_answered_beside_its_field(
    status: str, since: date | None, sentence: str, applicant: Client, person: Person
) -> None:
    typed = day("since", since) if since else {}
    page = form_of(applicant, "amend-marital-status", person=person.pk, marital_status=status, **typed)
    assert page.count(sentence) == 2


@pytest.mark.parametrize("status", ["single", "divorced", "widowed"])
def test_whoever_has_a_wife_in_the_register_is_married(
    status: str,
    applicant: Client,
    ask: Grant,
    officer: User,
    second_officer: User,
    person: Person,
    wife: DependencyLink,
) -> None:
    typed = day("since", date(2020, 1, 1))
    page = form_of(applicant, "amend-marital-status", person=person.pk, marital_status=status, **typed)
    assert page.count(f"The register holds {wife.dependent.name_en} as wife or husband.") == 2
    ServiceRequest.objects.all().delete()
    refused(
        ask("amend-marital-status", person=wife.dependent_id, marital_status=status, since="2020-01-01"),
        officer,
        second_officer,
    )


def test_a_child_is_not_married(applicant: Client, daughter: DependencyLink) -> None:
    typed = day("since", date(2020, 1, 1))
    page = form_of(applicant, "amend-marital-status", person=daughter.dependent_id, marital_status="married", **typed)
    assert page.count("This person is not 18 yet.") == 2


def test_what_is_registered_already_is_not_amended(applicant: Client, person: Person) -> None:
    Person.objects.filter(pk=person.pk).update(marital_status="single")
    page = form_of(applicant, "amend-marital-status", person=person.pk, marital_status="single")
    assert page.count("The register holds this status already.") == 2


def test_judges_say_nothing_of_what_is_missing(person: Person) -> None:
    judges = (amendments.judge_name, amendments.judge_birth_date, amendments.judge_marital_status)
    assert [judge({}, person) for judge in judges] == [{}, {}, {}]


# --- What follows from other decisions ----------------------------------------------------------------------------------


def test_after_a_divorce_both_are_divorced(grant: Grant, wife: DependencyLink) -> None:
    grant("register-divorce", member=wife.pk, divorced_on="2026-11-03", deed_number="4412")
    assert set(Person.objects.values_list("marital_status", flat=True)) == {"divorced"}


def test_who_has_another_wife_stays_married_after_a_divorce(
    grant: Grant, wife: DependencyLink, belong: Belong, person: Person
) -> None:
    second = belong(Relation.WIFE, first_name_en="Huda", birth_date=date(1992, 1, 1))
    grant("register-divorce", member=second.pk, divorced_on="2026-11-03", deed_number="4412")
    for one in (person, second.dependent, wife.dependent):
        one.refresh_from_db()
    assert (person.marital_status, second.dependent.marital_status) == ("married", "divorced")
    assert wife.dependent.marital_status == ""


def test_after_a_death_the_husband_is_widowed_and_the_children_stay(
    grant: Grant, wife: DependencyLink, daughter: DependencyLink, person: Person
) -> None:
    grant("register-death", member=wife.pk, died_on="2026-11-03", place="Riyadh")
    for row in (person, daughter):
        row.refresh_from_db()
    assert (person.marital_status, daughter.until) == ("widowed", None)


def test_whoever_depended_on_the_deceased_depends_on_nobody(
    grant: Grant, wife: DependencyLink, make_person: Callable[..., Person]
) -> None:
    mother = make_person(luhn_number("200007288"), birth_date=date(1960, 1, 1), sex="female")
    of_wife = DependencyLink.objects.create(head=wife.dependent, dependent=mother, relation=Relation.MOTHER)
    grant("register-death", member=wife.pk, died_on="2026-11-03", place="Riyadh")
    of_wife.refresh_from_db()
    assert of_wife.until == date(2026, 11, 3)


@pytest.fixture
def apart(grant: Grant, wife: DependencyLink) -> Person:
    """A wife whose employer sponsors her now."""
    Person.objects.update(marital_status="married")
    grant("separate-dependent", member=wife.pk, reason="work")
    return Person.objects.get(pk=wife.dependent_id)


def test_nobody_else_marries_who_is_separated_and_not_divorced(
    apart: Person, person: Person, make_person: Callable[..., Person]
) -> None:
    other = make_person(luhn_number("200007289"), birth_date=date(1985, 1, 1))
    assert not marrying.is_possible(other, apart) and not marrying.is_possible(apart, other)
    assert marrying.is_possible(person, apart)
    sister = make_person(luhn_number("200007290"), sex="female", birth_date=date(1992, 1, 1))
    father = make_person(luhn_number("200007291"), birth_date=date(1950, 1, 1))
    typed = {"relation": "daughter", "child_number": apart.id_number, "child_born_on": apart.birth_date}
    assert set(children.judge(typed, father)) == {"child_number"}
    for daughter in (apart, sister):
        link = DependencyLink.objects.create(head=father, dependent=daughter, relation=Relation.DAUGHTER)
        DependencyLink.objects.filter(pk=link.pk).update(until=TODAY)
    assert not marrying.is_possible(person, sister)


def test_a_wife_who_is_separated_is_one_of_four(
    apart: Person, person: Person, belong: Belong, make_person: Callable[..., Person]
) -> None:
    for _ in range(3):
        belong(Relation.WIFE, birth_date=date(1990, 1, 1))
    fifth = make_person(luhn_number("200007289"), sex="female", birth_date=date(1990, 1, 1))
    assert not marrying.is_possible(person, fifth) and marrying.is_possible(person, apart)


def test_who_was_separated_comes_back_and_is_married_once(
    apart: Person, person: Person, grant: Grant, wife: DependencyLink
) -> None:
    answers = {"spouse_number": apart.id_number, "spouse_born_on": apart.birth_date.isoformat()}
    grant("add-spouse", **answers, married_on="2012-01-01", married_in="here")
    again = DependencyLink.objects.current().get()
    grant("register-divorce", member=again.pk, divorced_on="2026-11-03", deed_number="4412")
    assert set(Person.objects.values_list("marital_status", flat=True)) == {"divorced"}
    assert not marriages.of(person).exists()


def test_the_death_of_a_husband_widows_who_was_separated_from_him(
    apart: Person, person: Person, make_person: Callable[..., Person]
) -> None:
    survivors = list(marriages.spouses_of(person))
    Person.objects.filter(pk=person.pk).update(life=Life.DECEASED, died_on=TODAY)
    marriages.widowed(survivors)
    apart.refresh_from_db()
    other = make_person(luhn_number("200007289"), birth_date=date(1985, 1, 1))
    assert apart.marital_status == "widowed" and marrying.is_possible(other, apart)


def test_a_divorce_after_a_separation_is_proven_as_a_status(
    apart: Person, person: Person, grant: Grant, make_person: Callable[..., Person]
) -> None:
    grant("amend-marital-status", person=person.pk, marital_status="divorced", since="2026-11-03")
    other = make_person(luhn_number("200007289"), birth_date=date(1985, 1, 1))
    assert marrying.is_possible(other, apart)


def test_who_is_separated_stays_married(grant: Grant, wife: DependencyLink, person: Person) -> None:
    Person.objects.update(marital_status="married")
    grant("separate-dependent", member=wife.pk, reason="work")
    assert set(Person.objects.values_list("marital_status", flat=True)) == {"married"}
