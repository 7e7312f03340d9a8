"""AZ-3: nobody looks at, decides or hands on what they or their family asked for, or what is asked about them."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from audit.events import Event
from audit.models import Entry
from registry.models import DependencyLink, Person, Relation
from services.actions import assignments, batches, decisions, proposals, reopening
from services.actions.handling import DecisionRefused
from services.models import Reason, ServiceRequest
from services.states import RequestState
from tests.asking import asked
from tests.cast import luhn_number
from tests.officers.conftest import enter
from tests.officers.requests import REASON, ask, page_of

pytestmark = pytest.mark.django_db

MakePerson = Callable[..., Person]
OF_FAMILY = "This request is yours or of your family."


def in_the_register(officer: User, make_person: MakePerson, **facts: object) -> Person:
    return make_person(officer.id_number, nationality="SAU", id_expires_on=None, **facts)


def looks(officer: User) -> list[str]:
    viewed = Entry.objects.filter(event=Event.REQUEST_VIEWED, actor_id=officer.pk).order_by("pk")
    return [entry.details["reason"] for entry in viewed]


def test_a_form_that_does_not_do_shows_nothing_of_a_family_members_request(
    civil_affairs: User, activated: User, person: Person, make_person: MakePerson
) -> None:
    """Whoever gave a reason before, and then sends a decision without an answer."""
    own = in_the_register(civil_affairs, make_person)
    DependencyLink.objects.create(head=person, dependent=own, relation=Relation.SON)
    request, desk = ask(activated), enter(Client(), civil_affairs)
    desk.post(page_of(request, "services_look"), {"reason": "complaint"})
    for name in ("services_request", "services_ask", "services_assign", "services_second"):
        page = desk.post(page_of(request, name), {}, follow=True).content.decode()
        assert OF_FAMILY in page and "How do I renew?" not in page
    assert looks(civil_affairs) == []


def test_every_page_of_a_request_that_is_shown_is_a_look_in_the_trail(civil_affairs: User, activated: User) -> None:
    request, desk = ask(activated, officer=civil_affairs), enter(Client(), civil_affairs)
    for name in ("services_request", "services_ask", "services_assign"):
        assert "How do I renew?" in desk.post(page_of(request, name), {}).content.decode()
    assert looks(civil_affairs) == ["holds"] * 3


def test_who_is_to_be_married_does_not_decide_about_it(
    activated: User, civil_affairs: User, colleague: User, make_person: MakePerson
) -> None:
    """The applicant typed the officer's number: the request is about the officer."""
    bride = in_the_register(civil_affairs, make_person, sex="female", birth_date="1992-02-10")
    answers = {"spouse_number": bride.id_number, "spouse_born_on": "1992-02-10", "married_on": "2026-11-01"}
    request = asked(activated, "register-marriage", colleague, **answers, contract_number="C100", place="Riyadh")
    decisions.release(request, colleague)
    assert decisions.take_next(civil_affairs, "civil-affairs") is None
    with pytest.raises(DecisionRefused, match="own_request"):
        decisions.take(request, civil_affairs)
    batch = batches.Batch(batches.BatchAct.REJECT, civil_affairs, texts={"ar": REASON, "en": REASON})
    assert batch.obstacle(request) == "own_request"


def test_the_mother_of_a_child_does_not_decide_about_it_after_the_divorce_either(
    activated: User, civil_affairs: User, person: Person, make_person: MakePerson
) -> None:
    mother = in_the_register(civil_affairs, make_person, sex="female")
    facts = {"relation": Relation.WIFE, "since": "2012-01-01", "until": "2026-10-01"}
    DependencyLink.objects.create(head=person, dependent=mother, **facts)
    with pytest.raises(DecisionRefused, match="own_request"):
        decisions.take(ask(activated), civil_affairs)


def test_brothers_and_sisters_in_one_household_do_not_decide_about_each_other(
    activated: User, civil_affairs: User, person: Person, make_person: MakePerson
) -> None:
    father = make_person(luhn_number("200003009"), birth_date="1950-01-01")
    for child in (person, in_the_register(civil_affairs, make_person)):
        DependencyLink.objects.create(head=father, dependent=child, relation=Relation.SON)
    with pytest.raises(DecisionRefused, match="own_request"):
        decisions.take(ask(activated), civil_affairs)


def test_who_became_one_of_the_family_since_the_request_was_taken_only_gives_it_back(
    activated: User, civil_affairs: User, colleague: User, person: Person, make_person: MakePerson
) -> None:
    request = ask(activated, officer=civil_affairs)
    DependencyLink.objects.create(
        head=person, dependent=in_the_register(civil_affairs, make_person), relation=Relation.WIFE
    )
    acts = (
        lambda: decisions.approve(request, civil_affairs, reason=Reason(REASON)),
        lambda: decisions.reject(request, civil_affairs, reason=Reason(REASON)),
        lambda: decisions.send_back(request, civil_affairs, reason=Reason(REASON), fields=[]),
        lambda: proposals.propose(request, civil_affairs, reason=Reason(REASON)),
        lambda: assignments.assign(request, civil_affairs, to=colleague),
    )
    for act in acts:
        with pytest.raises(DecisionRefused, match="own_request"):
            act()
    batch = batches.Batch(batches.BatchAct.RELEASE, civil_affairs)
    assert batch.carry_out([request]) == [(request, "")]


def test_a_supervisor_neither_chooses_who_decides_about_them_nor_opens_it_again(
    activated: User, civil_affairs: User, colleague: User, supervisor: User, person: Person, make_person: MakePerson
) -> None:
    DependencyLink.objects.create(
        head=person, dependent=in_the_register(supervisor, make_person), relation=Relation.SON
    )
    request = ask(activated, officer=civil_affairs)
    with pytest.raises(DecisionRefused, match="own_request"):
        assignments.assign(request, supervisor, to=colleague)
    with pytest.raises(DecisionRefused, match="own_request"):
        decisions.release(request, supervisor)
    decisions.reject(request, civil_affairs, reason=Reason(REASON))
    with pytest.raises(reopening.ReopeningRefused, match="own_request"):
        reopening.reopen(request, supervisor, reason=REASON)
    assert ServiceRequest.objects.get().state == RequestState.REJECTED
