"""One case per person who proves who they are, with an attempt for each channel they tried."""

import uuid
from datetime import datetime, timedelta
from math import ceil
from typing import Self

from django.db import models
from django.db.models import ExpressionWrapper, F, Q
from django.db.models.functions import Now
from django.utils.crypto import get_random_string
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Branch, User
from activation.states import (
    LIVE,
    OPEN,
    AttemptState,
    CasePurpose,
    CaseState,
    ErrandPurpose,
    ErrandState,
    NafathState,
    RefusalReason,
    VisitState,
)
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
    def masked_code(self) -> str:
        """For lists: enough to compare with the code on somebody's phone, which is still asked for."""
        return f"•••••{self.visit_code[-3:]}" if self.visit_code else "–"

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


class VisitQuerySet(StatefulQuerySet["Visit"]):
    def standing(self) -> Self:
        """Booked, and still needed. A place is taken by these only: whatever ends an attempt frees its place."""
        return self.filter(state=VisitState.BOOKED, attempt__state__in=LIVE)

    def not_needed(self) -> Self:
        return self.filter(state=VisitState.BOOKED).exclude(attempt__state__in=LIVE)

    def between(self, begins: datetime, ends: datetime) -> Self:
        return self.filter(starts_at__gte=begins, starts_at__lt=ends)

    def to_be_reminded(self, now: datetime) -> Self:
        return self.standing().filter(remind_at__lte=now, starts_at__gt=now)


