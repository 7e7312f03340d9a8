"""Where officers work and residents are received, and when."""

from datetime import date, time

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Branch(models.Model):
    """An office where officers work and residents are received."""

    name_ar = models.CharField(_("name in Arabic"), max_length=80, unique=True)
    name_en = models.CharField(_("name in English"), max_length=80, unique=True)
    city_ar = models.CharField(_("city in Arabic"), max_length=40)
    city_en = models.CharField(_("city in English"), max_length=40)
    address_ar = models.CharField(_("address in Arabic"), max_length=120)
    address_en = models.CharField(_("address in English"), max_length=120)
    hours_ar = models.CharField(_("opening hours in Arabic"), max_length=120, blank=True, default="", db_default="")
    hours_en = models.CharField(_("opening hours in English"), max_length=120, blank=True, default="", db_default="")
    places_at_once = models.PositiveSmallIntegerField(
        _("visits at the same time"),
        default=2,
        db_default=2,
        help_text=_("How many visits can be booked for one time. With 0 none can be booked; people come without."),
    )

    class Meta:
        verbose_name = _("branch")
        verbose_name_plural = _("branches")

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self._in_language("name")

    @property
    def city(self) -> str:
        return self._in_language("city")

    @property
    def address(self) -> str:
        return f"{self.city} – {self._in_language('address')}"

    @property
    def hours(self) -> str:
        return self._in_language("hours")

    def _in_language(self, field: str) -> str:
        return getattr(self, f"{field}_{'ar' if get_language() == 'ar' else 'en'}")


class Weekday(models.IntegerChoices):
    SUNDAY = 0, _("Sunday")
    MONDAY = 1, _("Monday")
    TUESDAY = 2, _("Tuesday")
    WEDNESDAY = 3, _("Wednesday")
    THURSDAY = 4, _("Thursday")
    FRIDAY = 5, _("Friday")
    SATURDAY = 6, _("Saturday")

    @classmethod
    def of(cls, day: date) -> "Weekday":
        return cls(day.isoweekday() % 7)


# Of a new branch, until its supervisor says otherwise.
WORKING_WEEK = (Weekday.SUNDAY, Weekday.MONDAY, Weekday.TUESDAY, Weekday.WEDNESDAY, Weekday.THURSDAY)
USUAL_HOURS = (time(8), time(14, 30))


class OpeningHours(models.Model):
    """When visits to a branch can be booked, in the Kingdom's time. A weekday without hours is closed."""

    branch = models.ForeignKey(Branch, models.CASCADE, verbose_name=_("branch"), related_name="opening_hours")
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday)
    opens_at = models.TimeField(_("opens at"))
    closes_at = models.TimeField(_("closes at"))

    class Meta:
        verbose_name = _("hours of visits")
        verbose_name_plural = _("hours of visits")
        ordering = ["weekday"]
        constraints = [
            models.UniqueConstraint(
                fields=["branch", "weekday"],
                name="a_branch_has_one_pair_of_hours_a_weekday",
                violation_error_message=_("This weekday has its hours already. Change those."),
            ),
            models.CheckConstraint(name="opening_hours_have_a_weekday", condition=Q(weekday__in=Weekday.values)),
            models.CheckConstraint(
                name="a_branch_opens_before_it_closes",
                condition=Q(opens_at__lt=F("closes_at")),
                violation_error_message=_("The branch has to open before it closes. Compare the two times."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens_at:%H:%M}–{self.closes_at:%H:%M}"


class ClosedDay(models.Model):
    """A day without visits: of one branch, or of all."""

    day = models.DateField(_("day"))
    branch = models.ForeignKey(
        Branch,
        models.CASCADE,
        verbose_name=_("branch"),
        null=True,
        blank=True,
        related_name="closed_days",
    )
    reason_ar = models.CharField(_("reason in Arabic"), max_length=60)
    reason_en = models.CharField(_("reason in English"), max_length=60)

    class Meta:
        verbose_name = _("closed day")
        verbose_name_plural = _("closed days")
        constraints = [
            models.UniqueConstraint(
                fields=["day"],
                name="a_day_is_closed_once_for_all_branches",
                condition=Q(branch=None),
                violation_error_message=_("This day is closed for all branches already."),
            ),
            models.UniqueConstraint(
                fields=["day", "branch"],
                name="a_day_is_closed_once_for_a_branch",
                condition=Q(branch__isnull=False),
                violation_error_message=_("This day is closed for this branch already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.reason}"

    @property
    def reason(self) -> str:
        return self.reason_ar if get_language() == "ar" else self.reason_en
