"""The officers' desk for requests."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from services.actions import requests
from services.catalogue import services
from services.models import ServiceRequest
from services.states import RequestState
from tests.officers.conftest import enter

pytestmark = pytest.mark.django_db

DESK = "/en/admin/services/servicerequest/"
REASON = "Bring the birth certificate to any branch."


def ask(applicant: User, department: str = "civil-affairs", token: str = "t") -> ServiceRequest:
    draft = requests.begin(services()[f"{department}-messages"], applicant, token)
    requests.keep(draft, {"topic": "other", "message": "How do I renew?"})
    requests.submit(draft)
    return draft


def page_of(request: ServiceRequest, name: str = "services_request") -> str:
    return reverse(f"admin:{name}", args=[request.number]).replace("/ar/", "/en/")


@pytest.fixture
def desk(civil_affairs: User) -> Client:
    return enter(Client(), civil_affairs)


def test_an_officer_takes_the_next_one_and_decides(desk: Client, civil_affairs: User, activated: User) -> None:
    request = ask(activated)
    assert request.number in desk.get(DESK).content.decode()
    taken = desk.post(f"{DESK}next/civil-affairs/")
    page = desk.get(taken.url).content.decode()
    assert "How do I renew?" in page and "Approve" in page
    desk.post(page_of(request), {"decision": "approve", "text": REASON})
    request.refresh_from_db()
    assert (request.state, request.officer, request.reason) == (RequestState.APPROVED, civil_affairs, REASON)


def test_a_decision_without_a_sentence_is_answered_beside_the_field(desk: Client, activated: User) -> None:
    request = ask(activated)
    desk.post(page_of(request, "services_take"))
    page = desk.post(page_of(request), {"decision": "reject", "text": "no"}).content.decode()
    assert "Write a whole sentence." in page
    request.refresh_from_db()
    assert request.state == RequestState.IN_REVIEW


def test_a_released_request_can_be_taken_again(desk: Client, activated: User) -> None:
    request = ask(activated)
    desk.post(page_of(request, "services_take"))
    desk.post(page_of(request, "services_release"))
    request.refresh_from_db()
    assert (request.state, request.officer) == (RequestState.SUBMITTED, None)


def test_an_officer_sees_the_requests_of_the_own_department_only(desk: Client, activated: User) -> None:
    other = ask(activated, "passports")
    assert other.number not in desk.get(DESK).content.decode()
    assert desk.get(page_of(other)).status_code == 404
    assert desk.post(f"{DESK}next/passports/").status_code == 403


def test_who_may_not_decide_sees_no_desk(
    officer: User, give_role: Callable[[User, Role], User], activated: User
) -> None:
    request = ask(activated)
    auditor = enter(Client(), give_role(officer, Role.AUDITOR))
    assert {auditor.get(path).status_code for path in (DESK, page_of(request))} == {403}


def test_a_draft_is_nobodys_business(desk: Client, activated: User) -> None:
    draft = requests.begin(services()["civil-affairs-messages"], activated, "t")
    assert desk.get(page_of(draft)).status_code == 404


def test_the_desk_asks_the_database_as_often_for_many_as_for_one(desk: Client, activated: User) -> None:
    counts = []
    for size in (1, 12):
        for n in range(size):
            ask(activated, token=f"{size}-{n}")
        desk.get(DESK)
        with CaptureQueriesContext(connection) as queries:
            desk.get(DESK)
        counts.append(len(queries))
    assert counts[0] == counts[1]
