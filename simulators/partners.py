"""The partners of the demonstration, with keys made on this machine. Simulators sign with them; nobody else has them."""

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.conf import settings
from django.db import transaction

from core.signatures import new_private_key, public_key_of
from partners.actions import admission
from partners.actions.admission import Agreement
from partners.models import Kind, Partner, PartnerKey
from partners.states import State
from partners.words import Mode, Purpose

_KEYS = settings.BASE_DIR / "var" / "partners"
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
        """Made at the first call, readable for this user only."""
        if not self.key_file.exists():
            _keep(self.key_file, new_private_key("ed25519"))
        return self.key_file.read_text()


PARTNERS = (
    DemoPartner(
        "demo-bank", Kind.BANK,
        Agreement("مصرف التجربة", "Demonstration Bank", _BANK_MODES, (Purpose.ACTIVATION, Purpose.LIFT_OF_PAUSE)),
    ),
    DemoPartner(
        "demo-kiosks", Kind.KIOSK_OPERATOR,
        Agreement("أكشاك التجربة", "Demonstration Kiosks", (Mode.KIOSK,), (*_EVERYTHING, Purpose.LIFT_OF_PAUSE)),
    ),
    DemoPartner(
        "demo-atms", Kind.ATM_NETWORK,
        Agreement("شبكة صرافات التجربة", "Demonstration ATMs", (Mode.ATM,), (Purpose.ACTIVATION,)),
    ),
)  # fmt: skip


def admit_all() -> None:
    for demo in PARTNERS:
        _admit(demo)


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


def _tell_of_webhooks(partner: Partner) -> None:
    """The bank takes them, at the port of this demonstration."""
    url = f"{settings.PUBLIC_URL}/en/demo/bank/webhooks/"
    if partner.kind == Kind.BANK and partner.webhook_url != url:
        Partner.objects.filter(pk=partner.pk).update(webhook_url=url, webhook_is_on=True)


def _keep(file: Path, text: str) -> None:
    """Of two processes that make it at once one wins."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=file.parent, delete=False) as draft:
        draft.write(text)
    with suppress(FileExistsError):
        os.link(draft.name, file)
    Path(draft.name).unlink()
