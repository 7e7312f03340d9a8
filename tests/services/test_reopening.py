"""A supervisor takes a decision back: the applicant is told, an officer decides anew, the register stays as it is."""

from collections.abc import Callable

import pytest
from django.db.models import F
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from audit.events import Event
from audit.models import Entry
from registry.models import DependencyLink, Document, DocumentKind, DocumentStatus, Person, Relation
from services.actions import decisions, reopening, requests
from services.actions.reopening import ReopeningRefused
from services.catalogue import services
from services.models import Notice, Reason, ServiceRequest
from services.states import RequestState
from tests.asking import submitted
from tests.cast import Phone, luhn_number
from tests.officers.conftest import enter

pytestmark = pytest.mark.django_db

ANSWER = "The letter is not signed. Send a signed one."
REASON = "The signed letter came on the same day by post."
PAGE = "/en/admin/services/serviceday/reopen/"


@pytest.fixture
def supervisor(make_account: Callable[..., User], give_role: Callable[[User, Role], User]) -> User:
    made = make_account("super01", luhn_number("106000000"), "", state="staff", is_staff=True)
    return give_role(made, Role.SUPERVISOR)


@pytest.fixture
def office(supervisor: User) -> Client:
    return enter(Client(), supervisor)


def decided(request: ServiceRequest, officer: User, *, approve: bool = False) -> ServiceRequest:
    decisions.take(request, officer)
    (decisions.approve if approve else decisions.reject)(request, officer, reason=Reason(ANSWER))
    return request


def lost_passport(person: Person, applicant: User) -> ServiceRequest:
    passport = Document.objects.create(
        holder=person, kind=DocumentKind.PASSPORT, number="N0000101", issued_by="JOR", expires_on="2032-06-30"
    )
    lost = {"lost_on": "2026-11-03", "place": "Riyadh", "circumstances": "In a taxi."}
    return submitted(applicant, "report-lost-documents", document=passport.pk, **lost)


@pytest.mark.parametrize("approve", [False, True])
def test_a_decision_without_an_effect_is_taken_back(
    approve: bool, activated: User, civil_affairs: User, office: Client, supervisor: User, phone: Phone
) -> None:
    request = decided(submitted(activated), civil_affairs, approve=approve)
    was = request.state
    assert ANSWER in office.get(PAGE, {"number": request.number}).content.decode()
    office.post(f"{PAGE}?number={request.number}", {"reason": REASON})
    request.refresh_from_db()
    assert (request.state, request.officer, request.ended_at, request.reason) == (
        RequestState.SUBMITTED,
        None,
        None,
        "",
    )
    assert ServiceRequest.objects.filter(pk=request.pk, reopened_at__gt=F("submitted_at")).exists()
    assert list(request.thread.order_by("pk").values_list("author", "text")) == [
        (civil_affairs.pk, ANSWER),
        (supervisor.pk, REASON),
    ]
    assert phone.newest().purpose == "request_reopened" and request.number in phone.newest_text()
    assert Notice.objects.of(activated).latest("pk").name == "request_reopened"
    entry = Entry.objects.get(event=Event.REQUEST_REOPENED)
    assert (entry.actor_id, entry.subject_id) == (supervisor.pk, activated.pk)
    assert entry.details == {"request": request.pk, "was": was}


def test_it_is_decided_anew_by_whoever_takes_it(activated: User, civil_affairs: User, supervisor: User) -> None:
    request = decided(submitted(activated), civil_affairs)
    reopening.reopen(request, supervisor, reason=REASON)
    decisions.take(request, civil_affairs)
    decisions.approve(request, civil_affairs, reason=Reason("It is renewed."))
    assert request.state == RequestState.APPROVED


def test_a_rejection_of_what_would_have_had_an_effect_is_taken_back(
    person: Person, activated: User, civil_affairs: User, supervisor: User
) -> None:
    request = decided(lost_passport(person, activated), civil_affairs)
    reopening.reopen(request, supervisor, reason=REASON)
    assert request.state == RequestState.SUBMITTED
    assert Document.objects.get().status != DocumentStatus.LOST


