"""What was counted of requests, so that service levels are read without counting them."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class ServiceDay(models.Model):
    """What happened with one service on one day (services/history.py). `took` counts what was decided by the working days it
    took, the last place for all that took longer. What stands open, by its age (`open_ages`), and what of it is `overdue`, is
    on the newest day only, and not on that any more once a later one is counted."""

    day = models.DateField(_("day"))
    service = models.SlugField(_("service"), max_length=60, db_index=False)
    counted_at = models.DateTimeField(_("counted"))
    submitted = models.PositiveIntegerField(_("submitted"), default=0)
    decided = models.PositiveIntegerField(_("decided"), default=0)
    in_time = models.PositiveIntegerField(_("decided in time"), default=0)
    overdue = models.PositiveIntegerField(_("overdue"), default=0)
    took = models.JSONField(default=list)
    open_ages = models.JSONField(default=list)

    class Meta:
        verbose_name = _("service level")
        verbose_name_plural = _("service levels")
        permissions = [("supervise_request", "Can see service levels, reopen requests and export them")]
        constraints = [
            models.UniqueConstraint(fields=["day", "service"], name="a_service_is_counted_once_a_day"),
            models.CheckConstraint(name="what_was_decided_in_time_was_decided", condition=Q(in_time__lte=F("decided"))),
        ]

    def __str__(self) -> str:
        return f"{self.service} {self.day}"


class OfficerDay(models.Model):
    """How much an officer decided on one day (services/history.py). What lies with them is on the newest day only."""

    day = models.DateField(_("day"))
    officer = models.ForeignKey(User, models.PROTECT, verbose_name=_("officer"), related_name="+")
    department = models.SlugField(_("department"), max_length=40, db_index=False)
    decided = models.PositiveIntegerField(_("decided"), default=0)
    open = models.PositiveIntegerField(_("open"), default=0)
    overdue = models.PositiveIntegerField(_("overdue"), default=0)

    class Meta:
        verbose_name = _("officer's day")
        verbose_name_plural = _("officers' days")
        constraints = [
            models.UniqueConstraint(
                fields=["day", "officer", "department"], name="an_officer_is_counted_once_a_day_and_department"
            )
        ]

    def __str__(self) -> str:
        return f"{self.officer_id} {self.day}"


class ServicePace(models.Model):
    """How long the newest decisions of a service took, in working days: half of them at most `usual`, nine in ten at most
    `slow`. A service that was decided too seldom has none."""

    service = models.SlugField(_("service"), max_length=60, primary_key=True)
    usual = models.PositiveSmallIntegerField(_("usual working days"))
    slow = models.PositiveSmallIntegerField(_("working days of the slow ones"))
    decided = models.PositiveIntegerField(_("counted decisions"))

    class Meta:
        verbose_name = _("pace of a service")
        verbose_name_plural = _("paces of services")
        constraints = [
            models.CheckConstraint(name="the_slow_take_no_less_than_the_usual", condition=Q(slow__gte=F("usual")))
        ]

    def __str__(self) -> str:
        return self.service
