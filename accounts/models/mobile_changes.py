"""The way of an account from one mobile to another."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User
from accounts.states import UNDER_WAY, MobileChangeState
from core import clock, phones
from core.states import StatefulQuerySet


class MobileChangeQuerySet(StatefulQuerySet["MobileChange"]):
    def under_way(self) -> Self:
        return self.filter(state__in=UNDER_WAY)

    def due(self) -> Self:
        return self.filter(state=MobileChangeState.WAITING, moves_at__lte=clock.now())

    def outlived(self, life: timedelta) -> Self:
        """Asked for, and nobody was proven in time."""
        asked = self.filter(state=MobileChangeState.ASKED, asked_at__lte=clock.ahead(-life))
        return asked.filter(Q(held_until=None) | Q(held_until__lte=clock.now()))


class MobileChange(models.Model):
    """An account is to get another mobile, whose code was typed at `asked_at`. Then the old number consents by a code of its
    own, or it is lost and an activation channel proves the person again: the number moves at once or, after a notice to the
    old one, at `moves_at` (domain §4)."""

    user = models.ForeignKey(User, models.CASCADE, related_name="mobile_changes", verbose_name=_("account"))
    mobile = models.CharField(_("new mobile number"), max_length=16)
    state = models.CharField(_("state"), max_length=10, choices=MobileChangeState, default=MobileChangeState.ASKED)
    asked_at = models.DateTimeField(_("asked"), db_default=Now())
    # An attempt that is to prove the person can be completed until then.
    held_until = models.DateTimeField(_("held until"), null=True)
    moves_at = models.DateTimeField(_("moves at"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)

    objects = MobileChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of mobile")
        verbose_name_plural = _("changes of mobile")
        indexes = [
            models.Index(fields=["moves_at"], name="mobile_change_due", condition=Q(state=MobileChangeState.WAITING))
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], name="an_account_has_one_change_of_mobile_under_way", condition=Q(state__in=UNDER_WAY)
            ),
            models.CheckConstraint(
                name="a_change_of_mobile_has_a_state", condition=Q(state__in=MobileChangeState.values)
            ),
            models.CheckConstraint(
                name="a_change_that_waits_has_a_time",
                condition=~Q(state=MobileChangeState.WAITING) | Q(moves_at__isnull=False),
            ),
            models.CheckConstraint(
                name="an_ended_change_of_mobile_has_a_time",
                condition=Q(state__in=UNDER_WAY, ended_at=None) | (~Q(state__in=UNDER_WAY) & Q(ended_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"

    @property
    def is_asked(self) -> bool:
        """The person is still to be proven."""
        return self.state == MobileChangeState.ASKED

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY

    @property
    def masked_mobile(self) -> str:
        return phones.mask(self.mobile)
