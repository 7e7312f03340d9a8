"""A child of the register, and a new arrival with a border number, join a family."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from audit.events import Event
from audit.models import Entry
from core.idnumbers import luhn_holds
from dependents import arrivals
from dependents.ages import birthday
from registry.lookup import find
from registry.models import DependencyLink, Document, DocumentKind, DocumentStatus, Kind, Life, Person, Relation
from services.actions import decisions
from services.actions.handling import DecisionRefused
from services.models import Reason, ServiceRequest
from services.states import RequestState
from tests.asking import REASON, asked, day, form_of, granted
from tests.cast import UNKNOWN_NUMBER, Phone, luhn_number, sign_in
from tests.services.hostile import image

pytestmark = pytest.mark.django_db

NOBODY = "Nobody with this number and date of birth can be registered here."
Link = Callable[..., DependencyLink]
MakePerson = Callable[..., Person]
MakeAccount = Callable[..., User]


@pytest.fixture
def son(make_person: MakePerson) -> Person:
    """In the register, with nobody."""
    return make_person(luhn_number("200005001"), first_name_en="Yahya", birth_date="2014-05-11")


def of_child(child: Person, **other: str) -> dict[str, str]:
    born_on = date.fromisoformat(str(child.birth_date))
    return {"relation": "son", "child_number": child.id_number} | day("child_born_on", born_on) | other


def kept_of(child: Person, relation: str = "son") -> dict[str, object]:
    return {"relation": relation, "child_number": child.id_number, "child_born_on": str(child.birth_date)}


def test_a_child_of_the_register_joins_the_family(activated: User, officer: User, person: Person, son: Person) -> None:
    today = timezone.localdate()
    granted(activated, "add-child", officer, **kept_of(son))
    link = DependencyLink.objects.get()
    assert (link.head, link.dependent, link.relation) == (person, son, Relation.SON)
    assert link.since and today <= link.since <= timezone.localdate()


def test_a_right_form_of_a_child_goes_on_to_the_attachments(applicant: Client, son: Person) -> None:
    page = form_of(applicant, "add-child", **of_child(son))
    assert "<h1" in page and "Attachments" in page and "Birth certificate" in page


def test_whoever_cannot_be_added_gets_the_sentence_of_whoever_does_not_exist(
    applicant: Client, son: Person, make_person: MakePerson, link: Link
) -> None:
    others = make_person(luhn_number("200005002"), birth_date="2014-05-11")
    link(make_person(luhn_number("200005003")), others, Relation.SON)
    gone = make_person(luhn_number("200005004"), birth_date="2014-05-11", life=Life.LEFT)
    girl = make_person(luhn_number("200005005"), birth_date="2014-05-11", sex="female")
    tried = [of_child(son, child_number=UNKNOWN_NUMBER), *map(of_child, (others, gone, girl))]
    assert [NOBODY in form_of(applicant, "add-child", **one) for one in tried] == [True] * 4


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"child_number": "2000000006"}, "This is your own number."),
        ({"child_number": "3000000004"}, "added by “Add a resident dependent”"),
        ({"child_number": "20"}, "You typed 2 digits; an iqama number has 10."),
        ({"relation": ""}, "Choose one."),
        (day("child_born_on", date(1999, 1, 1)), "You would have been younger than 12."),
        (day("child_born_on", date(2001, 1, 1)), "A son over 25 cannot depend on his parents any more"),
    ],
)
def test_a_wrong_answer_about_a_child_is_told_beside_its_field(
    typed: dict[str, str], sentence: str, applicant: Client, son: Person
) -> None:
    assert sentence in form_of(applicant, "add-child", **of_child(son, **typed))


def test_a_child_of_tomorrow_is_told_beside_its_field(applicant: Client, son: Person) -> None:
    tomorrow = day("child_born_on", timezone.localdate() + timedelta(days=1))
    assert "This day lies in the future." in form_of(applicant, "add-child", **of_child(son, **tomorrow))


def test_a_child_who_is_with_the_family_already_is_told(
    applicant: Client, person: Person, son: Person, link: Link
) -> None:
    link(person, son, Relation.SON)
    assert "This person is registered with you already." in form_of(applicant, "add-child", **of_child(son))


def test_a_child_whom_another_head_has_meanwhile_is_not_added(
    activated: User, officer: User, son: Person, make_person: MakePerson, link: Link
) -> None:
    request = asked(activated, "add-child", officer, **kept_of(son))
    link(make_person(luhn_number("200005003")), son, Relation.SON)
    with pytest.raises(DecisionRefused, match="register_changed"):
        decisions.approve(request, officer, reason=Reason(REASON))


@pytest.mark.parametrize("slug", ["add-child", "register-newborn", "register-marriage"])
def test_whoever_has_become_a_dependent_since_adds_nobody(
    slug: str, activated: User, officer: User, person: Person, son: Person, make_person: MakePerson, link: Link
) -> None:
    other = make_person(luhn_number("200005008"), sex="female", birth_date="1990-09-02")
    newborn = {
        "born_on": str(timezone.localdate()),
        "other_parent": other.pk,
        "sex": "male",
        "notice_number": "RH1",
        "place": "Riyadh",
    }
    newborn |= {
        f"{part}_{script}": word
        for part in ("first_name", "father_name")
        for script, word in (("ar", "علي"), ("en", "Ali"))
    }
    married = {
        "spouse_number": other.id_number,
        "spouse_born_on": "1990-09-02",
        "married_on": str(timezone.localdate()),
        "place": "Riyadh",
    }
    known = {
        "add-child": kept_of(son),
        "register-newborn": newborn | {"born_here": "yes"},
        "register-marriage": married | {"contract_number": "441207"},
    }
    if slug == "register-newborn":
        link(person, other, Relation.WIFE)
    request = asked(activated, slug, officer, **known[slug])
    father = make_person(luhn_number("200005009"), birth_date="1950-01-01")
    own = link(father, person, Relation.SON)
    with pytest.raises(DecisionRefused, match="register_changed"):
        decisions.approve(request, officer, reason=Reason(REASON))
    DependencyLink.objects.filter(pk=own.pk).update(until=timezone.localdate())
    decisions.approve(request, officer, reason=Reason(REASON))


def test_a_daughter_of_any_age_can_be_added_unless_she_is_married(
    activated: User, officer: User, make_person: MakePerson, link: Link
) -> None:
    Person.objects.update(birth_date="1965-01-01")
    grown = make_person(luhn_number("200005006"), birth_date="1996-01-01", sex="female")
    husband = make_person(luhn_number("200005007"))
    married = link(grown, husband, Relation.HUSBAND)
    request = asked(activated, "add-child", officer, **kept_of(grown, "daughter"))
    with pytest.raises(DecisionRefused, match="register_changed"):
        decisions.approve(request, officer, reason=Reason(REASON))
    DependencyLink.objects.filter(pk=married.pk).update(until=timezone.localdate())
    decisions.approve(request, officer, reason=Reason(REASON))
    assert DependencyLink.objects.current().get().dependent == grown


@pytest.mark.parametrize(("days", "is_needed"), [(0, False), (1, True)])
def test_who_is_over_21_is_sent_with_a_proof_only(
    days: int, is_needed: bool, applicant: Client, person: Person, son: Person
) -> None:
    """On the birthday itself one is not over 21 yet; who was born on 29 February has it on 1 March."""
    born_on = birthday(timezone.localdate(), -21) - timedelta(days=days)
    if (born_on.month, born_on.day) == (2, 29):
        born_on -= timedelta(days=days)
    Person.objects.filter(pk=person.pk).update(birth_date="1965-01-01")
    Person.objects.filter(pk=son.pk).update(birth_date=born_on)
    son.refresh_from_db()
    page = form_of(applicant, "add-child", **of_child(son))
    assert ("For those over 21" in page) == is_needed
    number = ServiceRequest.objects.get().number
    files = f"/en/requests/{number}/files/"
    applicant.post(files, {"document": "birth_certificate", "file": SimpleUploadedFile("a.png", image())})
    page = applicant.post(f"/en/requests/{number}/review/", {"pledge": "on"}, follow=True).text
    assert ("For those over 21: Attach this document" in page) == is_needed
    assert (ServiceRequest.objects.get().state == RequestState.DRAFT) == is_needed


SLUG = "add-resident-dependent"
BORDER = "3000000004"
UNTIL = timezone.localdate() + timedelta(days=365)
INSURED = {"insurance_number": "TW771204", "insurance_expires_on": UNTIL.isoformat()}


@pytest.fixture
def arrival(person: Person, make_person: MakePerson) -> Person:
    """A wife who entered three weeks ago on a residence visa that Samer answers for."""
    entered_on = timezone.localdate() - timedelta(days=21)
    facts = {"sex": "female", "birth_date": "1994-02-02", "nationality": "IND", "first_name_en": "Shahina"}
    visitor = make_person(BORDER, entered_on=entered_on, **facts)
    visa(visitor, person)
    return visitor


def visa(holder: Person, sponsor: Person | None, **details: object) -> Document:
    known = {"purpose": "residence", "entry_fee_paid": True} | details
    number = f"V{holder.id_number}"
    return Document.objects.create(
        holder=holder, kind=DocumentKind.VISA, number=number, sponsor=sponsor, expires_on=UNTIL, details=known
    )


def test_a_new_arrival_becomes_a_resident_with_an_iqama(
    activated: User, officer: User, person: Person, arrival: Person
) -> None:
    passport = Document.objects.create(holder=arrival, kind=DocumentKind.PASSPORT, number="T1", expires_on="2032-06-30")
    granted(activated, SLUG, officer, arrival=arrival.pk, relation="wife", **INSURED)
    now = Person.objects.get(pk=arrival.pk)
    person.refresh_from_db()
    assert (now.kind, now.id_number[0], luhn_holds(now.id_number)) == (Kind.RESIDENT, "2", True)
    assert (now.border_number, now.id_expires_on, now.name_en) == (BORDER, person.id_expires_on, arrival.name_en)
    link = DependencyLink.objects.get()
    assert (link.head, link.dependent, link.relation) == (person, now, Relation.WIFE)
    papers = dict(Document.objects.valid().filter(holder=now).values_list("kind", "number"))
    assert papers == {"passport": passport.number, "insurance": "TW771204", "iqama": now.id_number}
    assert Document.objects.visas().get().status == DocumentStatus.REPLACED


def test_one_policy_insures_two_members_of_a_family(
    activated: User, officer: User, person: Person, arrival: Person, make_person: MakePerson
) -> None:
    child = make_person("3000000012", entered_on=arrival.entered_on, sex="female", birth_date="2018-05-05")
    visa(child, person)
    granted(activated, SLUG, officer, arrival=arrival.pk, relation="wife", **INSURED)
    granted(activated, SLUG, officer, token="second", arrival=child.pk, relation="daughter", **INSURED)
    insured = Document.objects.valid().filter(kind=DocumentKind.INSURANCE, number=INSURED["insurance_number"])
    assert {policy.holder for policy in insured} == {arrival, child}


def test_the_border_number_still_finds_the_person_at_the_desk(activated: User, officer: User, arrival: Person) -> None:
    granted(activated, SLUG, officer, arrival=arrival.pk, relation="wife", **INSURED)
    assert Person.objects.found_by(BORDER).get().pk == arrival.pk
    assert find(BORDER) is None


def test_the_account_of_a_new_arrival_goes_on_under_the_new_number_and_is_told(
    activated: User, officer: User, arrival: Person, make_account: MakeAccount
) -> None:
    own = make_account("shahina2026", BORDER, "+966555555514", state="activated")
    claim = make_account("claims2026", BORDER, "+966555555515")
    granted(activated, SLUG, officer, arrival=arrival.pk, relation="wife", **INSURED)
    own.refresh_from_db()
    claim.refresh_from_db()
    number = Person.objects.get(pk=arrival.pk).id_number
    assert own.id_number == claim.id_number == number
    assert Phone(own.mobile).newest().purpose == "number_replaced"
    assert Phone(claim.mobile).messages() == []
    assert Entry.objects.get(event=Event.ID_NUMBER_REPLACED).subject_id == own.pk
    window = sign_in(Client(), own)
    assert "Your iqama is issued" in window.get("/en/inbox/").content.decode()
    assert number in window.get("/en/services/my-data/").content.decode()


def test_whoever_is_linked_already_keeps_the_link(
    activated: User, officer: User, person: Person, arrival: Person, link: Link
) -> None:
    before = link(person, arrival, Relation.WIFE, since="2020-01-01")
    granted(activated, SLUG, officer, arrival=arrival.pk, relation="wife", **INSURED)
    assert DependencyLink.objects.get() == before


def test_the_arrival_and_the_known_relation_are_filled_in(
    applicant: Client, person: Person, arrival: Person, link: Link
) -> None:
    link(person, arrival, Relation.WIFE)
    applicant.post(f"/en/requests/new/{SLUG}/", {"token": "t"})
    page = applicant.get(f"/en/requests/{ServiceRequest.objects.get().number}/form/").content.decode()
    assert "Shahina" in page and BORDER in page
    assert page.count("checked") == 2


def test_nobody_but_ones_own_arrivals_can_be_chosen(
    applicant: Client, person: Person, arrival: Person, make_person: MakePerson, link: Link
) -> None:
    stranger = make_person("3000010003", first_name_en="Hend", sex="female")
    visa(stranger, None)
    elsewhere = make_person("3000010102", first_name_en="Elsewhere", sex="female")
    visa(elsewhere, person)
    link(make_person(luhn_number("200005009")), elsewhere, Relation.WIFE)
    page = form_of(applicant, SLUG, arrival=str(stranger.pk), relation="wife")
    assert "This is not one of the choices." in page
    assert "Shahina" in page and "Hend" not in page and "Elsewhere" not in page


CONDITIONS = [
    (
        lambda one: Document.objects.update(details={"purpose": "visit", "entry_fee_paid": True}),
        "A visit visa does not do.",
    ),
    (
        lambda one: Document.objects.update(expires_on=timezone.localdate() - timedelta(days=1)),
        "A visit visa does not do.",
    ),
    (lambda one: Person.objects.filter(pk=one.pk).update(entered_on=None), "The register has no entry of theirs."),
    (
        lambda one: Person.objects.filter(pk=one.pk).update(entered_on=timezone.localdate() - timedelta(days=91)),
        "More than 90 days have passed since the entry.",
    ),
    (lambda one: Document.objects.update(details={"purpose": "residence"}), "The entry fee is not paid."),
    (lambda one: Person.objects.filter(pk=one.pk).update(fingerprint_on_file=False), "The fingerprint is not on file."),
]


def test_of_several_arrivals_whoever_lacks_something_is_named_before_the_form(
    applicant: Client, person: Person, arrival: Person, make_person: MakePerson
) -> None:
    facts = {"sex": "female", "birth_date": "2022-03-15", "first_name_en": "Aisha"}
    daughter = make_person("3000000012", entered_on=arrival.entered_on, **facts)
    visa(daughter, person, entry_fee_paid=False)
    page = applicant.get(f"/ar/requests/new/{SLUG}/").content.decode()
    assert page.count("ليس لدى الجميع") == 1 and daughter.name_ar in page
    page = applicant.get(f"/en/requests/new/{SLUG}/").content.decode()
    assert f"Not fulfilled for {daughter.name_en}: The entry fee is not paid." in page
    assert page.count("Not for all") == 1 and 'name="token"' in page


@pytest.mark.parametrize(("change", "sentence"), CONDITIONS, ids=[sentence for _change, sentence in CONDITIONS])
def test_what_is_missing_is_told_before_the_form_and_beside_the_choice_and_at_the_decision(
    change: Callable[[Person], object],
    sentence: str,
    applicant: Client,
    activated: User,
    officer: User,
    arrival: Person,
) -> None:
    request = asked(activated, SLUG, officer, arrival=arrival.pk, relation="wife", **INSURED)
    form_of(applicant, SLUG)
    change(arrival)
    with pytest.raises(DecisionRefused, match="register_changed"):
        decisions.approve(request, officer, reason=Reason(REASON))
    page = applicant.get(f"/en/requests/new/{SLUG}/").content.decode()
    assert sentence in page and 'name="token"' not in page
    (chosen,) = arrivals.new_arrivals(Person.objects.get(id_number=activated.id_number))
    judged = arrivals.judge({"arrival": chosen}, Person.objects.get(id_number=activated.id_number))
    assert sentence in judged["arrival"]


def test_a_child_under_fifteen_needs_no_fingerprint(person: Person, arrival: Person) -> None:
    young = {"birth_date": birthday(timezone.localdate(), -15) + timedelta(days=1), "fingerprint_on_file": False}
    Person.objects.filter(pk=arrival.pk).update(**young)
    assert arrivals.has_fingerprint(person).holds


@pytest.mark.parametrize(
    ("facts", "relation", "sentence"),
    [
        ({}, "son", "This relation does not fit the person you chose."),
        ({}, "daughter", "You would have been younger than 12"),
        ({"sex": "male", "birth_date": "2000-11-01"}, "son", "A son over 25 cannot depend on his parents any more"),
        ({"birth_date": birthday(timezone.localdate(), -17)}, "wife", "The register does not allow this marriage."),
        ({"sex": "male"}, "husband", "The register does not allow this marriage."),
    ],
)
def test_the_relation_has_to_fit(
    facts: dict[str, object], relation: str, sentence: str, person: Person, arrival: Person
) -> None:
    Person.objects.filter(pk=person.pk).update(birth_date="1985-01-01" if relation != "son" else "1970-01-01")
    Person.objects.filter(pk=arrival.pk).update(**facts)
    (chosen,) = arrivals.new_arrivals(person)
    person.refresh_from_db()
    assert sentence in arrivals.judge({"arrival": chosen, "relation": relation}, person)["relation"]


def test_the_relation_of_the_register_is_the_one_to_choose(person: Person, arrival: Person, link: Link) -> None:
    link(person, arrival, Relation.WIFE)
    (chosen,) = arrivals.new_arrivals(person)
    judged = arrivals.judge({"arrival": chosen, "relation": "daughter"}, person)
    assert judged == {"relation": "The register has another relation: Wife. Choose that one."}


def test_a_child_who_arrives_becomes_a_son(activated: User, officer: User, person: Person, arrival: Person) -> None:
    Person.objects.filter(pk=arrival.pk).update(sex="male", birth_date="2020-07-07")
    granted(activated, SLUG, officer, arrival=arrival.pk, relation="son", **INSURED)
    assert DependencyLink.objects.get().relation == Relation.SON


@pytest.mark.parametrize(
    ("relation", "years", "is_needed"),
    [("son", 22, True), ("daughter", 30, True), ("son", 20, False), ("wife", 30, False), ("", 30, False)],
)
def test_of_arrivals_a_son_or_daughter_over_21_needs_a_proof(
    relation: str, years: int, is_needed: bool, person: Person, arrival: Person
) -> None:
    Person.objects.filter(pk=arrival.pk).update(birth_date=birthday(timezone.localdate(), -years))
    assert arrivals.needs_proof({"arrival": arrival.pk, "relation": relation}, person) is is_needed


def test_an_arrival_is_added_once(activated: User, officer: User, arrival: Person) -> None:
    answers = {"arrival": arrival.pk, "relation": "wife", **INSURED}
    granted(activated, SLUG, officer, **answers)
    ServiceRequest.objects.update(token="first")
    again = asked_anyway(activated, officer, answers)
    with pytest.raises(DecisionRefused, match="register_changed"):
        decisions.approve(again, officer, reason=Reason(REASON))
    assert Document.objects.filter(kind=DocumentKind.IQAMA).count() == 1


def asked_anyway(applicant: User, officer: User, answers: dict[str, object]) -> ServiceRequest:
    """As if it had been submitted while the first one waited."""
    first = ServiceRequest.objects.get()
    facts = {"service": first.service, "department": first.department, "officer": officer, "state": "in_review"}
    times = {"submitted_at": first.submitted_at, "due_on": first.due_on}
    return ServiceRequest.objects.create(applicant=applicant, token="second", answers=answers, **facts, **times)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"insurance_number": ""}, "Type the number that stands on the paper."),
        ({"insurance_number": "بطاقة"}, "Copy the number from the paper"),
        (day("insurance_expires_on", timezone.localdate() - timedelta(days=1)), "This day has passed."),
        ({"relation": "cousin"}, "This is not one of the choices."),
        ({"arrival": ""}, "Choose the family member."),
    ],
)
def test_a_wrong_answer_about_an_arrival_is_told_beside_its_field(
    typed: dict[str, str], sentence: str, applicant: Client, arrival: Person
) -> None:
    right = {"arrival": str(arrival.pk), "relation": "wife", "insurance_number": "TW-77 12 04"}
    page = form_of(applicant, SLUG, **(right | day("insurance_expires_on", UNTIL) | typed))
    assert sentence in page


def test_the_requirements_ask_the_database_as_often_for_many_arrivals_as_for_one(
    applicant: Client, person: Person, arrival: Person, make_person: MakePerson
) -> None:
    counts = []
    for size in (0, 6):
        for n in range(size):
            visa(make_person(f"30000090{n}0", birth_date="2018-01-01"), person)
        with CaptureQueriesContext(connection) as queries:
            applicant.get(f"/en/requests/new/{SLUG}/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


# What no register tells before the form is answered.
ANSWERED = ("A son is not over 25", "Their medical insurance is valid")


def test_where_nobody_has_come_nothing_untrue_is_said_of_them(applicant: Client) -> None:
    page = applicant.get(f"/en/requests/new/{SLUG}/").content.decode()
    assert "The register knows of nobody." in page
    assert not [sentence for _change, sentence in CONDITIONS if sentence in page]
    assert page.count("It is looked at when the register knows of somebody who has come.") == 1
    assert (page.count("Not looked at yet"), page.count("Not fulfilled")) == (5 + len(ANSWERED), 1)


def test_what_depends_on_who_is_chosen_is_neither_fulfilled_nor_in_the_way(
    applicant: Client, person: Person, arrival: Person, make_person: MakePerson
) -> None:
    late = make_person("3000000012", entered_on=timezone.localdate() - timedelta(days=91), birth_date="2018-05-05")
    visa(late, person)
    page = applicant.get(f"/en/requests/new/{SLUG}/").content.decode()
    assert page.count("Not for all") == 1 and "Not fulfilled for" in page
    assert page.count("Not looked at yet") == len(ANSWERED) and all(sentence in page for sentence in ANSWERED)
    assert "badge-refused" not in page and 'name="token"' in page
    Person.objects.filter(pk=arrival.pk).update(entered_on=late.entered_on)
    page = applicant.get(f"/en/requests/new/{SLUG}/").content.decode()
    assert "More than 90 days have passed since the entry." in page
    assert page.count("Not looked at yet") == len(ANSWERED) and 'name="token"' not in page
