"""Questions in the Nafath app, and how Nafath answers."""

import uuid
from datetime import datetime, timedelta
from math import ceil
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from activation.models.cases import Attempt
from activation.states import (
    OPEN,
    NafathState,
)
from core import clock
from core.states import StatefulQuerySet


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
