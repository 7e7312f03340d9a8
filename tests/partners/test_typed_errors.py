"""What goes wrong at a bank, an ATM and a kiosk has the same name at each, in both languages, with what the program needs to
go on."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import OneTimeCode, User
from accounts.states import State
from activation.models import Attempt, ChannelOutage
from audit.models import Entry
from core import clock
from messaging.models import SendCounter
from partners import states
from partners.actions import admission
from partners.conformance import Answer
from partners.models import Partner
from registry.models import Person
from tests.cast import Phone
from tests.devices import Atm, Kiosk, problem
from tests.partners.test_bank_activation import Bank
from tests.programs import Program, agreement_of
from tests.waiting import seconds_since

pytestmark = pytest.mark.django_db


class Place:
    """Where the resident stands: `begin` takes another mobile, `confirm` the code."""

    def __init__(
        self, channel: str, partner: Partner, begin: Callable[..., Answer], confirm: Callable[[str, str], Answer]
    ) -> None:
        self.channel, self.partner, self.begin, self.confirm = channel, partner, begin, confirm


@pytest.fixture(params=["bank", "atm", "kiosk"])
def place(request: pytest.FixtureRequest, resident: User, bank: Partner, make_program: Callable[..., Program]) -> Place:
    match request.param:
        case "bank":
            calls = Bank(make_program(bank))
            return Place("bank", bank, lambda **other: calls.begin(resident, **other), calls.confirm)
        case "atm":
            atm: Atm = request.getfixturevalue("atm")
            return Place("atm", atm.device.partner, lambda **other: atm.begin(resident, **other), atm.confirm)
        case _:
            kiosk: Kiosk = request.getfixturevalue("kiosk")
            return Place(
                "kiosk",
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


@pytest.mark.parametrize("is_end_known", [True, False])
def test_an_outage_that_was_announced_lets_nothing_begin_and_what_was_begun_go_on(
    is_end_known: bool, place: Place, resident: User, phone: Phone
) -> None:
    reference = place.begin().told["reference"]
    announced = clock.read()
    _announce(place.channel, timedelta(hours=1) if is_end_known else None)
    SendCounter.objects.all().delete()
    refused = place.begin()
    _is_told(refused, 503, "channel-down")
    seconds = refused.told["retry_in_seconds"]
    assert (3600 - seconds_since(announced) <= seconds <= 3600) if is_end_known else seconds == 600
    assert refused.headers["retry-after"] == str(seconds)
    assert Entry.objects.filter(event="person_looked_up").count() == 1, "Nobody is looked up meanwhile."
    assert place.confirm(reference, phone.newest_code()).status == 200
    resident.refresh_from_db()
    assert resident.state == State.ACTIVATED


def test_an_outage_of_another_channel_and_one_that_is_over_refuse_nothing(place: Place) -> None:
    _announce("officer", timedelta(hours=1))
    _announce(place.channel, timedelta(0))
    assert place.begin().status == 201


def test_at_a_kiosk_that_is_down_an_account_can_still_be_paused(kiosk: Kiosk, activated: User) -> None:
    _announce("kiosk", None)
    refused = [kiosk.visit(purpose, activated, "0533333333") for purpose in ("lift_of_pause", "mobile_change")]
    refused.append(kiosk.visit("password_reset", activated))
    assert {problem(answer) for answer in refused} == {(503, "channel-down")}
    assert kiosk.visit("pause", activated).told["state"] == "done"


def _announce(channel: str, life: timedelta | None) -> None:
    ends_at = clock.ahead(life) if life is not None else None
    ChannelOutage.objects.create(channel=channel, ends_at=ends_at, reason_ar="صيانة الأنظمة.", reason_en="Repairs.")
