"""A marriage joins two people of the register, when neither law nor register is in the way."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import TryCounter, User
from dependents import kinship, marrying, typed
from registry.models import DependencyLink, Life, Person, Relation, Sex
from services import drafts
from services.actions import attachments, decisions
from services.actions.handling import DecisionRefused
from services.catalogue import services
from services.forms import RequestForm
from services.models import Reason, ServiceRequest
from tests.asking import REASON, asked, day, form_of, granted
from tests.cast import UNKNOWN_NUMBER, luhn_number
from tests.services.hostile import pdf

pytestmark = pytest.mark.django_db

MARRIED_ON = timezone.localdate() - timedelta(days=5)
NOBODY = "Nobody with this number and date of birth can be registered here."
Link = Callable[..., DependencyLink]
MakePerson = Callable[..., Person]


def typed_answers(spouse: Person, **other: str) -> dict[str, str]:
    known = {"spouse_number": spouse.id_number, "contract_number": "44-120/7", "place": "Riyadh court"}
    born_on = date.fromisoformat(str(spouse.birth_date))
    return known | day("spouse_born_on", born_on) | day("married_on", MARRIED_ON) | other


def answers(spouse: Person, **other: object) -> dict[str, object]:
    known = {"spouse_number": spouse.id_number, "spouse_born_on": str(spouse.birth_date), "place": "Riyadh court"}
    return known | {"married_on": MARRIED_ON.isoformat(), "contract_number": "441207", "married_in": "here"} | other


def judged(applicant: Person, spouse: Person) -> str:
    cleaned = {"spouse_number": spouse.id_number, "spouse_born_on": spouse.birth_date, "married_on": MARRIED_ON}
    return marrying.judge(cleaned, applicant).get("spouse_number", "")


@pytest.mark.parametrize("slug", ["register-marriage", "add-spouse"])
def test_a_wife_joins_the_family_from_the_day_of_the_contract(
    slug: str, activated: User, officer: User, person: Person, woman: Person
) -> None:
    granted(activated, slug, officer, **answers(woman))
    link = DependencyLink.objects.get()
    assert (link.head, link.dependent, link.relation, link.since) == (person, woman, Relation.WIFE, MARRIED_ON)


def test_a_woman_who_is_the_head_adds_her_husband(
    officer: User, person: Person, woman: Person, make_account: Callable[..., User]
) -> None:
    account = make_account("huda2026", woman.id_number, "+966555555513", state="activated")
    granted(account, "add-spouse", officer, **answers(person))
    assert DependencyLink.objects.get().relation == Relation.HUSBAND


def test_a_daughter_who_marries_leaves_her_fathers_family(
    activated: User, officer: User, person: Person, woman: Person, make_person: MakePerson, link: Link
) -> None:
    father = make_person(luhn_number("200003008"), birth_date="1960-01-01")
    before = link(father, woman, Relation.DAUGHTER, since="2010-01-01")
    granted(activated, "register-marriage", officer, **answers(woman))
    before.refresh_from_db()
    assert before.until == MARRIED_ON
    assert DependencyLink.objects.current().get().head == person


def test_a_right_form_goes_on_to_the_attachments(applicant: Client, woman: Person) -> None:
    page = form_of(applicant, "register-marriage", **typed_answers(woman))
    assert "Medical certificate before the marriage" in page
    kept = ServiceRequest.objects.get().answers
    assert (kept["spouse_number"], kept["contract_number"]) == (woman.id_number, "441207")
    assert TryCounter.objects.spent(typed.TRIES.of("2000000006")) == 0


@pytest.mark.parametrize(
    ("number", "nationality", "is_needed"),
    [(luhn_number("100003003"), "SAU", True), (luhn_number("200003013"), "EGY", False)],
)
def test_of_a_saudi_and_a_foreigner_the_permit_is_asked_for(
    number: str,
    nationality: str,
    is_needed: bool,
    applicant: Client,
    person: Person,
    make_person: MakePerson,
    attachments_folder: Path,
) -> None:
    other = make_person(number, nationality=nationality, sex="female", birth_date="1992-02-10")
    page = form_of(applicant, "register-marriage", **typed_answers(other))
    assert ("Marriage permit" in page) == is_needed
    draft = ServiceRequest.objects.get()
    assert ("permit" in drafts.undocumented(services()["register-marriage"], draft, person)) == is_needed
    attachments.attach(draft, "permit", "permit.pdf", pdf())
    assert "permit.pdf" in applicant.get(f"/en/requests/{draft.number}/files/").text


@pytest.mark.parametrize("page", ["files/?check", "review/"])
def test_a_page_reads_the_applicant_once(page: str, applicant: Client, person: Person, woman: Person) -> None:
    """However much of it depends on who that is: here the permit, in the row and in what is missing."""
    form_of(applicant, "register-marriage", **typed_answers(woman))
    with CaptureQueriesContext(connection) as queries:
        applicant.get(f"/en/requests/{ServiceRequest.objects.get().number}/{page}")
    reads = [one["sql"] for one in queries if "registry_person" in one["sql"] and f"'{person.id_number}'" in one["sql"]]
    assert len(reads) == 1


def test_right_answers_of_two_pages_that_do_not_fit_each_other_are_not_sent(
    applicant: Client, woman: Person, attachments_folder: Path
) -> None:
    """What is wrong is not kept, and an earlier answer stays in its place."""
    form_of(applicant, "register-marriage", **typed_answers(woman))
    draft = ServiceRequest.objects.get()
    for document in ("marriage_contract", "medical_certificate"):
        attachments.attach(draft, document, f"{document}.pdf", pdf())
    form_of(applicant, "register-marriage", **typed_answers(woman, **day("spouse_born_on", date(1992, 2, 11))))
    page = applicant.post(f"/en/requests/{draft.number}/review/", {"pledge": "on"}, follow=True).content.decode()
    assert NOBODY in page
    draft.refresh_from_db()
    assert draft.is_draft
    form_of(applicant, "register-marriage", **typed_answers(woman))
    applicant.post(f"/en/requests/{draft.number}/review/", {"pledge": "on"})
    draft.refresh_from_db()
    assert not draft.is_draft


def test_whoever_cannot_be_registered_gets_the_sentence_of_whoever_does_not_exist(
    applicant: Client, person: Person, woman: Person, make_person: MakePerson, link: Link
) -> None:
    """The form is no way to find out about strangers."""
    married = make_person(luhn_number("200003011"), sex="female")
    link(make_person(luhn_number("200003012")), married, Relation.WIFE)
    dead = make_person(luhn_number("200003013"), sex="female", life=Life.DECEASED, died_on="2020-01-01")
    man = make_person(luhn_number("200003014"))
    wrong_day = typed_answers(woman) | day("spouse_born_on", date(1992, 2, 11))
    unknown = typed_answers(woman, spouse_number=UNKNOWN_NUMBER)
    tried = [wrong_day, unknown, typed_answers(married), typed_answers(dead), typed_answers(man)]
    pages = [form_of(applicant, "register-marriage", **one) for one in tried]
    assert [NOBODY in page for page in pages] == [True] * 5
    assert all("Riyadh court" in page for page in pages)


def test_numbers_cannot_be_tried_without_end(applicant: Client, woman: Person) -> None:
    wrong = typed_answers(woman, spouse_number=UNKNOWN_NUMBER)
    for _ in range(typed.TRIES.limit):
        form_of(applicant, "register-marriage", **wrong)
    page = form_of(applicant, "register-marriage", **typed_answers(woman))
    assert "Numbers are taken again in 24 hours." in page


def test_ones_own_number_and_ones_own_wife_are_told(applicant: Client, person: Person, wife: Person) -> None:
    assert "This is your own number." in form_of(applicant, "add-spouse", **typed_answers(person))
    assert "as your wife or husband already" in form_of(applicant, "add-spouse", **typed_answers(wife))


@pytest.mark.parametrize(
    ("field", "sentence"),
    [
        ({"spouse_number": "0512345678"}, "This looks like a mobile number."),
        ({"spouse_number": "200000"}, "You typed 6 digits; an iqama number has 10."),
        ({"spouse_number": ""}, "Type the ten digits of the number."),
        ({"contract_number": "ع"}, "Copy the number from the paper"),
        (day("married_on", date(2009, 1, 1)), "Who marries is 18 or older on that day."),
        (day("married_on", date(2005, 1, 1)), "Who marries is 18 or older on that day."),
        ({"married_on_month": "13"}, "There is no such day in this calendar."),
    ],
)
def test_a_wrong_answer_is_told_beside_its_field(
    field: dict[str, str], sentence: str, applicant: Client, woman: Person
) -> None:
    assert sentence in form_of(applicant, "register-marriage", **typed_answers(woman, **field))


def test_a_man_has_four_wives_at_most(
    applicant: Client,
    activated: User,
    officer: User,
    person: Person,
    woman: Person,
    make_person: MakePerson,
    link: Link,
) -> None:
    request = asked(activated, "register-marriage", officer, **answers(woman))
    wives = [make_person(luhn_number(f"20000302{n}"), sex="female") for n in range(4)]
    links = [link(person, wife, Relation.WIFE) for wife in wives]
    page = applicant.get("/en/requests/new/register-marriage/").content.decode()
    assert "It has four." in page and 'name="token"' not in page
    with pytest.raises(DecisionRefused, match="register_changed"):
        decisions.approve(request, officer, reason=Reason(REASON))
    DependencyLink.objects.filter(pk=links[0].pk).update(until=MARRIED_ON)
    assert marrying.may_marry(person).holds


def test_a_woman_has_one_husband(woman: Person, person: Person, link: Link) -> None:
    assert marrying.may_marry(woman).holds
    link(woman, person, Relation.HUSBAND)
    assert not marrying.may_marry(woman).holds


def test_a_man_who_depends_on_a_wife_is_not_the_husband_of_another_head(
    woman: Person, person: Person, make_person: MakePerson, link: Link
) -> None:
    link(make_person(luhn_number("200003031"), sex="female"), person, Relation.HUSBAND)
    assert NOBODY in judged(woman, person)


def test_what_has_changed_since_the_form_is_seen_at_the_decision(
    activated: User, officer: User, woman: Person, make_person: MakePerson, link: Link
) -> None:
    request = asked(activated, "register-marriage", officer, **answers(woman))
    link(make_person(luhn_number("200003012")), woman, Relation.WIFE)
    with pytest.raises(DecisionRefused, match="register_changed"):
        decisions.approve(request, officer, reason=Reason(REASON))
    assert DependencyLink.objects.count() == 1


def test_a_minor_cannot_ask_for_a_marriage(applicant: Client, person: Person) -> None:
    Person.objects.filter(pk=person.pk).update(birth_date=timezone.localdate() - timedelta(days=17 * 365))
    assert "a court permits a marriage" in applicant.get("/en/requests/new/add-spouse/").content.decode()


@pytest.fixture
def relatives(person: Person, make_person: MakePerson, link: Link) -> dict[str, Person]:
    """A house with three generations; Samer, his wife Rana, and those around them."""
    women = ("sister", "mother", "aunt", "niece", "daughter", "wife", "wifes_sister", "wifes_mother", "stepdaughter")
    men = ("father", "brother", "grandfather", "uncle", "wifes_father", "first_husband")
    house = {
        name: make_person(luhn_number(f"2000040{n:02d}"), first_name_en=name, sex=sex, birth_date=f"19{50 + n}-01-01")
        for n, (name, sex) in enumerate([(n, Sex.FEMALE) for n in women] + [(n, Sex.MALE) for n in men])
    }
    house["cousin"] = make_person(luhn_number("200004099"), sex="female", birth_date="1991-01-01")
    house["fathers_second_wife"] = make_person(luhn_number("200004098"), sex="female", birth_date="1991-01-01")
    ended = {"until": "2015-01-01"}
    for head, dependent, relation, facts in (
        ("grandfather", "father", Relation.SON, ended),
        ("grandfather", "aunt", Relation.DAUGHTER, ended),
        ("grandfather", "uncle", Relation.SON, ended),
        ("uncle", "cousin", Relation.DAUGHTER, {}),
        ("father", "sister", Relation.DAUGHTER, {}),
        ("father", "brother", Relation.SON, {}),
        ("father", "fathers_second_wife", Relation.WIFE, ended),
        ("brother", "niece", Relation.DAUGHTER, {}),
        ("wifes_father", "wife", Relation.DAUGHTER, ended),
        ("wifes_father", "wifes_sister", Relation.DAUGHTER, {}),
        ("first_husband", "wife", Relation.WIFE, ended),
        ("wife", "stepdaughter", Relation.DAUGHTER, {}),
    ):
        link(house[head], house[dependent], relation, **facts)
    link(house["father"], person, Relation.SON, **ended)
    link(person, house["wife"], Relation.WIFE)
    link(person, house["daughter"], Relation.DAUGHTER)
    link(person, house["mother"], Relation.MOTHER)
    link(person, house["wifes_mother"], Relation.MOTHER_IN_LAW)
    return house


@pytest.mark.parametrize(
    "name",
    [
        "sister",
        "mother",
        "aunt",
        "niece",
        "daughter",
        "wifes_mother",
        "wifes_sister",
        "stepdaughter",
        "fathers_second_wife",
    ],
)
def test_kinship_forbids_a_marriage_whoever_of_the_two_asks(
    name: str, person: Person, relatives: dict[str, Person]
) -> None:
    assert kinship.are_forbidden(person, relatives[name])
    assert kinship.are_forbidden(relatives[name], person)


def test_a_cousin_is_not_forbidden_and_a_wifes_sister_not_after_the_divorce(
    person: Person, relatives: dict[str, Person], woman: Person
) -> None:
    assert not kinship.are_forbidden(person, relatives["cousin"])
    assert not kinship.are_forbidden(person, woman)
    DependencyLink.objects.filter(head=person, dependent=relatives["wife"]).update(until=MARRIED_ON)
    assert not kinship.are_forbidden(person, relatives["wifes_sister"])
    assert kinship.are_forbidden(person, relatives["wifes_mother"])


def test_the_form_says_that_a_relative_is_too_near(person: Person, relatives: dict[str, Person]) -> None:
    niece = Person.objects.get(pk=relatives["niece"].pk)
    assert "so near a relative" in judged(person, niece)


def test_a_correction_is_judged_with_what_is_not_asked_again(person: Person, woman: Person) -> None:
    form = RequestForm(
        {"spouse_number": UNKNOWN_NUMBER},
        kept={"spouse_born_on": str(woman.birth_date), "married_on": MARRIED_ON.isoformat()},
        service=services()["add-spouse"],
        person=person,
        only=["spouse_number"],
    )
    assert NOBODY in str(form.errors["spouse_number"])


def test_what_is_wrong_with_an_answer_that_is_not_asked_again_stands_above_the_form(
    person: Person, woman: Person
) -> None:
    form = RequestForm(
        day("married_on", date(2009, 1, 1)),
        kept={"spouse_number": woman.id_number, "spouse_born_on": str(woman.birth_date)},
        service=services()["add-spouse"],
        person=person,
        only=["married_on"],
    )
    assert "Who marries is 18 or older" in str(form.non_field_errors())
