"""What banks, kiosks and ATMs do for the person of a case."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from activation.models.cases import Attempt
from activation.states import (
    ErrandPurpose,
    ErrandState,
)
from core import clock
from core.references import new_reference
from core.states import StatefulQuerySet
from partners.models import Device, Partner
from partners.words import Mode


class Fingerprint(models.TextChoices):
    MATCHED = "matched", _("Matches the fingerprint on file")
    TAKEN = "taken", _("None was on file: taken now")


class PartnerAttemptQuerySet(models.QuerySet["PartnerAttempt"]):
    def with_fresh_fingerprint(self, life: timedelta) -> Self:
        return self.filter(fingerprint_at__gt=clock.ahead(-life)).exclude(fingerprint="")


class PartnerAttempt(models.Model):
    """What a partner does for the person of an attempt: where, and the flow that the confirmation code is bound to. `place` is
    the partner's own name of a branch or machine; a `device` is a registered machine, and `fingerprint` what it found."""

    attempt = models.OneToOneField(Attempt, models.CASCADE, verbose_name=_("attempt"), related_name="at_partner")
    partner = models.ForeignKey(Partner, models.PROTECT, verbose_name=_("partner"), related_name="+")
    reference = models.CharField(_("reference"), max_length=26, default=new_reference, editable=False)
    mode = models.CharField(_("mode"), max_length=8, choices=Mode)
    place = models.CharField(_("place"), max_length=40, blank=True)
    device = models.ForeignKey(Device, models.PROTECT, verbose_name=_("device"), null=True, related_name="+")
    fingerprint = models.CharField(
        _("fingerprint"), max_length=8, choices=Fingerprint, blank=True, default="", db_default=""
    )
    # Null of those begun before there was such a column: what was read then proves nobody any more.
    fingerprint_at = models.DateTimeField(_("fingerprint read"), null=True)
    flow_key = models.CharField(max_length=32, editable=False)

    objects = PartnerAttemptQuerySet.as_manager()

    class Meta:
        verbose_name = _("attempt at a partner")
        verbose_name_plural = _("attempts at partners")
        constraints = [
            models.UniqueConstraint(fields=["reference"], name="a_reference_belongs_to_one_attempt"),
            models.CheckConstraint(name="an_attempt_at_a_partner_has_a_mode", condition=Q(mode__in=Mode.values)),
            models.CheckConstraint(
                name="a_fingerprint_matched_or_was_taken", condition=Q(fingerprint__in=["", *Fingerprint.values])
            ),
            models.CheckConstraint(
                name="a_fingerprint_was_found_by_a_device", condition=Q(fingerprint="") | Q(device__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class ErrandQuerySet(StatefulQuerySet["KioskErrand"]):
    def live(self) -> Self:
        return self.filter(state=ErrandState.CODE_SENT, expires_at__gt=clock.now())


class KioskErrand(models.Model):
    """What a kiosk does for the holder of an account, besides proving a case: the fingerprints have proven the person, and a
    code proves `mobile`, a new number or, left empty, the account's own. A pause needs no code and is done at once."""

    user = models.ForeignKey(User, models.CASCADE, verbose_name=_("account"), related_name="kiosk_errands")
    device = models.ForeignKey(Device, models.PROTECT, verbose_name=_("device"), related_name="+")
    reference = models.CharField(_("reference"), max_length=26, default=new_reference, editable=False)
    purpose = models.CharField(_("purpose"), max_length=16, choices=ErrandPurpose)
    mobile = models.CharField(_("new mobile number"), max_length=16, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=ErrandState, default=ErrandState.CODE_SENT)
    flow_key = models.CharField(max_length=32, editable=False)
    begun_at = models.DateTimeField(_("begun"), db_default=Now())
    expires_at = models.DateTimeField(_("of use until"))
    ended_at = models.DateTimeField(_("ended"), null=True)

    objects = ErrandQuerySet.as_manager()

    class Meta:
        verbose_name = _("errand at a kiosk")
        verbose_name_plural = _("errands at kiosks")
        indexes = [models.Index(fields=["begun_at"], name="errand_by_age")]
        constraints = [
            models.UniqueConstraint(fields=["reference"], name="a_reference_belongs_to_one_errand"),
            models.UniqueConstraint(
                fields=["user"],
                name="an_account_has_one_errand_under_way",
                condition=Q(state=ErrandState.CODE_SENT),
            ),
            models.CheckConstraint(name="an_errand_has_a_purpose", condition=Q(purpose__in=ErrandPurpose.values)),
            models.CheckConstraint(name="an_errand_has_a_state", condition=Q(state__in=ErrandState.values)),
            models.CheckConstraint(
                name="a_new_mobile_is_the_errand_of_who_changes_it",
                condition=(Q(purpose=ErrandPurpose.MOBILE_CHANGE) & ~Q(mobile=""))
                | (~Q(purpose=ErrandPurpose.MOBILE_CHANGE) & Q(mobile="")),
            ),
            models.CheckConstraint(
                name="an_ended_errand_has_a_time",
                condition=Q(state=ErrandState.CODE_SENT, ended_at=None)
                | (~Q(state=ErrandState.CODE_SENT) & Q(ended_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class UsedFingerprint(models.Model):
    """The nonce of a fingerprint result: it serves one call, by its idempotency key, and the repetitions of that call."""

    device = models.ForeignKey(Device, models.CASCADE, db_index=False)
    nonce = models.CharField(max_length=64)
    call = models.CharField(max_length=64)
    used_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["used_at"], name="fingerprint_by_age")]
        constraints = [
            models.UniqueConstraint(fields=["device", "nonce"], name="a_fingerprint_result_is_used_once_by_a_device")
        ]

    def __str__(self) -> str:
        return self.nonce
