"""What calls are signed with."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.signatures import ALGORITHMS
from partners.models.partners import Partner

SLOTS = (1, 2)
IS_A_PUBLIC_KEY = Q(public_key__startswith="-----BEGIN PUBLIC KEY-----") & ~Q(public_key__contains="PRIVATE")


class PartnerKeyQuerySet(models.QuerySet["PartnerKey"]):
    def live(self) -> Self:
        return self.filter(revoked_at=None)


class PartnerKey(models.Model):
    """Public keys only. Two live ones at most, in two slots: the old one stays while the new one is brought into use."""

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="keys", verbose_name=_("partner"))
    keyid = models.CharField(_("key id"), max_length=64)
    algorithm = models.CharField(_("algorithm"), max_length=20, choices=[(name, name) for name in ALGORITHMS])
    public_key = models.TextField(_("public key"))
    slot = models.PositiveSmallIntegerField(_("slot"))
    added_at = models.DateTimeField(_("added"), db_default=Now())
    revoked_at = models.DateTimeField(_("revoked"), null=True)

    objects = PartnerKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("key")
        verbose_name_plural = _("keys")
        constraints = [
            models.UniqueConstraint(fields=["keyid"], name="a_key_id_belongs_to_one_key"),
            models.UniqueConstraint(
                fields=["partner", "slot"], name="a_slot_holds_one_live_key", condition=Q(revoked_at=None)
            ),
            models.CheckConstraint(name="a_partner_has_two_slots_for_keys", condition=Q(slot__in=SLOTS)),
            models.CheckConstraint(name="a_key_has_a_known_algorithm", condition=Q(algorithm__in=list(ALGORITHMS))),
            models.CheckConstraint(name="a_key_is_a_public_key", condition=IS_A_PUBLIC_KEY),
            models.CheckConstraint(
                name="a_key_is_revoked_after_it_was_added",
                condition=Q(revoked_at=None) | Q(revoked_at__gte=F("added_at")),
            ),
        ]

    def __str__(self) -> str:
        return self.keyid


class UsedNonce(models.Model):
    key = models.ForeignKey(PartnerKey, models.CASCADE, db_index=False)
    nonce = models.CharField(max_length=64)
    used_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["used_at"], name="nonce_by_age")]
        constraints = [models.UniqueConstraint(fields=["key", "nonce"], name="a_nonce_is_used_once_with_a_key")]

    def __str__(self) -> str:
        return self.nonce
