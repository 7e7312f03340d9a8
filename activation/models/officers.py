"""What officers read off documents, and the visits they are booked for."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Branch, User
from activation.models.cases import Attempt
from activation.models.partners import Fingerprint
from activation.states import (
    LIVE,
    VisitState,
)
from core.states import StatefulQuerySet


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
