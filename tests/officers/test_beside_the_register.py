"""What an officer reads beside the answers: whom they name, what the register says, what came after a return."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from audit.events import Event
from audit.models import Entry
from registry.models import DependencyLink, Person, Relation
from services import dossier
from services.actions import attachments, decisions, proposals, requests
from services.actions.batches import Batch, BatchAct
from services.actions.decisions import DecisionRefused
from services.catalogue import services
from services.models import Reason, ServiceRequest
from tests.cast import luhn_number
from tests.officers.conftest import enter
from tests.officers.requests import REASON, ask, page_of, read_now
from tests.services.hostile import image

pytestmark = pytest.mark.django_db

MARRIAGE = {"married_on": "2026-11-03", "contract_number": "C12345", "place": "Riyadh"}


@pytest.fixture
def huda(make_person: Callable[..., Person]) -> Person:
    """In the register, with nobody."""
    return make_person(luhn_number("200003003"), first_name_en="Huda", sex="female", birth_date="1992-02-10")


@pytest.fixture
def marriage(activated: User, civil_affairs: User, huda: Person) -> ServiceRequest:
    names = {"spouse_number": huda.id_number, "spouse_born_on": "1992-02-10"}
    return ask(activated, "register-marriage", officer=civil_affairs, **names, **MARRIAGE)


def page_for(officer: User, request: ServiceRequest) -> str:
    return enter(Client(), officer).get(page_of(request)).content.decode()


def verdicts(request: ServiceRequest, applicant: Person) -> dict[str, bool | None]:
    service = services()[request.service]
    subject, _link = dossier.subject_of(request, applicant)
    found = dossier.compared(request, service, subject, dossier.last_return_of(request))
    return {entry.name: one.agrees for entry, one in zip(service.fields, found, strict=False)}


def test_a_spouse_who_is_typed_stands_on_the_page_as_the_register_has_her(
    marriage: ServiceRequest, civil_affairs: User, huda: Person, person: Person
) -> None:
    page = page_for(civil_affairs, marriage)
    assert huda.name_en in page and "Agrees" in page
    assert verdicts(marriage, person)["spouse_born_on"] is True
    Person.objects.filter(pk=huda.pk).update(birth_date="1993-02-10")
    assert "Differs" in page_for(civil_affairs, marriage)


@pytest.mark.parametrize(("relation", "agrees"), [("daughter", True), ("son", False)])
def test_a_child_who_is_typed_is_compared_by_day_of_birth_and_sex(
    relation: str, agrees: bool, activated: User, person: Person, make_person: Callable[..., Person]
) -> None:
    child = make_person(luhn_number("200003005"), first_name_en="Lama", sex="female", birth_date="2015-05-05")
    facts = {"relation": relation, "child_number": child.id_number, "child_born_on": "2015-05-05"}
    request = ask(activated, "add-child", **facts)
    assert request.subject == child
    assert verdicts(request, person) == {"relation": agrees, "child_number": None, "child_born_on": True}


def test_the_names_that_a_newborn_takes_are_compared_with_the_fathers(
    activated: User, person: Person, huda: Person
) -> None:
    DependencyLink.objects.create(head=person, dependent=huda, relation=Relation.WIFE, since="2020-01-01")
    names = {"first_name_ar": "ليلى", "father_name_ar": "سامر", "first_name_en": "Layla", "father_name_en": "Sameer"}
    facts = {
        "born_here": "yes",
        "notice_number": "RH204411",
        "born_on": "2026-11-03",
        "place": "Riyadh",
        "sex": "female",
    }
    request = ask(activated, "register-newborn", other_parent=huda.pk, **facts, **names)
    found = verdicts(request, person)
    assert (found["father_name_ar"], found["father_name_en"], found["first_name_en"]) == (True, False, None)


def test_the_relation_of_an_arrival_is_compared_with_the_link(
    person: Person, make_person: Callable[..., Person]
) -> None:
    son = make_person("3000000004", birth_date="2018-07-07")
    service = services()["add-resident-dependent"]
    assert service.known_of({"arrival": son.pk}, person) == {"relation": None}
    DependencyLink.objects.create(head=person, dependent=son, relation=Relation.SON)
    assert service.known_of({"arrival": son.pk}, person) == {"relation": "son"}


def test_nobody_decides_a_request_that_is_about_themselves_or_their_family(
    marriage: ServiceRequest, activated: User, civil_affairs: User, colleague: User, huda: Person
) -> None:
    decisions.release(marriage, civil_affairs)
    User.objects.filter(pk=colleague.pk).update(id_number=huda.id_number)
    colleague.refresh_from_db()
    about_her = ServiceRequest.objects.get()
    assert decisions.take_next(colleague, "civil-affairs") is None
    assert Batch(BatchAct.APPROVE, colleague).obstacle(about_her) == "own_request"
    with pytest.raises(DecisionRefused, match="own_request"):
        decisions.take(about_her, colleague)
    assert decisions.take_next(civil_affairs, "civil-affairs") == about_her


def test_what_was_returned_and_what_was_given_in_its_place_are_told_apart(
    activated: User, civil_affairs: User, make_person: Callable[..., Person], marriage: ServiceRequest
) -> None:
    assert "Given after the return" not in page_for(civil_affairs, marriage)
    decisions.send_back(marriage, civil_affairs, reason=Reason(REASON), fields=[], documents=["marriage_contract"])
    assert "Returned: another one was asked for" in page_for(civil_affairs, marriage)
    # What comes later comes in a later transaction.
    marriage.thread.update(written_at="2026-01-01T00:00Z")
    marriage.attachments.update(added_at="2025-12-31T00:00Z")
    attachments.attach(marriage, "marriage_contract", "better.png", image(size=(41, 30)))
    page = page_for(civil_affairs, marriage)
    assert page.count("Given after the return") == 1 and page.count("Returned: another one was asked for") == 1
    assert page.index("better.png") < page.index("Given after the return")


def test_what_was_answered_after_the_return_is_marked(
    activated: User, civil_affairs: User, marriage: ServiceRequest
) -> None:
    decisions.send_back(marriage, civil_affairs, reason=Reason(REASON), fields=["contract_number"])
    marriage.refresh_from_db()
    assert "Answered after the return" not in page_for(civil_affairs, marriage)
    requests.answer(marriage, {"contract_number": "MC7702"}, "Corrected.")
    page = page_for(civil_affairs, marriage)
    assert page.count("Answered after the return") == 1
    assert page.index("MC7702") < page.index("Answered after the return")


def test_what_was_ticked_of_the_check_list_stands_in_the_trail(
    marriage: ServiceRequest, activated: User, civil_affairs: User
) -> None:
    desk = enter(Client(), civil_affairs)
    desk.post(
        page_of(marriage), {"decision": "approve", "text": REASON, "checks": ["0", "1", "2"]} | read_now(marriage)
    )
    told = Entry.objects.get(event=Event.REQUEST_APPROVED)
    assert told.details == {"request": marriage.pk, "checked": "1, 2, 3"}


def test_both_officers_ticks_stand_in_the_trail(
    activated: User, civil_affairs: User, colleague: User, person: Person
) -> None:
    facts: dict[str, Any] = {"person": person.pk, "birth_date": "1988-04-18", "reason": ""}
    request = ask(activated, "correct-birth-date", officer=civil_affairs, **facts)
    sent = {"text": REASON, "checks": ["0", "1", "2"]}
    enter(Client(), civil_affairs).post(page_of(request), sent | {"decision": "approve"} | read_now(request))
    request.refresh_from_db()
    confirmed = sent | {"decision": "confirm", "seen": proposals.mark_of(request)}
    enter(Client(), colleague).post(page_of(request, "services_second"), confirmed)
    events = Entry.objects.filter(event__in=(Event.REQUEST_PROPOSED, Event.REQUEST_APPROVED)).order_by("pk")
    assert [(one.actor_id, one.details["checked"]) for one in events] == [
        (civil_affairs.pk, "1, 2, 3"), (colleague.pk, "1, 2, 3"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("A complaint", "Works on it")), ("ar", ("شكوى", "يعمل على الطلب"))],
)
def test_the_trail_says_in_words_why_somebody_looked(
    language: str, words: tuple[str, ...], activated: User, supervisor: User, civil_affairs: User
) -> None:
    request = ask(activated, officer=civil_affairs)
    decisions.view(request, civil_affairs)
    decisions.view(request, supervisor, "complaint")
    supervisor.is_superuser = True
    supervisor.save()
    page = enter(Client(), supervisor).get(f"/{language}/admin/audit/entry/").content.decode()
    assert all(word in page for word in words) and "holds" not in page


@pytest.mark.postgres
def test_the_history_of_a_request_is_read_by_an_index(activated: User, civil_affairs: User) -> None:
    """However much else the trail holds of its applicant."""
    request = ask(activated, officer=civil_affairs)
    looks = {"event": Event.REQUEST_VIEWED, "subject_id": activated.pk}
    Entry.objects.bulk_create([Entry(details={"request": request.pk + 1 + n}, **looks) for n in range(2000)])
    with CaptureQueriesContext(connection) as queries, connection.cursor() as cursor:
        steps = dossier.history(request)
        cursor.execute("ANALYZE audit_entry")
        cursor.execute(f"EXPLAIN {queries[0]['sql']}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert len(steps) == 2 and "audit_by_asked_request" in plan, plan
