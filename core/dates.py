"""A day as people give it: in the calendar of their document. Validators say what else a day has to be."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import hijri
from core.text import compact_digits

CALENDARS = (("gregorian", _("Gregorian")), ("hijri", _("Hijri")))
_OLDEST_YEARS = 120
# Of what people have papers for; the two do not overlap.
_HIJRI_YEARS, _GREGORIAN_YEARS = range(1300, 1501), range(1801, 2201)


def not_in_the_future(day: date) -> None:
    if day > timezone.localdate():
        raise ValidationError(_("This day lies in the future. Check the year and the calendar."), code="future")


def not_in_the_past(day: date) -> None:
    if day < timezone.localdate():
        raise ValidationError(_("This day has passed. Check the year and the calendar."), code="past")


def within_a_life(day: date) -> None:
    if day.year < timezone.localdate().year - _OLDEST_YEARS:
        raise ValidationError(_("This is too long ago. Check the year and the calendar."), code="past")


class DateWidget(forms.MultiWidget):
    """Calendar, day, month, year. With `is_live` the day is sent as it is typed, in an address, and shown in both calendars:
    not for one that is to stay secret."""

    template_name = "django/forms/date.html"
    use_fieldset = True

    def __init__(self, *, is_live: bool = True) -> None:
        number = {"inputmode": "numeric", "dir": "ltr", "autocomplete": "off"}
        super().__init__(
            {
                "calendar": forms.Select(choices=CALENDARS),
                "day": forms.TextInput(number | {"size": 2}),
                "month": forms.TextInput(number | {"size": 2}),
                "year": forms.TextInput(number | {"size": 4}),
            }
        )
        self.is_live = is_live

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["is_live"] = self.is_live
        return context

    def decompress(self, value: Any) -> list[Any]:
        """Of a day, or of what was typed."""
        if isinstance(value, list):
            return value
        return ["gregorian", value.day, value.month, value.year] if value else ["gregorian", "", "", ""]


class DateField(forms.Field):
    """A day in either calendar; cleans to a date."""

    widget = DateWidget

    def clean(self, value: list[str] | None) -> date | None:
        calendar, *parts = value or ["", "", "", ""]
        digits = [compact_digits(str(part or "")) for part in parts]
        if not any(digits):
            return super().clean("")
        if not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in digits):
            raise ValidationError(_("Type day, month and year as digits."), code="letters")
        day, month, year = map(int, digits)
        _refuse_the_other_calendar(calendar, year)
        found = _typed(calendar, year, month, day)
        self.run_validators(found)
        return found


def _refuse_the_other_calendar(calendar: str, year: int) -> None:
    """A year of one calendar beside the name of the other is the mistake of most: said as such. Raises ValidationError."""
    if calendar == "hijri" and year in _GREGORIAN_YEARS:
        raise ValidationError(
            _("%(year)d is a Gregorian year. Choose the Gregorian calendar, or correct the year."),
            code="calendar",
            params={"year": year},
        )
    if calendar != "hijri" and year in _HIJRI_YEARS:
        raise ValidationError(
            _("%(year)d is a Hijri year. Choose the Hijri calendar, or correct the year."),
            code="calendar",
            params={"year": year},
        )


def _typed(calendar: str, year: int, month: int, day: int) -> date:
    """Raises ValidationError when the calendar has no such day."""
    to_date = hijri.to_gregorian if calendar == "hijri" else date
    try:
        return to_date(year, month, day)
    except ValueError:
        raise ValidationError(
            _("There is no such day in this calendar. Compare the date with the document, and the calendar, too.")
        ) from None