class Visit(models.Model):
    """A booked visit of an attempt to an officer. Who moves it ends this one and books another, so that each tells what it was.

    `place` is one of the branch's `places_at_once`, counted from 1: of two people who book the last one, the constraint lets
    one have it.
    """

    attempt = models.ForeignKey(Attempt, models.CASCADE, verbose_name=_("attempt"), related_name="visits")
    branch = models.ForeignKey(Branch, models.PROTECT, verbose_name=_("branch"), related_name="+")
    starts_at = models.DateTimeField(_("time"))
    place = models.PositiveSmallIntegerField(_("place"))
    state = models.CharField(_("state"), max_length=10, choices=VisitState, default=VisitState.BOOKED)
    booked_at = models.DateTimeField(_("booked"), db_default=Now())
    # When the next text message is due; null when no more is.
    remind_at = models.DateTimeField(_("reminder"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)

    objects = VisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        indexes = [
            models.Index(fields=["branch", "starts_at"], name="visit_by_branch_and_time"),
            models.Index(fields=["remind_at"], name="visit_to_remind", condition=Q(state=VisitState.BOOKED)),
            models.Index(fields=["starts_at"], name="visit_booked", condition=Q(state=VisitState.BOOKED)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["attempt"], name="an_attempt_has_one_booked_visit", condition=Q(state=VisitState.BOOKED)
            ),
            models.UniqueConstraint(
                fields=["branch", "starts_at", "place"],
                name="a_place_is_booked_once",
                condition=Q(state=VisitState.BOOKED),
            ),
            models.CheckConstraint(name="places_are_counted_from_one", condition=Q(place__gte=1)),
            models.CheckConstraint(name="a_visit_has_a_state", condition=Q(state__in=VisitState.values)),
            models.CheckConstraint(
                name="an_ended_visit_has_a_time",
                condition=Q(state=VisitState.BOOKED, ended_at=None)
                | (~Q(state=VisitState.BOOKED) & Q(ended_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"


class ChannelOutageQuerySet(models.QuerySet["ChannelOutage"]):
    def running(self) -> Self:
        return self.with_running().filter(is_running=True)

    def with_running(self) -> Self:
        is_running = Q(starts_at__lte=clock.now()) & (Q(ends_at=None) | Q(ends_at__gt=clock.now()))
        return self.annotate(is_running=ExpressionWrapper(is_running, models.BooleanField()))


class ChannelOutage(models.Model):
    """A supervisor's word that residents can begin no attempt by a channel for a while. What was begun goes on, and so do
    officers and partners: those are stopped where they are admitted."""

    channel = models.SlugField(_("way to activate"), db_index=False)
    starts_at = models.DateTimeField(_("from"), db_default=Now())
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    reason_ar = models.CharField(_("reason in Arabic"), max_length=200)
    reason_en = models.CharField(_("reason in English"), max_length=200)
    # Not a column: ChannelOutageQuerySet.with_running tells it.
    is_running: bool

    objects = ChannelOutageQuerySet.as_manager()

    class Meta:
        verbose_name = _("outage")
        verbose_name_plural = _("outages")
        constraints = [
            models.CheckConstraint(
                name="an_outage_ends_after_it_began",
                condition=Q(ends_at=None) | Q(ends_at__gte=F("starts_at")),
                violation_error_message=_("The outage would end before it begins. Compare both times."),
            ),
            models.CheckConstraint(
                name="an_outage_has_a_reason_in_both_languages", condition=~Q(reason_ar="") & ~Q(reason_en="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.pk}"

    @property
    def reason(self) -> str:
        return self.reason_ar if get_language() == "ar" else self.reason_en


class NafathRequestQuerySet(StatefulQuerySet["NafathRequest"]):
    def open(self) -> Self:
        return self.filter(state__in=OPEN)

    def about(self, id_number: str) -> Self:
        return self.filter(id_number=id_number)

    def outlived(self) -> Self:
        return self.open().filter(expires_at__lte=clock.now())

    def in_time(self) -> Self:
        return self.filter(expires_at__gt=clock.now())

    def due_to_be_asked_about(self, every: timedelta) -> Self:
        """Nobody, in whatever tab, asked Nafath about it just now."""
        return self.filter(Q(polled_at=None) | Q(polled_at__lte=clock.ahead(-every)), state=NafathState.WAITING)

    def read(self) -> Self:
        """With `read_at`, the database's time at this reading; the newest first."""
        return self.annotate(read_at=clock.now()).order_by("-pk")


class NafathRequest(models.Model):
    """A question in the Nafath app of the person with `id_number`: for an attempt of theirs, or for the sign-in of the browser
    that holds the flow. `transaction` and `number` are what Nafath calls it and what the person compares."""

    user = models.ForeignKey(User, models.CASCADE, verbose_name=_("account"), related_name="nafath_requests")
    id_number = models.CharField(_("ID / Iqama / Border number"), max_length=10)
    attempt = models.ForeignKey(
        Attempt, models.CASCADE, verbose_name=_("attempt"), null=True, related_name="nafath_requests"
    )
    flow = models.CharField(max_length=64, blank=True, editable=False)
    request_id = models.UUIDField(_("our reference"), default=uuid.uuid4, unique=True, editable=False)
    transaction = models.CharField(_("Nafath's reference"), max_length=80, unique=True, null=True)
    number = models.CharField(_("number to compare"), max_length=2, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=NafathState, default=NafathState.ASKED)
    asked_at = models.DateTimeField(_("asked"), db_default=Now())
    expires_at = models.DateTimeField(_("of use until"))
    polled_at = models.DateTimeField(_("asked about"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    # Not a column: the database's time, where NafathRequestQuerySet.read tells it.
    read_at: datetime

    objects = NafathRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("Nafath request")
        verbose_name_plural = _("Nafath requests")
        indexes = [models.Index(fields=["expires_at"], name="nafath_open", condition=Q(state__in=OPEN))]
        constraints = [
            models.UniqueConstraint(
                fields=["id_number"], name="a_person_has_one_open_nafath_request", condition=Q(state__in=OPEN)
            ),
            models.CheckConstraint(name="a_nafath_request_has_a_state", condition=Q(state__in=NafathState.values)),
            models.CheckConstraint(
                name="a_nafath_request_is_for_an_attempt_or_a_sign_in",
                condition=Q(attempt=None) & ~Q(flow="") | Q(attempt__isnull=False, flow=""),
            ),
            models.CheckConstraint(
                name="a_nafath_request_that_waits_has_a_transaction",
                condition=~Q(state=NafathState.WAITING) | Q(transaction__isnull=False),
            ),
            models.CheckConstraint(
                name="only_a_sign_in_uses_a_confirmation", condition=~Q(state=NafathState.USED) | Q(attempt=None)
            ),
            models.CheckConstraint(
                name="an_ended_nafath_request_has_a_time",
                condition=Q(state__in=OPEN, ended_at=None) | (~Q(state__in=OPEN) & Q(ended_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"

    @property
    def seconds_left(self) -> int:
        return max(0, ceil((self.expires_at - self.read_at).total_seconds()))


class NafathLine(models.Model):
    """How Nafath answered lately, for all processes; `mode` is that of the settings. Nobody calls before `down_until`."""

    mode = models.SlugField(primary_key=True)
    errors_in_a_row = models.PositiveSmallIntegerField(default=0)
    last_problem = models.SlugField(blank=True)
    down_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.mode
