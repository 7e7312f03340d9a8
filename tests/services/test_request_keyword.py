"""The text message that asks how a request stands."""

import pytest

from accounts.models import User
from messaging.inbound import read
from services.actions import requests
from services.catalogue import services
from services.keywords.request import Request
from services.models import ServiceRequest

pytestmark = pytest.mark.django_db


def submitted(user: User, token: str) -> ServiceRequest:
    request = requests.begin(services()["civil-affairs-messages"], user, token)
    requests.keep(request, {"topic": "other", "message": "How do I renew?"})
    requests.submit(request)
    return request


def said(text: str) -> list[str]:
    return read(text)[1]


def test_without_a_number_the_newest_one_is_told(activated: User) -> None:
    submitted(activated, "a")
    newest = submitted(activated, "b")
    reply = Request().answer(activated, said("request"))
    assert (reply.context["number"], reply.context["state"]) == (newest.number, "Submitted")
    assert reply.context["due_on"]


@pytest.mark.parametrize("digits", ["{}", "٢٦{arabic}"])
def test_a_number_may_be_typed_in_arabic_digits(digits: str, activated: User) -> None:
    older = submitted(activated, "a")
    submitted(activated, "b")
    arabic = older.number[2:].translate({ord(str(n)): "٠١٢٣٤٥٦٧٨٩"[n] for n in range(10)})
    assert (
        Request().answer(activated, said("طلب " + digits.format(older.number, arabic=arabic))).context["number"]
        == older.number
    )


def test_neither_a_draft_nor_another_persons_request_is_told(activated: User, stranger: User) -> None:
    requests.begin(services()["civil-affairs-messages"], activated, "a")
    foreign = submitted(stranger, "b")
    for text in ("request", f"request {foreign.number}", "request 12"):
        assert Request().answer(activated, said(text)).context["number"] == ""
