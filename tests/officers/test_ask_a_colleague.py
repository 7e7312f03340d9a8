"""An officer asks a colleague about a request; the applicant never learns of it."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import User
from audit.events import Event
from audit.models import Entry
from registry.models import DependencyLink, Person, Relation
from services.actions import consultations, decisions
from services.actions.handling import DecisionRefused
from services.models import ColleagueNote, Reason, ServiceRequest
from tests.cast import sign_in
from tests.officers.conftest import enter
from tests.officers.requests import REASON, ask, page_of

pytestmark = pytest.mark.django_db

QUESTION, ANSWER = "Is the stamp of this hospital genuine?", "It is; the hospital changed it in October."
DESK = "/en/admin/services/servicerequest/"


@pytest.fixture
def request_(activated: User, civil_affairs: User) -> ServiceRequest:
    return ask(activated, officer=civil_affairs)


@pytest.fixture
def question(request_: ServiceRequest, civil_affairs: User, colleague: User) -> ColleagueNote:
    consultations.ask(request_, civil_affairs, colleague=colleague, text=QUESTION)
    return ColleagueNote.objects.get()


def test_a_question_reaches_the_colleague_and_the_answer_comes_back(
    request_: ServiceRequest, civil_affairs: User, colleague: User, activated: User
) -> None:
    desk, other = enter(Client(), civil_affairs), enter(Client(), colleague)
    sent = {"colleague": colleague.pk, "question": QUESTION}
    assert (
        "The answer will stand on this page."
        in desk.post(page_of(request_, "services_ask"), sent, follow=True).content.decode()
    )
    for path in (DESK, f"{DESK}questions/"):
        assert QUESTION in other.get(path).content.decode() and QUESTION not in desk.get(path).content.decode()
    # The question is the reason of the look.
    page = other.get(page_of(request_)).content.decode()
    assert QUESTION in page and "How do I renew?" in page and "services_release" not in page
    looked = Entry.objects.filter(event=Event.REQUEST_VIEWED, actor_id=colleague.pk).get()
    assert looked.details["reason"] == "asked"
    asked = ColleagueNote.objects.get()
    other.post(page_of(request_, "services_answer", asked.pk), {"answer": ANSWER})
    assert ANSWER in desk.get(page_of(request_)).content.decode()
    assert QUESTION not in other.get(DESK).content.decode()
    assert "Why do you look?" in other.get(page_of(request_)).content.decode()
    assert Entry.objects.filter(event__in=(Event.COLLEAGUE_ASKED, Event.COLLEAGUE_ANSWERED)).count() == 2
    page = sign_in(Client(), activated).get(f"/en/requests/{request_.number}/").content.decode()
    assert QUESTION not in page and ANSWER not in page and colleague.username not in page


@pytest.mark.parametrize("missing", ["colleague", "question"])
def test_what_is_missing_is_asked_beside_its_field_and_the_rest_is_kept(
    missing: str, request_: ServiceRequest, civil_affairs: User, colleague: User
) -> None:
    sent = {"colleague": str(colleague.pk), "question": QUESTION}
    del sent[missing]
    page = enter(Client(), civil_affairs).post(page_of(request_, "services_ask"), sent).content.decode()
    assert {"colleague": "Choose a colleague.", "question": "Write what you want to know."}[missing] in page
    assert (QUESTION in page) == (missing == "colleague")
    assert not ColleagueNote.objects.exists()


def test_an_answer_says_something(question: ColleagueNote, request_: ServiceRequest, colleague: User) -> None:
    page = enter(Client(), colleague).post(page_of(request_, "services_answer", question.pk), {"answer": " "})
    assert "Write your answer." in page.content.decode()


def test_only_whoever_has_it_asks_and_only_whoever_was_asked_answers(
    question: ColleagueNote, request_: ServiceRequest, civil_affairs: User, colleague: User, supervisor: User
) -> None:
    with pytest.raises(DecisionRefused, match="not_yours"):
        consultations.ask(request_, supervisor, colleague=colleague, text=QUESTION)
    with pytest.raises(DecisionRefused, match="not_yours"):
        consultations.answer(question, supervisor, text=ANSWER)
    other = enter(Client(), supervisor)
    assert other.post(page_of(request_, "services_answer", question.pk), {"answer": ANSWER}).status_code == 404
    assert ColleagueNote.objects.get().answer == ""


def test_neither_oneself_nor_another_department_nor_the_family_is_asked(
    request_: ServiceRequest,
    civil_affairs: User,
    colleague: User,
    passports: User,
    person: Person,
    make_person: Callable[..., Person],
) -> None:
    for nobody in (civil_affairs, passports):
        with pytest.raises(DecisionRefused, match="not_a_colleague"):
            consultations.ask(request_, civil_affairs, colleague=nobody, text=QUESTION)
    own = make_person(colleague.id_number, nationality="SAU", id_expires_on=None)
    DependencyLink.objects.create(head=person, dependent=own, relation=Relation.SON)
    with pytest.raises(DecisionRefused, match="own_request"):
        consultations.ask(request_, civil_affairs, colleague=colleague, text=QUESTION)


def test_a_question_is_answered_once(question: ColleagueNote, colleague: User) -> None:
    stale = ColleagueNote.objects.get()
    consultations.answer(question, colleague, text=ANSWER)
    with pytest.raises(DecisionRefused, match="moved"):
        consultations.answer(stale, colleague, text="Something else, later.")
    assert ColleagueNote.objects.get().answer == ANSWER


def test_a_question_about_what_is_decided_waits_for_nobody(
    question: ColleagueNote, request_: ServiceRequest, civil_affairs: User, colleague: User
) -> None:
    decisions.reject(request_, civil_affairs, reason=Reason(REASON))
    assert QUESTION not in enter(Client(), colleague).get(DESK).content.decode()
    with pytest.raises(DecisionRefused, match="moved"):
        consultations.ask(request_, civil_affairs, colleague=colleague, text=QUESTION)


@pytest.mark.parametrize(
    ("constraint", "facts"),
    [
        ("a_note_to_a_colleague_says_something", {"text": ""}),
        ("an_answered_question_has_an_answer_and_a_time", {"answer": ANSWER}),
    ],
)
def test_the_database_keeps_notes_whole(constraint: str, facts: dict[str, str], question: ColleagueNote) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ColleagueNote.objects.filter(pk=question.pk).update(**facts)


def test_the_database_lets_nobody_write_to_oneself(request_: ServiceRequest, civil_affairs: User) -> None:
    with pytest.raises(IntegrityError, match="nobody_writes_a_note_to_oneself"), transaction.atomic():
        ColleagueNote.objects.create(
            request=request_, author=civil_affairs, addressee=civil_affairs, is_question=True, text=QUESTION
        )
