"""One case per person who proves who they are, with an attempt for each channel they tried."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import ExpressionWrapper, Q
from django.db.models.functions import Now
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from activation.states import (
    LIVE,
    AttemptState,
    CasePurpose,
    CaseState,
    RefusalReason,
)
from core import clock
from core.states import StatefulQuerySet

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
    # Opened by whoever holds this object: it has no attempt to look for.
    is_new = False

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
            models.CheckConstraint(name="a_case_has_a_state", condition=Q(state__in=CaseState.values)),
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
            models.CheckConstraint(name="an_attempt_has_a_state", condition=Q(state__in=AttemptState.values)),
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
