"""A child born in the Kingdom: from the hospital's notice to the certificate, and a resident's child on to its iqama."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from accounts.models import User
from core.idnumbers import luhn_holds
from dependents import births
from dependents.ages import birthday
from registry import numbers
from registry.models import DependencyLink, Document, DocumentKind, DocumentStatus, Kind, Life, Person, Relation
from services.actions import attachments, decisions
from services.actions.handling import DecisionRefused
from services.models import Reason, ServiceRequest
from services.states import RequestState
from tests.asking import REASON, asked, day, form_of, granted
from tests.cast import luhn_number, sign_in
from tests.services.hostile import pdf

pytestmark = pytest.mark.django_db

SLUG = "register-newborn"
BORN_ON = timezone.localdate() - timedelta(days=12)
NAMES = {
    "first_name_ar": "ليلى",
    "father_name_ar": "سامر",
    "grandfather_name_ar": "نبيل",
    "family_name_ar": "العمري",
    "first_name_en": "Layla",
    "father_name_en": "Samer",
    "grandfather_name_en": "Nabil",
    "family_name_en": "Alomari",
}
ANSWERS = {"born_here": "yes", "notice_number": "RH204411", "place": "Riyadh", "sex": "female"} | NAMES


def answers(wife: Person, **other: object) -> dict[str, object]:
    return ANSWERS | {"born_on": BORN_ON.isoformat(), "other_parent": wife.pk} | other


def typed(wife: Person, born_on: date = BORN_ON, **other: str) -> dict[str, str]:
    return ANSWERS | {"other_parent": str(wife.pk)} | day("born_on", born_on) | other


def test_a_newborn_gets_a_number_a_certificate_and_a_place_in_the_family(
    activated: User, officer: User, person: Person, wife: Person
) -> None:
    granted(activated, SLUG, officer, **answers(wife))
    child = Person.objects.latest("pk")
    assert (child.kind, child.id_number[0], luhn_holds(child.id_number)) == (Kind.RESIDENT, "2", True)
    assert (child.name_ar, child.name_en) == ("ليلى سامر نبيل العمري", "Layla Samer Nabil Alomari")
    assert (child.nationality, child.birth_date, child.is_living) == (person.nationality, BORN_ON, True)
    link = DependencyLink.objects.get(dependent=child)
    assert (link.head, link.relation, link.since) == (person, Relation.DAUGHTER, BORN_ON)
    certificate = Document.objects.get(holder=child)
    assert (certificate.kind, certificate.number) == (DocumentKind.BIRTH_CERTIFICATE, "RH204411")
    assert certificate.details == {"father": person.id_number, "mother": wife.id_number, "place": "Riyadh"}
    assert Person.objects.found_by("Layla").get() == child


def test_a_citizens_child_is_a_citizen_whose_number_does_not_expire(
    activated: User, officer: User, person: Person, wife: Person
) -> None:
    Person.objects.filter(pk=person.pk).update(
        kind=Kind.CITIZEN, id_number=luhn_number("100003001"), nationality="SAU", id_expires_on=None
    )
    User.objects.filter(pk=activated.pk).update(id_number=luhn_number("100003001"))
    activated.refresh_from_db()
    granted(activated, SLUG, officer, **answers(wife, sex="male"))
    child = Person.objects.latest("pk")
    assert (child.kind, child.id_number[0], child.nationality, child.id_expires_on) == (Kind.CITIZEN, "1", "SAU", None)
    assert child.head_links.get().relation == Relation.SON


def test_the_child_of_a_woman_who_is_the_head_follows_its_father(
    officer: User,
    make_person: Callable[..., Person],
    make_account: Callable[..., User],
    link: Callable[..., DependencyLink],
) -> None:
    mother = make_person(luhn_number("100003002"), sex="female", nationality="SAU", id_expires_on=None)
    father = make_person(luhn_number("200003007"), nationality="EGY", first_name_en="Tarek")
    link(mother, father, Relation.HUSBAND)
    account = make_account("haya2026", mother.id_number, "+966555555511", state="activated")
    granted(account, SLUG, officer, **answers(father))
    child = Person.objects.latest("pk")
    assert (child.kind, child.nationality, child.head_links.get().head) == (Kind.RESIDENT, "EGY", mother)
    assert Document.objects.get(holder=child).details["father"] == father.id_number


def test_one_notice_registers_one_child(activated: User, officer: User, wife: Person) -> None:
    granted(activated, SLUG, officer, **answers(wife))
    ServiceRequest.objects.update(token="first")
    twice = asked(activated, SLUG, officer, **answers(wife, first_name_en="Another"))
    with pytest.raises(DecisionRefused, match="register_changed"):
        decisions.approve(twice, officer, reason=Reason(REASON))
    twice.refresh_from_db()
    assert twice.state == RequestState.IN_REVIEW
    assert (
        Person.objects.filter(birth_date=BORN_ON).count() == DependencyLink.objects.filter(since=BORN_ON).count() == 1
    )


def test_a_number_that_somebody_has_is_not_given_again(monkeypatch: pytest.MonkeyPatch, person: Person) -> None:
    drawn = iter([person.id_number[1:9], "34567890"])
    monkeypatch.setattr(numbers, "get_random_string", lambda length, letters: next(drawn))
    assert numbers.new_number(Kind.RESIDENT) == luhn_number("234567890")


def test_what_the_register_knows_is_filled_in(applicant: Client, wife: Person) -> None:
    applicant.post(f"/en/requests/new/{SLUG}/", {"token": "t"})
    page = applicant.get(f"/en/requests/{ServiceRequest.objects.get().number}/form/").content.decode()
    assert 'name="father_name_en" value="Samer"' in page and 'name="grandfather_name_ar" value="نبيل"' in page
    assert f'value="{wife.pk}"' in page and "checked" in page
    assert 'name="first_name_en" value=' not in page


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"born_here": "no"}, "Who was born abroad enters with a residence visa"),
        ({"notice_number": "؟"}, "Copy the number from the paper"),
        ({"notice_number": ""}, "Type the number that stands on the paper."),
        ({"first_name_ar": "Layla"}, "Write this in Arabic letters; “L” is not one of them."),
        ({"first_name_ar": ""}, "Write the name in Arabic letters."),
        ({"first_name_en": "ليلى"}, "Write this in Latin letters, as in a passport; “ل” is not one of them."),
        ({"first_name_en": "Layla 2"}, "“2” is not one of them."),
        ({"first_name_en": "--"}, "There are no letters in this name."),
        ({"other_parent": "999999"}, "This is not one of the choices."),
        ({"sex": ""}, "Choose one."),
        (day("born_on", timezone.localdate() + timedelta(days=2)), "This day lies in the future."),
        (day("born_on", date(2003, 1, 1)), "Who is 18 or older cannot be registered here."),
    ],
)
def test_a_wrong_answer_is_told_beside_its_field_and_nothing_is_lost(
    wrong: dict[str, str], sentence: str, applicant: Client, wife: Person
) -> None:
    answered = typed(wife, **wrong)
    page = form_of(applicant, SLUG, **answered)
    assert sentence in page
    assert all(value in page for name, value in answered.items() if value and name != "other_parent")


@pytest.mark.parametrize("part", ["grandfather_name_ar", "family_name_ar", "grandfather_name_en", "family_name_en"])
def test_a_name_has_four_parts_as_far_as_the_father_has_them(
    part: str, applicant: Client, wife: Person, person: Person
) -> None:
    known = {"grandfather": "father", "family": "family"}[part.split("_")[0]]
    column = f"{known}_name_{part[-2:]}"
    page = form_of(applicant, SLUG, **typed(wife, **{part: ""}))
    assert f"The register has “{getattr(person, column)}” of the father here" in page
    Person.objects.filter(pk=person.pk).update(**{column: ""})
    assert "The register has" not in form_of(applicant, SLUG, **typed(wife, **{part: ""}))


def test_a_date_of_birth_may_be_hijri(applicant: Client, wife: Person) -> None:
    form_of(applicant, SLUG, **typed(wife, **day("born_on", date(1448, 5, 1), "hijri")))
    assert ServiceRequest.objects.get().answers["born_on"].startswith("2026-")


def test_nobody_is_a_parent_before_twelve(applicant: Client, wife: Person) -> None:
    Person.objects.filter(pk=wife.pk).update(birth_date=birthday(BORN_ON, -11))
    assert "One of the parents would have been younger than 12." in form_of(applicant, SLUG, **typed(wife))


def test_a_marriage_that_ended_long_before_is_not_that_of_the_parents(
    activated: User, applicant: Client, officer: User, wife: Person
) -> None:
    DependencyLink.objects.update(until=BORN_ON - births.AFTER_MARRIAGE - timedelta(days=1))
    assert "This is too long after the marriage ended." in form_of(applicant, SLUG, **typed(wife))
    with pytest.raises(DecisionRefused, match="register_changed"):
        granted(activated, SLUG, officer, **answers(wife))
    DependencyLink.objects.update(until=BORN_ON - births.AFTER_MARRIAGE)
    assert births.judge({"born_on": BORN_ON, "other_parent": wife}, DependencyLink.objects.get().head) == {}


def test_a_mother_who_died_at_the_birth_can_be_named_and_one_who_died_before_cannot(
    person: Person, wife: Person
) -> None:
    for died_on, faults in ((BORN_ON, set()), (BORN_ON - timedelta(days=1), {"born_on"})):
        Person.objects.filter(pk=wife.pk).update(life=Life.DECEASED, died_on=died_on)
        wife.refresh_from_db()
        assert set(births.judge({"born_on": BORN_ON, "other_parent": wife}, person)) == faults


def test_a_notice_that_was_registered_already_is_told_to_the_family_and_to_nobody_else(
    activated: User, officer: User, wife: Person, person: Person, woman: Person
) -> None:
    granted(activated, SLUG, officer, **answers(wife))
    judged = {"notice_number": "RH204411"}
    assert "notice_number" in births.judge(judged, person)
    assert births.judge(judged, woman) == {}


@pytest.mark.parametrize(
    ("is_citizen", "days", "years"),
    [(False, 30, 0), (False, 31, 1), (False, 395, 1), (False, 397, 2), (True, 364, 0), (True, 367, 1)],
)
def test_who_comes_late_pays_for_each_year_that_has_begun(
    is_citizen: bool, days: int, years: int, person: Person, make_person: Callable[..., Person]
) -> None:
    asking = make_person(luhn_number("100003001"), nationality="SAU") if is_citizen else person
    born_on = date(2025, 3, 1)
    with override("en"):
        fee, *how = births.consequences({"born_on": born_on.isoformat()}, asking, born_on + timedelta(days=days))
    assert fee.value == (f"{years * 50} riyals" if years else "None: it is in time")
    assert ["through your bank" in str(fact.value) for fact in how] == [True] * bool(years)


def test_the_fee_is_named_before_the_form_opens(
    applicant: Client, wife: Person, make_person: Callable[..., Person]
) -> None:
    page = applicant.get(f"/en/requests/new/{SLUG}/").content.decode()
    assert "Nothing within 30 days of the birth. After that 50 riyals" in page and "takes no payments yet" in page
    citizen = make_person(luhn_number("100003001"), nationality="SAU")
    with override("en"):
        assert births.costs(citizen).startswith("Nothing within a year of the birth. After that 50 riyals")


def test_the_fee_is_shown_before_the_request_is_sent(applicant: Client, wife: Person, attachments_folder: Path) -> None:
    form_of(applicant, SLUG, **typed(wife, timezone.localdate() - timedelta(days=40)))
    number = ServiceRequest.objects.get().number
    attachments.attach(ServiceRequest.objects.get(), "birth_notification", "notice.pdf", pdf())
    page = applicant.get(f"/en/requests/{number}/review/").content.decode()
    assert "Fee for late registration" in page and "50 riyals" in page


def test_without_a_marriage_in_the_register_the_requirements_say_what_comes_first(applicant: Client) -> None:
    page = applicant.get(f"/en/requests/new/{SLUG}/").content.decode()
    assert "Register the marriage first" in page and 'name="token"' not in page


def test_who_depends_on_somebody_does_not_add_to_a_family(
    wife: Person, make_account: Callable[..., User], browser: Client
) -> None:
    account = make_account("rana2026", wife.id_number, "+966555555512", state="activated")
    page = sign_in(browser, account).get(f"/en/requests/new/{SLUG}/").content.decode()
    assert "You are registered with a head of household" in page and 'name="token"' not in page


IQAMA = "add-dependent-born-here"
UNTIL = timezone.localdate() + timedelta(days=700)
OF_IQAMA = {
    "passport_number": "N0000909",
    "passport_expires_on": UNTIL.isoformat(),
    "insurance_number": "TW771204",
    "insurance_expires_on": UNTIL.isoformat(),
}


@pytest.fixture
def newborn(activated: User, officer: User, wife: Person) -> Person:
    granted(activated, SLUG, officer, **answers(wife))
    return Person.objects.latest("pk")


def test_a_residents_newborn_gets_its_iqama(activated: User, officer: User, person: Person, newborn: Person) -> None:
    granted(activated, IQAMA, officer, child=newborn.pk, **OF_IQAMA)
    newborn.refresh_from_db()
    person.refresh_from_db()
    assert newborn.id_expires_on == person.id_expires_on
    papers = dict(Document.objects.valid().filter(holder=newborn).values_list("kind", "number"))
    assert papers == {
        DocumentKind.BIRTH_CERTIFICATE: "RH204411",
        DocumentKind.PASSPORT: "N0000909",
        DocumentKind.INSURANCE: "TW771204",
        DocumentKind.IQAMA: newborn.id_number,
    }


def test_an_earlier_passport_of_the_child_is_kept_as_replaced(activated: User, officer: User, newborn: Person) -> None:
    old = Document.objects.create(holder=newborn, kind=DocumentKind.PASSPORT, number="OLD1", expires_on="2030-01-01")
    granted(activated, IQAMA, officer, child=newborn.pk, **OF_IQAMA)
    old.refresh_from_db()
    assert old.status == DocumentStatus.REPLACED


def test_an_iqama_is_issued_once_and_not_beyond_the_heads(
    activated: User, officer: User, person: Person, newborn: Person
) -> None:
    request = asked(activated, IQAMA, officer, child=newborn.pk, **OF_IQAMA)
    Person.objects.filter(pk=person.pk).update(id_expires_on=timezone.localdate())
    with pytest.raises(DecisionRefused, match="register_changed"):
        decisions.approve(request, officer, reason=Reason(REASON))
    Document.objects.create(holder=newborn, kind=DocumentKind.IQAMA, number=newborn.id_number)
    Person.objects.filter(pk=person.pk).update(id_expires_on=UNTIL)
    with pytest.raises(DecisionRefused, match="register_changed"):
        decisions.approve(request, officer, reason=Reason(REASON))


def test_only_registered_children_without_an_iqama_can_be_chosen(
    applicant: Client, newborn: Person, wife: Person
) -> None:
    assert births.prefill_child(DependencyLink.objects.get(dependent=newborn).head) == {"child": newborn.pk}
    answered = {"child": str(wife.pk), "passport_number": "N1234", "insurance_number": "TW77"}
    past = timezone.localdate() - timedelta(days=1)
    page = form_of(
        applicant, IQAMA, **answered, **day("passport_expires_on", past), **day("insurance_expires_on", UNTIL)
    )
    assert "This is not one of the choices." in page and "Layla" in page and "Rana" not in page
    assert "This day has passed." in page


def test_without_a_registered_birth_there_is_no_iqama_to_ask_for(applicant: Client, wife: Person) -> None:
    page = applicant.get(f"/en/requests/new/{IQAMA}/").content.decode()
    assert "Register the birth first" in page and 'name="token"' not in page