def test_what_stands_in_the_register_stays_and_the_page_says_what_to_do(
    person: Person, activated: User, civil_affairs: User, office: Client
) -> None:
    request = decided(lost_passport(person, activated), civil_affairs, approve=True)
    page = office.get(PAGE, {"number": request.number}).content.decode()
    assert "written in the register already" in page and 'name="reason"' not in page
    office.post(f"{PAGE}?number={request.number}", {"reason": REASON})
    request.refresh_from_db()
    assert request.state == RequestState.APPROVED
    assert Document.objects.get().status == DocumentStatus.LOST
    assert not Entry.objects.filter(event=Event.REQUEST_REOPENED).exists()


@pytest.mark.parametrize("state", ["submitted", "withdrawn"])
def test_what_nobody_decided_is_not_taken_back(state: str, activated: User, supervisor: User) -> None:
    request = submitted(activated)
    if state == "withdrawn":
        requests.withdraw(request)
    with pytest.raises(ReopeningRefused) as refused:
        reopening.reopen(request, supervisor, reason=REASON)
    assert refused.value.code == {"submitted": "open_still"}.get(state, state)


def test_of_two_supervisors_one_takes_it_back_and_the_other_is_told(
    activated: User, civil_affairs: User, supervisor: User
) -> None:
    request = decided(submitted(activated), civil_affairs)
    as_the_other_sees_it = ServiceRequest.objects.select_related("applicant", "officer").get(pk=request.pk)
    reopening.reopen(request, supervisor, reason=REASON)
    with pytest.raises(ReopeningRefused) as refused:
        reopening.reopen(as_the_other_sees_it, supervisor, reason=REASON)
    assert refused.value.code == "moved"
    assert Entry.objects.filter(event=Event.REQUEST_REOPENED).count() == 1


def test_nobody_takes_back_a_decision_about_the_own_family(
    person: Person, activated: User, civil_affairs: User, supervisor: User, make_person: Callable[..., Person]
) -> None:
    request = decided(submitted(activated), civil_affairs)
    wife = make_person(supervisor.id_number, nationality="SAU")
    DependencyLink.objects.create(head=person, dependent=wife, relation=Relation.WIFE)
    with pytest.raises(ReopeningRefused) as refused:
        reopening.reopen(request, supervisor, reason=REASON)
    assert refused.value.code == "own_request"


@pytest.mark.parametrize(
    ("reason", "sentence"), [("", "Write why the decision is taken back."), ("wrong", "Write a whole sentence.")]
)
def test_a_reason_is_asked_for_and_nothing_typed_is_lost(
    reason: str, sentence: str, activated: User, civil_affairs: User, office: Client
) -> None:
    request = decided(submitted(activated), civil_affairs)
    page = office.post(f"{PAGE}?number={request.number}", {"reason": reason}).content.decode()
    assert sentence in page and reason in page
    request.refresh_from_db()
    assert request.state == RequestState.REJECTED


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Type the ten digits of the request number."),
        ("12345", "A request number has ten digits."),
        ("26١٢٣٤٥٦٧٨", "There is no submitted request with this number."),
        ("x" * 10, "A request number has ten digits."),
    ],
)
def test_a_number_that_names_no_request_is_answered(typed: str, sentence: str, office: Client) -> None:
    assert sentence in office.get(PAGE, {"number": typed}).content.decode()


def test_a_draft_is_nobodys_business(activated: User, office: Client) -> None:
    draft = requests.begin(services()["civil-affairs-messages"], activated, "t")
    assert "There is no submitted request" in office.get(PAGE, {"number": draft.number}).content.decode()


def test_an_officer_takes_no_decision_back(activated: User, civil_affairs: User) -> None:
    request = decided(submitted(activated), civil_affairs)
    desk = enter(Client(), civil_affairs)
    assert desk.post(f"{PAGE}?number={request.number}", {"reason": REASON}).status_code == 403
    assert (
        "Look at this decision again"
        not in desk.get(f"/en/admin/services/servicerequest/{request.number}/").content.decode()
    )


def test_the_page_of_a_decided_request_leads_there(activated: User, civil_affairs: User, office: Client) -> None:
    request = decided(submitted(activated), civil_affairs)
    at = f"/en/admin/services/servicerequest/{request.number}/"
    page = office.post(f"{at}look/", {"reason": "complaint"}, follow=True).content.decode()
    assert f"{PAGE}?number={request.number}" in page
