"""Codes that prove a mobile, and the counters of tries."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User
from core import clock
from core.throttle import Counter, CounterQuerySet
from messaging.models import Message

CODE_LIFE = timedelta(minutes=5)
CODE_TRIES = 5


class Purpose(models.TextChoices):
    REGISTRATION = "registration", _("Registration")
    LOGIN = "login", _("Sign-in")
    ACTIVATION = "activation", _("Activation")
    RECOVERY = "recovery", _("Recovery")
    NEW_MOBILE = "new_mobile", _("Another mobile number")
    OLD_MOBILE = "old_mobile", _("Consent of the old mobile number")
    RE_PROVING = "re_proving", _("Proving the person again")
    KIOSK = "kiosk", _("At a kiosk")


class CodeQuerySet(models.QuerySet["OneTimeCode"]):
    def live(self) -> Self:
        return self.filter(consumed_at=None, voided_at=None, expires_at__gt=clock.now())


class OneTimeCode(models.Model):
    """A code sent by SMS. Kept as a keyed digest bound to the flow (a secret of one browser session), the purpose and
    the account; a resend replaces it."""

    user = models.ForeignKey(User, models.CASCADE, related_name="codes")
    purpose = models.CharField(max_length=20, choices=Purpose)
    flow = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    reference = models.CharField(max_length=2)
    tries = models.PositiveSmallIntegerField(default=0)
    message = models.ForeignKey(Message, models.SET_NULL, null=True)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    consumed_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)
    # Not a column: the database's time, where accounts.actions.codes reads it along.
    read_at: datetime

    objects = CodeQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="code_created")]
        constraints = [
            models.UniqueConstraint(
                fields=["flow"], name="a_flow_has_one_live_code", condition=Q(consumed_at=None, voided_at=None)
            ),
            models.CheckConstraint(name="a_code_is_tried_five_times_at_most", condition=Q(tries__lte=CODE_TRIES)),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"


class TryCounter(Counter):
    objects = CounterQuerySet["TryCounter"].as_manager()
