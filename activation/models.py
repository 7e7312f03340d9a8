"""One case per person who proves who they are, with an attempt for each channel they tried."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import ExpressionWrapper, F, Q
from django.db.models.functions import Now
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _

from accounts.models import Branch, User
from activation.states import LIVE, AttemptState, CasePurpose, CaseState, ErrandPurpose, ErrandState, RefusalReason
from core import clock
from core.states import StatefulQuerySet
from partners.models import Device, Partner
from partners.words import Mode

# No letters or digits that are mistaken for each other, in print or read aloud.
_VISIT_CODE_ALPHABET = "34679ACDEFGHJKLMNPQRTUVWXY"
VISIT_CODE_LENGTH = 8


def new_visit_code() -> str:
    return get_random_string(VISIT_CODE_LENGTH, _VISIT_CODE_ALPHABET)


class CaseQuerySet(StatefulQuerySet["ActivationCase"]):
    def open(self) -> Self:
        return self.filter(state=CaseState.OPEN)


class ActivationCase(models.Model):
    user = models.ForeignKey(User, models.CASCADE, verbose_name=_("account"), related_name="activation_cases")
    purpose = models.CharField(
        _("purpose"),
        max_length=14,
        choices=CasePurpose,
        default=CasePurpose.ACTIVATION,
        db_default=CasePurpose.ACTIVATION,
    )
    state = models.CharField(_("state"), max_length=10, choices=CaseState, default=CaseState.OPEN)
    opened_at = models.DateTimeField(_("opened"), db_default=Now())
    ended_at = models.DateTimeField(_("ended"), null=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("activation case")
        verbose_name_plural = _("activation cases")
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                name="an_account_has_one_open_case",
                condition=Q(state=CaseState.OPEN),
                violation_error_message=_("This account already has an open case."),
            ),
            models.CheckConstraint(name="a_case_has_a_purpose", condition=Q(purpose__in=CasePurpose.values)),
            models.CheckConstraint(
                name="an_ended_case_has_a_time",
                condition=Q(state=CaseState.OPEN, ended_at=None)
                | (~Q(state=CaseState.OPEN) & Q(ended_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"


class AttemptQuerySet(StatefulQuerySet["Attempt"]):
    def live(self) -> Self:
        return self.filter(state__in=LIVE)

    def of(self, user: User) -> Self:
        return self.filter(case__user=user)

    def newest_first(self) -> Self:
        """With `is_outlived`: a begun attempt whose time is up is of no use, even before the next purge ends it."""
        outlived = Q(state=AttemptState.BEGUN, expires_at__lte=clock.now())
        return self.annotate(is_outlived=ExpressionWrapper(outlived, models.BooleanField())).order_by("-pk")

    def awaiting_officer(self) -> Self:
        return self.filter(channel="officer", state=AttemptState.BEGUN, expires_at__gt=clock.now())

    def awaiting_second_officer(self) -> Self:
        return self.filter(state=AttemptState.SECOND_OFFICER)

    def begun_before(self, age: timedelta) -> Self:
        return self.filter(begun_at__lte=clock.ahead(-age))

    def outlived(self) -> Self:
        return self.filter(state=AttemptState.BEGUN, expires_at__lte=clock.now())


class Attempt(models.Model):
    """One channel's way to prove the person of a case. `visit_code` is for channels where somebody turns up."""

    case = models.ForeignKey(ActivationCase, models.CASCADE, verbose_name=_("case"), related_name="attempts")
    channel = models.SlugField(_("channel"))
    state = models.CharField(_("state"), max_length=14, choices=AttemptState, default=AttemptState.BEGUN)
    visit_code = models.CharField(_("visit code"), max_length=VISIT_CODE_LENGTH, unique=True, null=True)
    # A name of RefusalReason, or what the officer wrote.
    refusal = models.TextField(_("reason for the refusal"), blank=True)
    begun_at = models.DateTimeField(_("begun"), db_default=Now())
    expires_at = models.DateTimeField(_("of use until"))
    ended_at = models.DateTimeField(_("ended"), null=True)
    # Not a column: AttemptQuerySet.newest_first tells it.
    is_outlived: bool

    objects = AttemptQuerySet.as_manager()

    class Meta:
        verbose_name = _("activation attempt")
        verbose_name_plural = _("activation attempts")
        permissions = [("decide_attempt", "Can check documents and decide activations")]
        indexes = [
            models.Index(
                fields=["channel", "begun_at", "id"], name="attempt_waiting", condition=Q(state=AttemptState.BEGUN)
            ),
            models.Index(
                fields=["begun_at", "id"], name="attempt_second", condition=Q(state=AttemptState.SECOND_OFFICER)
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "channel"],
                name="a_case_has_one_live_attempt_per_channel",
                condition=Q(state__in=LIVE),
            ),
            models.CheckConstraint(
                name="an_ended_attempt_has_a_time",
                condition=Q(state__in=LIVE, ended_at=None) | (~Q(state__in=LIVE) & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="a_refusal_has_a_reason", condition=~Q(state=AttemptState.REFUSED) | ~Q(refusal="")
            ),
        ]

    def __str__(self) -> str:
        return self.visit_code or f"{self.channel} {self.pk}"

    @property
    def is_usable(self) -> bool:
        return self.state in LIVE and not self.is_outlived

    @property
    def standing(self) -> AttemptState:
        """Its state, as it is to be shown."""
        return AttemptState.EXPIRED if self.is_outlived else AttemptState(self.state)

    @property
    def reason(self) -> str:
        """Why it was refused, for the resident; one of the prepared reasons follows the language of the page."""
        is_prepared = self.refusal in RefusalReason.values
        return str(RefusalReason(self.refusal).label) if is_prepared else self.refusal


