"""Nafath activates: the request, its answer by callback and by asking, and everything that ends it."""

import pytest
from django.test import Client

from accounts.models import User
from accounts.states import State
from activation.models import NafathRequest
from activation.states import NafathState
from simulators import nafath as server
from simulators.models import NafathTransaction
from tests.cast import Phone, sign_in

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_number_is_shown_and_the_callback_activates(nafath: str, resident: User, phone: Phone) -> None:
    window = sign_in(Client(), resident)
    assert window.post("/en/activation/begin/nafath/").url == "/en/activation/nafath/"
    before = window.get("/en/activation/nafath/").content.decode()
    assert "Show me the number" in before and "compare-number" not in before
    window.post("/en/activation/nafath/ask/")
    shown = window.get("/en/activation/nafath/").content.decode()
    transaction = NafathTransaction.objects.get()
    assert f'<p class="compare-number" dir="ltr">{transaction.random}</p>' in shown
    assert window.get("/en/activation/nafath/state/").status_code == 200
    (call,) = server.answer(transaction, "COMPLETED")
    assert call.status == 200
    resident.refresh_from_db()
    assert resident.state == State.ACTIVATED
    assert NafathRequest.objects.get().state == NafathState.COMPLETED
    assert window.get("/en/activation/nafath/state/").status_code == 205
    assert "You have proven who you are" in window.get("/en/activation/nafath/").content.decode()
    assert [message.purpose for message in phone.messages()] == ["login_code", "activated"]
