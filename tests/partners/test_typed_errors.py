"""What goes wrong at a bank, an ATM and a kiosk has the same name at each, in both languages, with what the program needs to
go on."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import OneTimeCode, User
from accounts.states import State
from activation.models import Attempt
from core import clock
from partners import states
from partners.actions import admission
from partners.conformance import Answer
from partners.models import Partner
from registry.models import Person
from tests.cast import Phone
from tests.devices import Atm, Kiosk, problem
from tests.partners.test_bank_activation import Bank
from tests.programs import Program, agreement_of

pytestmark = pytest.mark.django_db


class Place:
    """Where the resident stands: `begin` takes another mobile, `confirm` the code."""

    def __init__(self, partner: Partner, begin: Callable[..., Answer], confirm: Callable[[str, str], Answer]) -> None:
        self.partner, self.begin, self.confirm = partner, begin, confirm


@pytest.fixture(params=["bank", "atm", "kiosk"])
def place(request: pytest.FixtureRequest, resident: User, bank: Partner, make_program: Callable[..., Program]) -> Place:
    match request.param:
        case "bank":
            calls = Bank(make_program(bank))
            return Place(bank, lambda **other: calls.begin(resident, **other), calls.confirm)
        case "atm":
            atm: Atm = request.getfixturevalue("atm")
            return Place(atm.device.partner, lambda **other: atm.begin(resident, **other), atm.confirm)
        case _:
            kiosk: Kiosk = request.getfixturevalue("kiosk")
            return Place(
                kiosk.device.partner,
                lambda mobile=resident.mobile: kiosk.visit("activation", resident, mobile),
                kiosk.confirm,
            )


def _is_told(answer: Answer, status: int, slug: str, **more: Any) -> None:
    assert problem(answer) == (status, slug)
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert all(answer.told[name] for name in ("title", "title_ar", "detail", "detail_ar", "correlation_id"))
    assert {name: answer.told[name] for name in more} == more


def test_a_wrong_code_tells_the_tries_that_are_left(place: Place, phone: Phone) -> None:
    reference = place.begin().told["reference"]
    wrong = f"{(int(phone.newest_code()) + 1) % 10**6:06d}"
    _is_told(place.confirm(reference, wrong), 422, "code-wrong", attempts_left=4)


def test_a_code_whose_time_is_up_has_ended(place: Place, phone: Phone) -> None:
    reference = place.begin().told["reference"]
    OneTimeCode.objects.update(expires_at=clock.now())
    _is_told(place.confirm(reference, phone.newest_code()), 409, "code-ended")


def test_an_attempt_whose_time_is_up_has_ended(place: Place, phone: Phone) -> None:
    reference = place.begin().told["reference"]
    Attempt.objects.update(expires_at=clock.now())
    _is_told(place.confirm(reference, phone.newest_code()), 409, "attempt-ended")


def test_a_mobile_that_differs(place: Place) -> None:
    _is_told(place.begin(mobile="0555555555"), 409, "mobile-differs")


def test_an_account_that_is_activated_already(place: Place, resident: User) -> None:
    User.objects.filter(pk=resident.pk).update(state=State.ACTIVATED, activated_at=clock.now(), claim_ends_at=None)
    _is_told(place.begin(), 409, "already-activated")


def test_a_person_without_a_fingerprint_on_file(place: Place) -> None:
    Person.objects.update(fingerprint_on_file=False)
    _is_told(place.begin(), 409, "no-fingerprint")


def test_a_partner_that_is_suspended(place: Place, phone: Phone) -> None:
    reference = place.begin().told["reference"]
    admission.change(place.partner, agreement_of(place.partner), state=states.State.SUSPENDED, actor=None)
    _is_told(place.begin(), 403, "partner-suspended")
    _is_told(place.confirm(reference, phone.newest_code()), 403, "partner-suspended")
