"""Channels that are announced to be down."""

from typing import Self

from django.db import models
from django.db.models import ExpressionWrapper, F, Q
from django.db.models.functions import Now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core import clock


class ChannelOutageQuerySet(models.QuerySet["ChannelOutage"]):
    def running(self) -> Self:
        return self.with_running().filter(is_running=True)

    def with_running(self) -> Self:
        is_running = Q(starts_at__lte=clock.now()) & (Q(ends_at=None) | Q(ends_at__gt=clock.now()))
        return self.annotate(is_running=ExpressionWrapper(is_running, models.BooleanField()))


class ChannelOutage(models.Model):
    """A supervisor's word that nobody can begin an attempt by a channel for a while, neither residents on their pages nor
    partners by their calls. What was begun goes on, and so do officers at their desks."""

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
