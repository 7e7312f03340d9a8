"""A partner in test, with its own machines and their keys, meets nobody: magic numbers give each outcome."""

from collections.abc import Callable

import pytest

from accounts.models import OneTimeCode, User
from activation.models import Attempt, KioskErrand
from messaging.models import Message
from partners.models import Kind, Partner
from partners.words import Mode, Purpose
from tests.machines import EVERY_PURPOSE, Atm, Kiosk, problem
from tests.programs import admit

pytestmark = pytest.mark.django_db

MATCHES, MOBILE, NO_FINGERPRINT, BORDER = "2000000006", "0512345678", "2123456788", "3000000004"


@pytest.fixture
def operator(db: None) -> Partner:
    return admit("kiosks-in-test", Kind.KIOSK_OPERATOR, modes=(Mode.KIOSK,), purposes=EVERY_PURPOSE)


@pytest.fixture
def network(db: None) -> Partner:
    return admit("atms-in-test", Kind.ATM_NETWORK, modes=(Mode.ATM,), purposes=(Purpose.ACTIVATION,))


@pytest.mark.parametrize(
    ("number", "slug"),
    [("1000000008", "mobile-differs"), ("1012345672", "already-activated"), (NO_FINGERPRINT, "no-fingerprint"),
     ("2999999994", "not-eligible"), ("2055555557", "not-activated"), ("2077777775", "account-paused"),
     ("1111111116", "no-claim")],
)  # fmt: skip
def test_magic_numbers_give_a_kiosk_in_test_each_outcome(number: str, slug: str, kiosk: Kiosk) -> None:
    assert problem(kiosk.visit("activation", number, MOBILE))[1] == slug


def test_a_kiosk_in_test_signs_for_real_and_hears_every_fault_of_a_fingerprint(
    kiosk: Kiosk, operator: Partner, make_kiosk: Callable[..., Kiosk]
) -> None:
    def told(number: str, *, by: Kiosk = kiosk, purpose: str = "activation", **other: str) -> tuple[int, str]:
        return problem(by.visit(purpose, number, MOBILE, **other))

    assert told(MATCHES, finds="not_matched") == (409, "fingerprint-not-matched")
    assert told(MATCHES, fingerprint="abc") == (422, "fingerprint-not-readable")
    assert told(MATCHES, finds="taken") == (409, "fingerprint-on-file")
    assert told(NO_FINGERPRINT, finds="taken", purpose="pause") == (403, "enrolment-not-agreed")
    assert told(MATCHES, device="kiosk-9") == (403, "device-unknown")
    bare = admit("bare-kiosks", Kind.KIOSK_OPERATOR, modes=(Mode.KIOSK,), purposes=(Purpose.ACTIVATION,))
    other = make_kiosk(bare, "kiosk-1")
    assert told(NO_FINGERPRINT, by=other, finds="taken") == (403, "enrolment-not-agreed")
    assert told(MATCHES, by=other, purpose="pause") == (403, "purpose-not-allowed")


@pytest.mark.parametrize(
    ("code", "slug"),
    [("111111", "code-ended"), ("222222", "codes-rest"), ("333333", "attempt-ended"), ("471302", "code-wrong")],
)
def test_magic_codes_give_each_outcome(code: str, slug: str, kiosk: Kiosk, atm: Atm) -> None:
    assert problem(kiosk.confirm("test-begun", code))[1] == slug
    assert problem(atm.confirm("test-begun", code))[1] == slug


@pytest.mark.parametrize("purpose", ["activation", "lift_of_pause", "mobile_change", "password_reset", "pause"])
def test_a_kiosk_in_test_walks_every_way_and_meets_nobody(purpose: str, kiosk: Kiosk, resident: User) -> None:
    begun = kiosk.visit(purpose, MATCHES, MOBILE)
    reference = begun.told["reference"]
    assert begun.status == 201 and kiosk.state_of(reference) == begun.told["state"]
    if purpose != "pause":
        assert kiosk.post("send_visit_code_again", reference).told["code_reference"] == "LN"
        done = kiosk.confirm(reference, "123456").told
        assert done["state"] == "done" and bool(done["temporary_password"]) == (purpose == "password_reset")
    assert kiosk.get("about_visit", "test-nothing").status == 404
    untouched = resident.state
    resident.refresh_from_db()
    assert resident.state == untouched
    assert not any(kept.objects.exists() for kept in (Attempt, KioskErrand, Message, OneTimeCode))


def test_a_first_fingerprint_is_taken_in_test(kiosk: Kiosk) -> None:
    assert kiosk.visit("activation", NO_FINGERPRINT, MOBILE, finds="taken").told["fingerprint"] == "taken"


def test_an_atm_in_test_walks_both_ways(atm: Atm) -> None:
    def begin(number: str) -> dict[str, object]:
        return atm.post("begin_at_atm", id_number=number, mobile=MOBILE).told

    plain, border = begin(MATCHES), begin(BORDER)
    assert (plain["fingerprint_needed"], border["fingerprint_needed"]) == (False, True)
    assert atm.confirm(plain["reference"], "123456").told["state"] == "activated"
    assert problem(atm.confirm(border["reference"], "123456")) == (409, "fingerprint-needed")
    found = atm.finds(BORDER, "not_matched")
    assert problem(atm.confirm(border["reference"], "123456", fingerprint=found))[1] == "fingerprint-not-matched"
    found = atm.finds(BORDER, "taken")
    assert problem(atm.confirm(border["reference"], "123456", fingerprint=found))[1] == "enrolment-not-agreed"
    assert atm.post("send_atm_code_again", border["reference"]).told["fingerprint_needed"] is True
    assert atm.confirm(border["reference"], "123456", fingerprint=atm.finds(BORDER)).told["state"] == "activated"
    assert atm.get("about_atm_attempt", border["reference"]).told["state"] == "begun"
    assert problem(atm.post("begin_at_atm", id_number="1111111116", mobile=MOBILE))[1] == "no-claim"
