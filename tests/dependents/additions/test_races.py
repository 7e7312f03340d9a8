"""Two officers decide at the same moment what only one of them can."""

import threading
from collections.abc import Callable

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from registry.models import DependencyLink, Document, DocumentKind, Person, Relation
from services.actions import decisions
from services.actions.handling import DecisionRefused
from services.models import Reason, ServiceRequest
from tests.asking import REASON, asked
from tests.cast import luhn_number
from tests.parallel import at_the_same_moment, somebody_waits_for_this_transaction
from tests.waiting import PATIENCE_SECONDS, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]

Link = Callable[..., DependencyLink]
MakePerson = Callable[..., Person]


def approved_at_once(*requests: ServiceRequest) -> list[str]:
    """What became of each, in order of the alphabet."""

    def approve(request: ServiceRequest) -> Callable[[], None]:
        return lambda: decisions.approve(request, request.officer, reason=Reason(REASON))

    outcomes = at_the_same_moment([approve(request) for request in requests])
    assert all(outcome is None or isinstance(outcome, DecisionRefused) for outcome in outcomes), outcomes
    return sorted(str(outcome) for outcome in outcomes)


def test_of_two_marriages_one_is_the_fourth(
    activated: User, officer: User, second_officer: User, person: Person, make_person: MakePerson, link: Link
) -> None:
    women = [make_person(luhn_number(f"20000302{n}"), sex="female") for n in range(5)]
    for wife in women[:3]:
        link(person, wife, Relation.WIFE)
    requests = []
    for woman, decides in zip(women[3:], (officer, second_officer), strict=True):
        answers = {"spouse_number": woman.id_number, "spouse_born_on": str(woman.birth_date)}
        request = asked(
            activated, "add-spouse", decides, **answers, married_on=timezone.localdate().isoformat(), married_in="here"
        )
        ServiceRequest.objects.filter(pk=request.pk).update(token=woman.id_number)
        requests.append(request)
    assert approved_at_once(*requests) == ["None", "register_changed"]
    assert DependencyLink.objects.current().filter(head=person).count() == 4


def test_of_two_parents_who_add_a_child_one_gets_it(
    activated: User,
    officer: User,
    second_officer: User,
    person: Person,
    make_person: MakePerson,
    make_account: Callable[..., User],
) -> None:
    child = make_person(luhn_number("200005001"), birth_date="2014-05-11")
    mother = make_person(luhn_number("200005002"), sex="female")
    other = make_account("mother2026", mother.id_number, "+966555555517", state="activated")
    answers = {"relation": "son", "child_number": child.id_number, "child_born_on": "2014-05-11"}
    requests = [asked(activated, "add-child", officer, **answers), asked(other, "add-child", second_officer, **answers)]
    assert approved_at_once(*requests) == ["None", "register_changed"]
    assert DependencyLink.objects.filter(dependent=child).count() == 1


def test_a_newborns_iqama_is_issued_once(
    activated: User, officer: User, second_officer: User, person: Person, make_person: MakePerson, link: Link
) -> None:
    child = make_person(luhn_number("200005001"), birth_date="2026-05-11", id_expires_on="2027-01-01")
    link(person, child, Relation.SON)
    Document.objects.create(holder=child, kind=DocumentKind.BIRTH_CERTIFICATE, number="RH1")
    requests = []
    for decides in (officer, second_officer):
        until = {"passport_expires_on": "2031-01-01", "insurance_expires_on": "2027-01-01"}
        answers = {"child": child.pk, "passport_number": "N0000909", "insurance_number": "TW77"} | until
        request = asked(activated, "add-dependent-born-here", decides, **answers)
        ServiceRequest.objects.filter(pk=request.pk).update(token=decides.username)
        requests.append(request)
    assert approved_at_once(*requests) == ["None", "register_changed"]
    assert Document.objects.filter(holder=child, kind=DocumentKind.IQAMA).count() == 1


def test_of_two_births_with_one_notice_one_is_registered(
    activated: User,
    officer: User,
    second_officer: User,
    person: Person,
    make_person: MakePerson,
    make_account: Callable[..., User],
    link: Link,
) -> None:
    """Two families, one hospital's notice."""
    other_head = make_person(luhn_number("200005010"), birth_date="1985-03-03")
    other = make_account("other2026", other_head.id_number, "+966555555518", state="activated")
    today = timezone.localdate().isoformat()
    answers: dict[str, object] = {"born_here": "yes", "notice_number": "RH1", "born_on": today, "place": "Riyadh"}
    answers |= {"sex": "male", "first_name_ar": "يحيى", "father_name_ar": "سامر"}
    answers |= {"first_name_en": "Yahya", "father_name_en": "Samer"}
    requests = []
    for n, (head, account, decides) in enumerate([(person, activated, officer), (other_head, other, second_officer)]):
        wife = make_person(luhn_number(f"20000503{n}"), sex="female", birth_date="1990-09-02")
        link(head, wife, Relation.WIFE)
        requests.append(asked(account, "register-newborn", decides, **answers, other_parent=wife.pk))
    before = Person.objects.count()
    assert approved_at_once(*requests) == ["None", "register_changed"]
    assert Person.objects.count() == before + 1 and Document.objects.filter(number="RH1").count() == 1


@pytest.mark.parametrize("slug", ["register-marriage", "add-child"])
def test_who_dies_while_they_join_a_family_joins_nobody(
    slug: str, activated: User, officer: User, make_person: MakePerson
) -> None:
    """The death is written, and not yet committed, when the other decision looks at the register."""
    born_on = "1992-02-10" if slug == "register-marriage" else "2015-02-10"
    newcomer = make_person(luhn_number("200005001"), sex="female", birth_date=born_on)
    answers: dict[str, object] = {"relation": "daughter", "child_number": newcomer.id_number, "child_born_on": born_on}
    if slug == "register-marriage":
        answers = {"spouse_number": newcomer.id_number, "spouse_born_on": born_on, "married_on": "2026-11-01"}
        answers |= {"contract_number": "C100", "place": "Riyadh"}
    request = asked(activated, slug, officer, **answers)
    is_written = threading.Event()

    @transaction.atomic
    def die() -> None:
        Person.objects.filter(pk=newcomer.pk).update(life="deceased", died_on="2026-11-20")
        is_written.set()
        wait_until(somebody_waits_for_this_transaction)

    def approve() -> None:
        is_written.wait(PATIENCE_SECONDS)
        decisions.approve(request, officer, reason=Reason(REASON))

    dead, approved = at_the_same_moment([die, approve])
    assert dead is None and isinstance(approved, DecisionRefused) and approved.code == "register_changed"
    assert not DependencyLink.objects.exists()
