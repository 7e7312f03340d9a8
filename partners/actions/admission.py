"""Admitting partners, their keys and their machines. Every change stands in the audit trail."""

from dataclasses import dataclass

from django.db import IntegrityError, models, transaction
from django.utils.crypto import get_random_string

from core import clock
from core.signatures import PublicKey
from core.trail import record
from partners.models import SLOTS, Device, Partner, PartnerKey
from partners.states import MOVE_TO, State

Officer = models.Model | None


class TwoKeysLive(Exception):
    """The partner has two live keys; one has to be revoked first."""


class KeyKnown(Exception):
    """The key is, or was, registered: a key that was revoked does not come back."""


@dataclass(frozen=True)
class Agreement:
    """What is agreed with a partner, and may change."""

    name_ar: str
    name_en: str
    modes: tuple[str, ...]
    purposes: tuple[str, ...]
    networks: tuple[str, ...] = ()
    calls_a_minute: int = 600
    webhook_url: str = ""
    webhook_is_on: bool = False


@transaction.atomic
def admit(slug: str, kind: str, agreement: Agreement, *, actor: Officer) -> Partner:
    """In test, until it is set live."""
    partner = Partner.objects.create(slug=slug, kind=kind, **vars(agreement))
    record("partner_admitted", actor=actor, partner=partner.pk)
    return partner


@transaction.atomic
def change(partner: Partner, agreement: Agreement, *, state: State, actor: Officer) -> None:
    """A partner that is suspended is refused from this moment on."""
    Partner.objects.filter(pk=partner.pk).update(**vars(agreement))
    Partner.objects.filter(pk=partner.pk).move(MOVE_TO[state])
    record("partner_changed", actor=actor, partner=partner.pk, state=str(state))


def add_key(partner: Partner, public_key: PublicKey, *, actor: Officer, keyid: str = "") -> PartnerKey:
    """Raises TwoKeysLive, KeyKnown."""
    if PartnerKey.objects.filter(public_key=public_key.pem).exists():
        raise KeyKnown
    taken = set(PartnerKey.objects.live().filter(partner=partner).values_list("slot", flat=True))
    try:
        with transaction.atomic():
            key = PartnerKey.objects.create(
                partner=partner,
                keyid=keyid or new_keyid(partner),
                algorithm=public_key.algorithm,
                public_key=public_key.pem,
                slot=min(set(SLOTS) - taken, default=SLOTS[0]),
            )
            record("partner_key_added", actor=actor, partner=partner.pk, key=key.pk)
    except IntegrityError:
        raise TwoKeysLive from None
    return key


@transaction.atomic
def revoke_key(key: PartnerKey, *, actor: Officer) -> None:
    """The next call signed with it is refused. Nothing happens to a key that is revoked already."""
    if PartnerKey.objects.live().filter(pk=key.pk).update(revoked_at=clock.now()):
        record("partner_key_revoked", actor=actor, partner=key.partner_id, key=key.pk)


@transaction.atomic
def save_device(device: Device, *, actor: Officer) -> None:
    """A new one, or what an officer may change of one: its counter stays what its calls made it."""
    if device.pk is None:
        device.save(force_insert=True)
    else:
        stands = ["place_ar", "place_en", "city_ar", "city_en", "hours_ar", "hours_en"]
        device.save(update_fields=["kind", *stands, "algorithm", "public_key", "state"])
    record("device_saved", actor=actor, partner=device.partner_id, device=device.pk, state=str(device.state))


def new_keyid(partner: Partner) -> str:
    return f"{partner.slug}.{get_random_string(8, '23456789abcdefghjkmnpqrstvwxyz')}"
