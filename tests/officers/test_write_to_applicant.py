"""An officer writes to the applicant without returning the request."""

import pytest
from django.test import Client

from accounts.models import User
from audit.events import Event
from audit.models import Entry
from services.actions import decisions, requests
from services.actions.decisions import DecisionRefused
from services.models import Reason, ServiceRequest
from services.states import RequestState
from tests.cast import Phone, sign_in
from tests.officers.conftest import enter
from tests.officers.requests import REASON, ask, page_of

pytestmark = pytest.mark.django_db

MESSAGE = "The archive answers on Sunday; until then nothing is missing."


@pytest.fixture
def request_(activated: User, civil_affairs: User) -> ServiceRequest:
    return ask(activated, officer=civil_affairs)


def write(officer: User, request: ServiceRequest, message: str) -> str:
    sent = {"message": message}
    return enter(Client(), officer).post(page_of(request, "services_write"), sent, follow=True).content.decode()


def test_the_message_stands_in_the_thread_and_the_applicant_is_told(
    request_: ServiceRequest, civil_affairs: User, activated: User, phone: Phone
) -> None:
    page = write(civil_affairs, request_, MESSAGE)
    assert "Sent. The applicant is told by text message." in page and MESSAGE in page
    assert phone.newest().purpose == "request_message" and request_.number in phone.newest_text()
    resident = sign_in(Client(), activated)
    inbox = resident.get("/en/inbox/").content.decode()
    assert "The officer wrote to you" in inbox and MESSAGE in inbox
    assert MESSAGE in resident.get(f"/en/requests/{request_.number}/").content.decode()
    told = Entry.objects.get(event=Event.REQUEST_MESSAGE)
    assert (told.actor_id, told.subject_id, told.details) == (civil_affairs.pk, activated.pk, {"request": request_.pk})


def test_it_keeps_nothing_waiting_and_asks_for_nothing_anew(request_: ServiceRequest, civil_affairs: User) -> None:
    decisions.send_back(request_, civil_affairs, reason=Reason(REASON), fields=["message"])
    decisions.write(request_, civil_affairs, text=MESSAGE)
    request_.refresh_from_db()
    assert request_.state == RequestState.RETURNED
    requests.answer(request_, {"message": "In Jeddah."}, "Corrected.")
    decisions.write(request_, civil_affairs, text=MESSAGE)
    decisions.approve(request_, civil_affairs, reason=Reason(REASON))
    assert request_.state == RequestState.APPROVED


@pytest.mark.parametrize("message", ["", "   "])
def test_an_empty_message_is_answered_beside_its_field(
    message: str, request_: ServiceRequest, civil_affairs: User
) -> None:
    page = write(civil_affairs, request_, message)
    assert "Write what you want to say." in page and 'name="decision"' in page
    assert not request_.thread.exists()


def test_nobody_writes_but_the_officer_who_has_it_while_it_is_open(
    request_: ServiceRequest, civil_affairs: User, colleague: User
) -> None:
    assert "Another officer works on this request." in write(colleague, request_, MESSAGE)
    shown_open = ServiceRequest.objects.get()
    requests.withdraw(request_)
    with pytest.raises(DecisionRefused, match="moved"):
        decisions.write(shown_open, civil_affairs, text=MESSAGE)
    page = enter(Client(), civil_affairs).get(page_of(request_), follow=True).content.decode()
    assert "services_write" not in page and "/write/" not in page
    assert not request_.thread.exists()
