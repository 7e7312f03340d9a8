"""Civil registry services for a family: a death, a divorce, a separation, from the form to the register."""

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client

from accounts.models import User
from dependents import judging
from registry.models import DependencyLink, Document, DocumentKind, DocumentStatus, Life, Person, Relation
from services.actions import decisions, requests
from services.actions.decisions import DecisionRefused
from services.catalogue import services
from services.models import ServiceRequest
from services.states import RequestState
from tests.cast import luhn_number, sign_in

pytestmark = pytest.mark.django_db

REASON = "Done as the documents say; nothing more is needed."


@pytest.fixture
def daughter(person: Person, make_person: Callable[..., Person]) -> DependencyLink:
    child = make_person(luhn_number("200003001"), first_name_en="Lama", birth_date="2015-01-01")
    return DependencyLink.objects.create(head=person, dependent=child, relation=Relation.DAUGHTER, since="2020-01-01")


@pytest.fixture
def wife(person: Person, make_person: Callable[..., Person]) -> DependencyLink:
    spouse = make_person(luhn_number("200003002"), first_name_en="Rana", sex="female", birth_date="1990-09-02")
    return DependencyLink.objects.create(head=person, dependent=spouse, relation=Relation.WIFE)


def day(name: str, year: str = "2026") -> dict[str, str]:
    parts = {"calendar": "gregorian", "day": "3", "month": "11", "year": year}
    return {f"{name}_{part}": value for part, value in parts.items()}


def asked(applicant: User, slug: str, officer: User, **answers: object) -> ServiceRequest:
    """With an officer, as it was submitted."""
    request = requests.begin(services()[slug], applicant, slug)
    requests.keep(request, answers)
    requests.submit(request)
    decisions.take(request, officer)
    return request


def test_a_registered_death_ends_the_link_and_the_documents(
    activated: User, officer: User, daughter: DependencyLink
) -> None:
    passport = Document.objects.create(
        holder=daughter.dependent, kind=DocumentKind.PASSPORT, number="N1", expires_on="2032-06-30"
    )
    request = asked(activated, "register-death", officer, member=daughter.pk, died_on="2026-11-03", place="Riyadh")
    decisions.approve(request, officer, text=REASON)
    for row in (daughter, daughter.dependent, passport):
        row.refresh_from_db()
    assert (daughter.dependent.life, daughter.dependent.died_on) == (Life.DECEASED, date(2026, 11, 3))
    assert (daughter.until, passport.status) == (date(2026, 11, 3), DocumentStatus.CANCELLED)


def test_a_death_is_registered_once(activated: User, officer: User, daughter: DependencyLink) -> None:
    request = asked(activated, "register-death", officer, member=daughter.pk, died_on="2026-11-03", place="Riyadh")
    Person.objects.filter(pk=daughter.dependent_id).update(life=Life.DECEASED, died_on="2026-10-01")
    with pytest.raises(DecisionRefused, match="register_changed"):
        decisions.approve(request, officer, text=REASON)
    request.refresh_from_db()
    daughter.refresh_from_db()
    assert (request.state, daughter.until) == (RequestState.IN_REVIEW, None)


def test_a_divorce_ends_the_link(activated: User, officer: User, wife: DependencyLink) -> None:
    answers = {"member": wife.pk, "divorced_on": "2026-11-03", "deed_number": "4412"}
    request = asked(activated, "register-divorce", officer, **answers)
    decisions.approve(request, officer, text=REASON)
    wife.refresh_from_db()
    assert wife.until == date(2026, 11, 3)


def test_a_link_does_not_end_before_it_began(activated: User, officer: User, wife: DependencyLink) -> None:
    DependencyLink.objects.filter(pk=wife.pk).update(since="2026-11-20")
    answers = {"member": wife.pk, "divorced_on": "2026-11-03", "deed_number": "4412"}
    decisions.approve(asked(activated, "register-divorce", officer, **answers), officer, text=REASON)
    wife.refresh_from_db()
    assert wife.until == date(2026, 11, 20)


def test_a_separated_dependent_belongs_to_nobody(activated: User, officer: User, daughter: DependencyLink) -> None:
    request = asked(activated, "separate-dependent", officer, member=daughter.pk, reason="work")
    decisions.approve(request, officer, text=REASON)
    assert not DependencyLink.objects.current().exists()


def test_what_has_ended_meanwhile_cannot_be_ended_again(
    activated: User, officer: User, daughter: DependencyLink
) -> None:
    request = asked(activated, "separate-dependent", officer, member=daughter.pk, reason="work")
    DependencyLink.objects.update(until="2026-11-01")
    with pytest.raises(DecisionRefused, match="register_changed"):
        decisions.approve(request, officer, text=REASON)


@pytest.fixture
def applicant(activated: User, browser: Client) -> Client:
    return sign_in(browser, activated)


def form_of(client: Client, slug: str, **typed: str) -> str:
    client.post(f"/en/requests/new/{slug}/", {"token": slug})
    number = ServiceRequest.objects.latest("pk").number
    return client.post(f"/en/requests/{number}/form/", typed, follow=True).content.decode()


def test_a_death_before_birth_is_answered_beside_the_field(applicant: Client, daughter: DependencyLink) -> None:
    typed = {"member": str(daughter.pk), "place": "Riyadh"} | day("died_on", "2014")
    page = form_of(applicant, "register-death", **typed)
    assert "This day lies before the birth of the person you chose." in page and "Riyadh" in page


def test_a_judge_says_nothing_of_what_is_missing_or_right(daughter: DependencyLink) -> None:
    assert judging.death({}) == judging.divorce({"member": daughter}) == {}
    assert judging.death({"member": daughter, "died_on": date(2026, 1, 1)}) == {}


def test_only_the_spouse_can_be_chosen_for_a_divorce(
    applicant: Client, daughter: DependencyLink, wife: DependencyLink
) -> None:
    page = form_of(applicant, "register-divorce")
    assert "Rana" in page and "Lama" not in page
    typed = {"member": str(daughter.pk), "deed_number": "1"} | day("divorced_on")
    assert "This is not one of the choices." in form_of(applicant, "register-divorce", **typed)


def test_nobody_chooses_somebody_elses_family(
    applicant: Client, daughter: DependencyLink, stranger: User, make_person: Callable[..., Person]
) -> None:
    foreign = make_person(luhn_number("200003009"), first_name_en="Foreign")
    head = Person.objects.get(id_number=stranger.id_number)
    link = DependencyLink.objects.create(head=head, dependent=foreign, relation=Relation.SON)
    page = form_of(applicant, "register-death", member=str(link.pk), place="Riyadh", **day("died_on"))
    assert "This is not one of the choices." in page and "Foreign" not in page


def test_the_documents_are_asked_for_before_the_request_is_sent(applicant: Client, daughter: DependencyLink) -> None:
    page = form_of(applicant, "separate-dependent", member=str(daughter.pk), reason="work")
    assert "What proves it" in page
    number = ServiceRequest.objects.latest("pk").number
    page = applicant.post(f"/en/requests/{number}/review/", {"pledge": "on"}, follow=True).content.decode()
    assert "Attach what is asked for first." in page


def test_without_family_the_requirements_say_so(applicant: Client) -> None:
    page = applicant.get("/en/requests/new/register-death/").content.decode()
    assert "Not fulfilled" in page and "write to Civil Affairs" in page
