"""The partners of the demonstration and their machines, with keys made on this computer. Simulators sign with them; nobody
else has them."""

import fcntl
import hashlib
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from core.signatures import PublicKey, new_nonce, new_private_key, public_key_of
from partners.actions import admission
from partners.actions.admission import Agreement
from partners.models import Device, Kind, Partner, PartnerKey
from partners.states import State
from partners.words import Mode, Purpose
from simulators.kept import kept

_KEYS = settings.BASE_DIR / "var" / "partners"
_DEVICES = settings.BASE_DIR / "demo" / "devices.toml"
_BANK_MODES = (Mode.APP, Mode.WEBSITE, Mode.PHONE, Mode.ATM)
_EVERYTHING = (Purpose.ACTIVATION, Purpose.ENROLMENT, Purpose.MOBILE_CHANGE, Purpose.PASSWORD_RESET, Purpose.PAUSE)


@dataclass(frozen=True)
class DemoPartner:
    slug: str
    kind: Kind
    agreement: Agreement

    @property
    def keyid(self) -> str:
        """Another key has another name, also when the folder var/ was emptied."""
        return f"{self.slug}.{hashlib.sha256(self.private_key().encode()).hexdigest()[:8]}"

    @property
    def key_file(self) -> Path:
        return _KEYS / f"{self.slug}.pem"

    def private_key(self) -> str:
        return kept(self.key_file, partial(new_private_key, "ed25519"))


@dataclass(frozen=True)
class DemoDevice:
    """A machine that a simulator plays."""

    identifier: str

    def private_key(self) -> str:
        return kept(_KEYS / f"{self.identifier}.pem", partial(new_private_key, "ecdsa-p256-sha256"))

    @contextmanager
    def calling(self, *, rises: bool = True) -> Iterator[int]:
        """The counter of a call, of which a machine makes one at a time. Without its file it goes on from the present
        second: it never falls."""
        _KEYS.mkdir(parents=True, exist_ok=True)
        with (_KEYS / f"{self.identifier}.counter").open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            last = int(file.read() or 0)
            counter = max(last + 1, int(time.time())) if rises else last
            file.truncate(0)
            file.write(str(counter))
            file.flush()
            yield counter

    def nonce(self, *, is_new: bool) -> str:
        """The one before, when it is not to be new."""
        file = _KEYS / f"{self.identifier}.nonce"
        if is_new or not file.exists():
            _KEYS.mkdir(parents=True, exist_ok=True)
            file.write_text(new_nonce())
        return file.read_text()


PARTNERS = (
    DemoPartner(
        "demo-bank", Kind.BANK,
        Agreement(
            "مصرف التجربة", "Demonstration Bank", _BANK_MODES,
            (Purpose.ACTIVATION, Purpose.LIFT_OF_PAUSE, Purpose.MOBILE_CHANGE),
        ),
    ),
    DemoPartner(
        "demo-kiosks", Kind.KIOSK_OPERATOR,
        Agreement("أجهزة الخدمة التجريبية", "Demonstration Kiosks", (Mode.KIOSK,), (*_EVERYTHING, Purpose.LIFT_OF_PAUSE)),
    ),
    DemoPartner(
        "demo-atms", Kind.ATM_NETWORK,
        Agreement("شبكة صرافات التجربة", "Demonstration ATMs", (Mode.ATM,), (Purpose.ACTIVATION, Purpose.LIFT_OF_PAUSE)),
    ),
)  # fmt: skip
DEVICES = tuple(map(DemoDevice, ("kiosk-riyadh-01", "kiosk-jeddah-01", "atm-riyadh-01", "atm-dammam-01")))


def demo_partner(slug: str) -> DemoPartner:
    return next(partner for partner in PARTNERS if partner.slug == slug)


def admit_all() -> None:
    for demo in PARTNERS:
        _admit(demo)
    for facts in tomllib.loads(_DEVICES.read_text())["device"]:
        _register(facts)


@transaction.atomic
def _admit(demo: DemoPartner) -> None:
    partner = Partner.objects.filter(slug=demo.slug).first()
    if partner is None:
        partner = admission.admit(demo.slug, demo.kind, demo.agreement, actor=None)
        admission.change(partner, demo.agreement, state=State.LIVE, actor=None)
    _tell_of_webhooks(partner)
    if not PartnerKey.objects.filter(keyid=demo.keyid).exists():
        # A new key is here only after var/ was emptied, so nobody can sign with the old one.
        for lost in PartnerKey.objects.live().filter(partner=partner):
            admission.revoke_key(lost, actor=None)
        admission.add_key(partner, public_key_of(demo.private_key()), actor=None, keyid=demo.keyid)


@transaction.atomic
def _register(facts: dict[str, Any]) -> None:
    """A machine that no simulator plays gets a key that nobody keeps."""
    partner = Partner.objects.get(slug=facts["partner"])
    device = Device.objects.filter(partner=partner, identifier=facts["identifier"]).first()
    played = next((demo for demo in DEVICES if demo.identifier == facts["identifier"]), None)
    if device is None:
        device = Device(**facts | {"partner": partner})
    elif played is None or device.public_key == public_key_of(played.private_key()).pem:
        return
    key = public_key_of(played.private_key() if played else new_private_key("ecdsa-p256-sha256"))
    _save_with_key(device, key)


def _save_with_key(device: Device, key: PublicKey) -> None:
    device.algorithm, device.public_key = key.algorithm, key.pem
    admission.save_device(device, actor=None)


def _tell_of_webhooks(partner: Partner) -> None:
    """The bank takes them, at the port of this demonstration."""
    url = f"{settings.PUBLIC_URL}/en/demo/bank/webhooks/"
    if partner.kind == Kind.BANK and partner.webhook_url != url:
        Partner.objects.filter(pk=partner.pk).update(webhook_url=url, webhook_is_on=True)
