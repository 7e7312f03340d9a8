"""What the database keeps out, whoever writes."""

import pytest
from django.db import IntegrityError, models, transaction

from accounts.models import MobileChange, User
from activation.actions import cases
from activation.models import ActivationCase, Attempt, KioskErrand, NafathRequest, PartnerAttempt
from activation.states import ErrandPurpose
from core import clock
from partners.models import Device, Kind, Partner
from partners.words import Mode, Purpose

pytestmark = pytest.mark.django_db


@pytest.fixture
def machine() -> Device:
    network = Partner.objects.create(
        slug="network",
        kind=Kind.ATM_NETWORK,
        name_ar="شبكة",
        name_en="Network",
        modes=[Mode.ATM],
        purposes=[Purpose.ACTIVATION],
    )
    return Device.objects.create(
        partner=network, identifier="atm-1", kind=Device.Kind.ATM, place_ar="الرياض", place_en="Riyadh"
    )


def refused(row: models.Model, **facts: object) -> bool:
    with pytest.raises(IntegrityError), transaction.atomic():
        type(row)._default_manager.filter(pk=row.pk).update(**facts)
    return True


def test_a_state_is_one_of_those_that_the_moves_know(activated: User, machine: Device) -> None:
    until = {"user": activated, "expires_at": clock.read()}
    errand = KioskErrand.objects.create(**until, device=machine, purpose=ErrandPurpose.PASSWORD_RESET)
    assert refused(errand, state="lost", ended_at=clock.now())
    asked = NafathRequest.objects.create(**until, id_number=activated.id_number, flow="f")
    assert refused(asked, state="lost", ended_at=clock.now())
    change = MobileChange.objects.create(user=activated, mobile="+966544444444")
    assert refused(change, state="lost", ended_at=clock.now())
    case = ActivationCase.objects.create(user=activated)
    attempt = Attempt.objects.create(case=case, channel="officer", expires_at=clock.now())
    assert refused(attempt, state="lost", ended_at=clock.now()) and refused(case, state="lost", ended_at=clock.now())
    assert refused(activated, state="lost")


def test_what_a_machine_found_of_a_finger_is_one_of_two(resident: User, machine: Device) -> None:
    attempt = cases.begin(resident, "officer")
    at_partner = PartnerAttempt.objects.create(
        attempt=attempt, partner=machine.partner, mode=Mode.ATM, device=machine, flow_key="k"
    )
    assert refused(at_partner, fingerprint="perhaps")
    assert refused(at_partner, fingerprint="matched", device=None)
