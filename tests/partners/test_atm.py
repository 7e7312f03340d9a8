"""An ATM activates an account: a card and its PIN, a code, and for a border number a finger."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction

from accounts.actions import claims, profile
from accounts.models import OneTimeCode, User
from accounts.states import State
from activation.actions import at_partners, cases
from activation.actions.at_partners import Holder, Where
from activation.actions.cases import ActivationRefused
from activation.models import Attempt, PartnerAttempt
from audit.events import Event
from audit.models import Entry
from core import clock
from messaging.models import Message, SendCounter
from partners.actions import admission
from partners.models import Device, Partner
from partners.words import Mode, Purpose
from registry.models import Person
from tests.cast import Phone
from tests.devices import ONE, Atm, Kiosk, live, place, problem
from tests.parallel import at_the_same_moment, somebody_waits_for_this_transaction
from tests.partners.test_bank_activation import Bank
from tests.programs import Program, agreement_of
from tests.waiting import PATIENCE_SECONDS, wait_until

pytestmark = pytest.mark.django_db

BORDER = "3000000004"


@pytest.fixture
def visitor(make_person: Callable[..., Person], make_account: Callable[..., User]) -> User:
    """Holds a border number, and is registered."""
    return make_account("visitor26", make_person(BORDER).id_number, "+966512345633")


def test_card_and_code_activate(atm: Atm, resident: User, phone: Phone) -> None:
    begun = atm.begin(resident)
    assert (begun.status, begun.told["fingerprint_needed"], begun.told["sent_to"]) == (201, False, "05••••••21")
    assert atm.get("about_atm_attempt", begun.told["reference"]).told["state"] == "begun"
    done = atm.confirm(begun.told["reference"], phone.newest_code())
    assert (done.status, done.told["state"]) == (200, "activated")
    resident.refresh_from_db()
    assert (resident.state, phone.newest().purpose) == (State.ACTIVATED, "activated")
    assert atm.get("about_atm_attempt", begun.told["reference"]).told["state"] == "activated"
    assert atm.confirm(begun.told["reference"], "000000").told["state"] == "activated"


def test_the_visit_code_of_the_portals_page_takes_the_place_of_the_number(
    atm: Atm, resident: User, make_account: Callable[..., User]
) -> None:
    """Also of several claims to a number it tells which; the mobile has to agree all the same."""
    rival = make_account("rival2026", resident.id_number, "+966511111111")
    code = cases.begin(rival, "atm").visit_code
    by_code = {"id_number": None, "visit_code": f" {code} ".lower()}
    assert problem(atm.begin(resident, **by_code)) == (409, "mobile-differs")
    begun = atm.begin(rival, **by_code)
    assert (begun.status, begun.told["sent_to"]) == (201, "05••••••11")
    assert atm.confirm(begun.told["reference"], Phone(rival.mobile).newest_code()).told["state"] == "activated"
    rival.refresh_from_db()
    assert rival.state == State.ACTIVATED
    assert problem(atm.begin(rival, **by_code)) == (404, "visit-code-unknown")


def test_a_lookup_by_an_unknown_visit_code_stands_in_the_trail(atm: Atm, resident: User) -> None:
    assert problem(atm.begin(resident, id_number=None, visit_code="XXXXXXXX")) == (404, "visit-code-unknown")
    entry = Entry.objects.get(event=Event.PERSON_LOOKED_UP)
    assert (entry.subject_id, entry.details["outcome"]) == (None, "visit_code_unknown")


@pytest.mark.parametrize("typed", [{"id_number": None}, {"visit_code": "WMWMWM77"}])
def test_a_person_is_named_once_at_an_atm(typed: dict[str, str | None], atm: Atm, resident: User) -> None:
    answer = atm.begin(resident, **typed)
    assert problem(answer) == (422, "invalid-input")
    assert [error["rule"] for error in answer.told["errors"]] == ["id_number_or_visit_code"]


def test_the_reader_signs_whatever_was_typed(atm: Atm, visitor: User) -> None:
    code = cases.begin(visitor, "officer").visit_code
    reference = atm.begin(visitor, id_number=None, visit_code=code).told["reference"]
    typed = Phone(visitor.mobile).newest_code()
    for wrong in ({"visit_code": "WMWMWM77"}, {"visit_code": code, "id_number": BORDER}, {"id_number": ""}):
        finger = atm.finds(visitor.id_number, **{"id_number": "", **wrong})
        assert problem(atm.confirm(reference, typed, fingerprint=finger)) == (422, "fingerprint-not-readable")
    finger = atm.finds(visitor.id_number, id_number="", visit_code=code)
    assert atm.confirm(reference, typed, fingerprint=finger).told["state"] == "activated"


def test_a_border_number_needs_a_finger_too_and_nothing_is_spent_while_it_is_missing(atm: Atm, visitor: User) -> None:
    begun = atm.begin(visitor)
    assert begun.told["fingerprint_needed"] is True
    reference, code = begun.told["reference"], Phone(visitor.mobile).newest_code()
    assert problem(atm.confirm(reference, code)) == (409, "fingerprint-needed")
    assert OneTimeCode.objects.get().tries == 0
    assert (
        problem(atm.confirm(reference, code, fingerprint=atm.finds(BORDER, "not_matched")))[1]
        == "fingerprint-not-matched"
    )
    assert problem(atm.confirm(reference, code, fingerprint="abc")) == (422, "fingerprint-not-readable")
    assert (
        problem(atm.confirm(reference, code, fingerprint=atm.finds(BORDER, fingers={})))[1]
        == "fingerprint-not-readable"
    )
    assert OneTimeCode.objects.get().tries == 0
    assert atm.confirm(reference, code, fingerprint=atm.finds(BORDER)).told["state"] == "activated"
    visitor.refresh_from_db()
    assert visitor.state == State.ACTIVATED


def test_a_mistyped_code_does_not_ask_for_the_finger_again_but_a_new_beginning_does(atm: Atm, visitor: User) -> None:
    reference, phone = atm.begin(visitor).told["reference"], Phone(visitor.mobile)
    wrong = "000000" if phone.newest_code() != "000000" else "000001"
    assert problem(atm.confirm(reference, wrong, fingerprint=atm.finds(BORDER)))[1] == "code-wrong"
    SendCounter.objects.all().delete()
    again = atm.begin(visitor).told["reference"]
    assert problem(atm.confirm(again, phone.newest_code())) == (409, "fingerprint-needed")
    assert problem(atm.confirm(again, wrong, fingerprint=atm.finds(BORDER)))[1] == "code-wrong"
    assert atm.confirm(again, phone.newest_code()).told["state"] == "activated"


def test_a_finger_given_half_an_hour_ago_is_asked_for_again(atm: Atm, visitor: User) -> None:
    reference, phone = atm.begin(visitor).told["reference"], Phone(visitor.mobile)
    wrong = "000000" if phone.newest_code() != "000000" else "000001"
    assert problem(atm.confirm(reference, wrong, fingerprint=atm.finds(BORDER)))[1] == "code-wrong"
    PartnerAttempt.objects.update(fingerprint_at=clock.ahead(-timedelta(minutes=30)))
    assert problem(atm.confirm(reference, phone.newest_code())) == (409, "fingerprint-needed")
    done = atm.confirm(reference, phone.newest_code(), fingerprint=atm.finds(BORDER))
    assert done.told["state"] == "activated"


def test_an_atm_takes_no_first_fingerprint(atm: Atm, network: Partner, visitor: User) -> None:
    admission.change(network, agreement_of(network, purposes=tuple(Purpose)), state=network.state, actor=None)
    reference = atm.begin(visitor).told["reference"]
    Person.objects.update(fingerprint_on_file=False)
    code = Phone(visitor.mobile).newest_code()
    assert problem(atm.confirm(reference, code, fingerprint=atm.finds(BORDER, "taken"))) == (
        403,
        "enrolment-not-agreed",
    )
    assert problem(atm.confirm(reference, code, fingerprint=atm.finds(BORDER))) == (409, "no-fingerprint")
    assert problem(atm.begin(visitor)) == (409, "no-fingerprint")


def test_an_atm_without_a_key_reads_no_finger(atm: Atm, visitor: User) -> None:
    Device.objects.update(public_key="", algorithm="")
    reference = atm.begin(visitor).told["reference"]
    answer = atm.confirm(reference, Phone(visitor.mobile).newest_code(), fingerprint=atm.finds(BORDER))
    assert problem(answer) == (422, "fingerprint-not-readable")


def test_who_cannot_be_activated_here_is_told_why(atm: Atm, resident: User, make_person: Callable[..., Person]) -> None:
    assert problem(atm.begin(resident, id_number="2123456788")) == (404, "no-claim")
    assert problem(atm.begin(resident, mobile="0555555555")) == (409, "mobile-differs")
    Person.objects.update(life="left")
    assert problem(atm.begin(resident)) == (409, "not-eligible")
    Person.objects.update(life="alive", fingerprint_on_file=False)
    assert problem(atm.begin(resident)) == (409, "no-fingerprint")
    assert not Message.objects.exists()


def test_an_atm_opens_a_paused_account(atm: Atm, activated: User, phone: Phone) -> None:
    assert problem(atm.begin(activated)) == (409, "already-activated")
    profile.pause(activated)
    reference = atm.begin(activated).told["reference"]
    assert atm.confirm(reference, phone.newest_code()).told["state"] == "activated"
    activated.refresh_from_db()
    assert activated.state == State.ACTIVATED


def test_purpose_mode_and_machine_have_to_be_agreed(atm: Atm, network: Partner, resident: User) -> None:
    assert problem(atm.begin(resident, device="atm-9")) == (403, "device-unknown")
    Device.objects.update(kind="kiosk")
    assert problem(atm.begin(resident)) == (403, "device-unknown")
    Device.objects.update(kind="atm")
    admission.change(network, agreement_of(network, purposes=("pause",)), state=network.state, actor=None)
    assert problem(atm.begin(resident)) == (403, "purpose-not-allowed")
    admission.change(network, agreement_of(network, modes=("app",)), state=network.state, actor=None)
    assert problem(atm.begin(resident)) == (403, "mode-not-allowed")
    admission.change(network, agreement_of(network), state="suspended", actor=None)
    assert problem(atm.begin(resident)) == (403, "partner-suspended")


def test_another_code_replaces_the_first(atm: Atm, visitor: User) -> None:
    reference, phone = atm.begin(visitor).told["reference"], Phone(visitor.mobile)
    assert problem(atm.post("send_atm_code_again", reference)) == (429, "codes-rest")
    SendCounter.objects.all().delete()
    again = atm.post("send_atm_code_again", reference)
    assert (again.status, again.told["fingerprint_needed"]) == (200, True)
    done = atm.confirm(reference, phone.newest_code(), fingerprint=atm.finds(BORDER))
    assert done.told["state"] == "activated"


def test_an_attempt_belongs_to_its_network_its_machine_and_its_channel(
    atm: Atm, network: Partner, visitor: User, make_atm: Callable[..., Atm], make_program: Callable[..., Program]
) -> None:
    """In no other way is the finger left out."""
    reference, code = atm.begin(visitor).told["reference"], Phone(visitor.mobile).newest_code()
    other = make_atm(live("other-atms", "atm_network", "atm", (Purpose.ACTIVATION,)), "atm-1")
    assert other.get("about_atm_attempt", reference).status == 404
    assert problem(other.confirm(reference, code, fingerprint=other.finds(BORDER))) == (404, "not-found")
    beside = Atm(*place(network, "atm-2", Device.Kind.ATM), atm.program, ONE)
    assert problem(beside.confirm(reference, code, fingerprint=beside.finds(BORDER))) == (404, "not-found")
    as_bank = Bank(atm.program)
    assert problem(as_bank.confirm(reference, code)) == (404, "not-found")
    as_kiosk = Kiosk(*place(network, "kiosk-1", Device.Kind.KIOSK), atm.program, ONE)
    admission.change(network, agreement_of(network, modes=("atm", "kiosk")), state=network.state, actor=None)
    assert problem(as_kiosk.confirm(reference, code)) == (404, "not-found")
    visitor.refresh_from_db()
    assert visitor.state == State.REGISTERED and OneTimeCode.objects.get().tries == 0


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_atm_and_kiosk_at_once_are_one_activation(atm: Atm, kiosk: Kiosk, resident: User, phone: Phone) -> None:
    at_atm = atm.begin(resident).told["reference"]
    code_at_atm = phone.newest_code()
    SendCounter.objects.all().delete()
    at_kiosk = kiosk.visit("activation", resident, resident.mobile).told["reference"]
    code_at_kiosk = phone.newest_code()
    acts = [lambda: atm.confirm(at_atm, code_at_atm), lambda: kiosk.confirm(at_kiosk, code_at_kiosk)]
    answers = at_the_same_moment(acts)
    assert sorted(getattr(answer, "status", 0) for answer in answers) == [200, 409]
    assert Attempt.objects.filter(state="proven").count() == 1 and PartnerAttempt.objects.count() == 2
    assert [message.purpose for message in phone.messages()].count("activated") == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_who_goes_on_at_another_machine_while_being_activated_comes_too_late(
    atm: Atm, network: Partner, resident: User
) -> None:
    """Both lock accounts before attempts; in another order PostgreSQL would have to end one of the two."""
    atm.begin(resident)
    SendCounter.objects.all().delete()
    User.objects.filter(pk=resident.pk).update(claim_ends_at=clock.ahead(timedelta(minutes=5)))
    elsewhere = Where(network, Mode.ATM, device=place(network, "atm-2", Device.Kind.ATM)[0])
    has_begun = threading.Event()

    @transaction.atomic
    def activate() -> None:
        cases.take_turn(resident)
        has_begun.set()
        wait_until(somebody_waits_for_this_transaction)
        claims.activate(resident, actor=None, channel="officer")
        cases.close_all(resident, actor=None)

    def begin() -> None:
        has_begun.wait(PATIENCE_SECONDS)
        at_partners.begin(Holder(resident.id_number, resident.mobile), elsewhere, "atm")

    activated, begun = at_the_same_moment([activate, begin])
    assert activated is None and isinstance(begun, ActivationRefused)
    assert not OneTimeCode.objects.live().exists() and not Attempt.objects.live().exists()
