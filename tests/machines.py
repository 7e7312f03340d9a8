"""Kiosks and ATMs of live operators. Loaded as a plug-in by tests/conftest.py."""

from typing import Any

import pytest

from core.signatures import new_private_key, public_key_of
from partners.actions import admission
from partners.actions.admission import Agreement
from partners.models import Device, Kind, Partner
from partners.states import DeviceState, State
from partners.words import Mode, Purpose

OPERATORS = {
    Device.Kind.KIOSK: (Kind.KIOSK_OPERATOR, "كشك التجربة", "Trial Kiosks", Mode.KIOSK),
    Device.Kind.ATM: (Kind.ATM_NETWORK, "صرافات التجربة", "Trial ATMs", Mode.ATM),
}
AIRPORT = {
    "place_ar": "مطار الرياض، صالة 5", "place_en": "Riyadh airport, hall 5", "city_ar": "الرياض", "city_en": "Riyadh",
    "hours_ar": "طوال اليوم", "hours_en": "Day and night",
}  # fmt: skip
HARBOUR = {"place_ar": "ميناء جدة", "place_en": "Jeddah harbour", "city_ar": "جدة", "city_en": "Jeddah"}


def operator_of(kind: Device.Kind, slug: str = "", **agreed: Any) -> Partner:
    """Live, for activations, unless said otherwise."""
    partner_kind, name_ar, name_en, mode = OPERATORS[kind]
    state = agreed.pop("state", State.LIVE)
    known = {"name_ar": name_ar, "name_en": name_en, "modes": (mode,), "purposes": (Purpose.ACTIVATION,)}
    agreement = Agreement(**(known | agreed))
    partner = admission.admit(slug or f"trial-{kind}s", partner_kind, agreement, actor=None)
    if state != State.TEST:
        admission.change(partner, agreement, state=state, actor=None)
    return Partner.objects.get(pk=partner.pk)


def put_up(operator: Partner, kind: Device.Kind, identifier: str, **facts: Any) -> Device:
    key = public_key_of(new_private_key("ed25519"))
    known = {"state": DeviceState.IN_SERVICE, "algorithm": key.algorithm, "public_key": key.pem, **AIRPORT}
    device = Device(partner=operator, kind=kind, identifier=identifier, **(known | facts))
    admission.save_device(device, actor=None)
    return device


@pytest.fixture
def served(bank: Partner) -> None:
    """Whatever the ways to activate need from others is there: a bank, a kiosk, an ATM."""
    for kind in Device.Kind:
        put_up(operator_of(kind), kind, f"{kind}-1")
