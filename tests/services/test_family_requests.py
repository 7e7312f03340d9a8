"""Civil registry services for a family: a death, a divorce, a separation, from the form to the register."""

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client

from accounts.models import User
from dependents import judging
from registry.models import DependencyLink, Document, DocumentKind, DocumentStatus, Life, Person, Relation
from services.actions.handling import DecisionRefused
from services.models import ServiceRequest
from services.states import RequestState
from tests.asking import REASON, asked, day, form_of
from tests.cast import luhn_number
from tests.decided import approve

pytestmark = pytest.mark.django_db


@pytest.fixture
def wife(person: Person, make_person: Callable[..., Person]) -> DependencyLink:
    spouse = make_person(luhn_number("200003002"), first_name_en="Rana", sex="female", birth_date="1990-09-02")
    return DependencyLink.objects.create(head=person, dependent=spouse, relation=Relation.WIFE)


def test_a_registered_death_ends_the_link_and_the_documents(
    activated: User, officer: User, second_officer: User, daughter: DependencyLink
) -> None:
    passport = Document.objects.create(
        holder=daughter.dependent, kind=DocumentKind.PASSPORT, number="N1", expires_on="2032-06-30"
    )
    request = asked(activated, "register-death", officer, member=daughter.pk, died_on="2026-11-03", place="Riyadh")
    approve(request, officer, second_officer, text=REASON)
    for row in (daughter, daughter.dependent, passport):
        row.refresh_from_db()
    assert (daughter.dependent.life, daughter.dependent.died_on) == (Life.DECEASED, date(2026, 11, 3))
    assert (daughter.until, passport.status) == (date(2026, 11, 3), DocumentStatus.CANCELLED)


def test_a_death_is_registered_once(
    activated: User, officer: User, second_officer: User, daughter: DependencyLink
) -> None:
    request = asked(activated, "register-death", officer, member=daughter.pk, died_on="2026-11-03", place="Riyadh")
    Person.objects.filter(pk=daughter.dependent_id).update(life=Life.DECEASED, died_on="2026-10-01")
    with pytest.raises(DecisionRefused, match="register_changed"):
        approve(request, officer, second_officer, text=REASON)
    request.refresh_from_db()
    daughter.refresh_from_db()
    assert (request.state, daughter.until) == (RequestState.IN_REVIEW, None)


def test_a_divorce_ends_the_link(activated: User, officer: User, second_officer: User, wife: DependencyLink) -> None:
    answers = {"member": wife.pk, "divorced_on": "2026-11-03", "deed_number": "4412"}
    request = asked(activated, "register-divorce", officer, **answers)
    approve(request, officer, second_officer, text=REASON)
    wife.refresh_from_db()
    assert wife.until == date(2026, 11, 3)


def test_a_link_does_not_end_before_it_began(
    activated: User, officer: User, second_officer: User, wife: DependencyLink
) -> None:
    DependencyLink.objects.filter(pk=wife.pk).update(since="2026-11-20")
    answers = {"member": wife.pk, "divorced_on": "2026-11-03", "deed_number": "4412"}
    approve(asked(activated, "register-divorce", officer, **answers), officer, second_officer, text=REASON)
    wife.refresh_from_db()
    assert wife.until == date(2026, 11, 20)


def test_a_separated_dependent_belongs_to_nobody(
    activated: User, officer: User, second_officer: User, daughter: DependencyLink
) -> None:
    request = asked(activated, "separate-dependent", officer, member=daughter.pk, reason="work")
    approve(request, officer, second_officer, text=REASON)
    assert not DependencyLink.objects.current().exists()


def test_what_has_ended_meanwhile_cannot_be_ended_again(
    activated: User, officer: User, second_officer: User, daughter: DependencyLink
) -> None:
    request = asked(activated, "separate-dependent", officer, member=daughter.pk, reason="work")
    DependencyLink.objects.update(until="2026-11-01")
    with pytest.raises(DecisionRefused, match="register_changed"):
        approve(request, officer, second_officer, text=REASON)


def test_a_death_before_birth_is_answered_beside_the_field(applicant: Client, daughter: DependencyLink) -> None:
    typed = {"member": str(daughter.pk), "place": "Riyadh"} | day("died_on", date(2014, 11, 3))
    page = form_of(applicant, "register-death", **typed)
    assert "This day lies before the birth of the person you chose." in page and "Riyadh" in page


def test_a_judge_says_nothing_of_what_is_missing_or_right(daughter: DependencyLink) -> None:
    head = daughter.head
    assert judging.death({}, head) == judging.divorce({"member": daughter}, head) == {}
    assert judging.death({"member": daughter, "died_on": date(2026, 1, 1)}, head) == {}


def test_the_number_of_a_deed_is_typed_in_any_digits(applicant: Client, wife: DependencyLink) -> None:
    typed = {"member": str(wife.pk)} | day("divorced_on", date(2026, 11, 3))
    assert "Copy the number from the paper" in form_of(applicant, "register-divorce", **typed, deed_number="صك")
    form_of(applicant, "register-divorce", **typed, deed_number="٤٤-١٢ / ۷")
    assert ServiceRequest.objects.get().answers["deed_number"] == "44127"


def test_only_the_spouse_can_be_chosen_for_a_divorce(
    applicant: Client, daughter: DependencyLink, wife: DependencyLink
) -> None:
    page = form_of(applicant, "register-divorce")
    assert "Rana" in page and "Lama" not in page
    typed = {"member": str(daughter.pk), "deed_number": "1"} | day("divorced_on", date(2026, 11, 3))
    assert "This is not one of the choices." in form_of(applicant, "register-divorce", **typed)


def test_nobody_chooses_somebody_elses_family(
    applicant: Client, daughter: DependencyLink, stranger: User, make_person: Callable[..., Person]
) -> None:
    foreign = make_person(luhn_number("200003009"), first_name_en="Foreign")
    head = Person.objects.get(id_number=stranger.id_number)
    link = DependencyLink.objects.create(head=head, dependent=foreign, relation=Relation.SON)
    page = form_of(
        applicant, "register-death", member=str(link.pk), place="Riyadh", **day("died_on", date(2026, 11, 3))
    )
    assert "This is not one of the choices." in page and "Foreign" not in page


def test_the_documents_are_asked_for_before_the_request_is_sent(applicant: Client, daughter: DependencyLink) -> None:
    page = form_of(applicant, "separate-dependent", member=str(daughter.pk), reason="work")
    assert "What proves it" in page
    number = ServiceRequest.objects.latest("pk").number
    page = applicant.post(f"/en/requests/{number}/review/", {"pledge": "on"}, follow=True).content.decode()
    assert "Attach this document: the request cannot be sent without it." in page


def test_without_family_the_requirements_say_so(applicant: Client) -> None:
    page = applicant.get("/en/requests/new/register-death/").content.decode()
    assert "Not fulfilled" in page and "write to Civil Affairs" in page