def new_reference() -> str:
    """What a partner calls an attempt by: long enough that nobody guesses another one's."""
    return get_random_string(26, "0123456789abcdefghjkmnpqrstvwxyz")


class Fingerprint(models.TextChoices):
    MATCHED = "matched", _("Matches the fingerprint on file")
    TAKEN = "taken", _("None was on file: taken now")


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
    flow_key = models.CharField(max_length=32, editable=False)

    class Meta:
        verbose_name = _("attempt at a partner")
        verbose_name_plural = _("attempts at partners")
        constraints = [
            models.UniqueConstraint(fields=["reference"], name="a_reference_belongs_to_one_attempt"),
            models.CheckConstraint(name="an_attempt_at_a_partner_has_a_mode", condition=Q(mode__in=Mode.values)),
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


class OfficerCheck(models.Model):
    """What an officer read off the document, without having seen what the resident typed.

    When it differs from the register, a second officer decides.
    """

    attempt = models.OneToOneField(Attempt, models.CASCADE, verbose_name=_("attempt"), related_name="officer_check")
    maker = models.ForeignKey(User, models.PROTECT, verbose_name=_("officer"), related_name="checks_made")
    checker = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("second officer"), null=True, related_name="checks_approved"
    )
    branch = models.ForeignKey(Branch, models.PROTECT, verbose_name=_("branch"), null=True)
    sealed_document = models.TextField(editable=False)
    differences = models.JSONField(_("differences"), default=list)
    fingerprint = models.CharField(_("fingerprint"), max_length=8, choices=Fingerprint)
    made_at = models.DateTimeField(_("checked"), db_default=Now())
    approved_at = models.DateTimeField(_("approved by the second officer"), null=True)

    class Meta:
        verbose_name = _("officer's check")
        verbose_name_plural = _("officers' checks")
        constraints = [
            models.CheckConstraint(
                name="the_second_officer_is_another_person",
                condition=Q(checker=None) | ~Q(checker=F("maker")),
                violation_error_message=_("A second officer has to approve this, not the one who made the check."),
            ),
            models.CheckConstraint(
                name="an_approval_has_an_officer_and_a_time",
                condition=Q(checker=None, approved_at=None) | Q(checker__isnull=False, approved_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id}"
