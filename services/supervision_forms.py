"""What supervisors type: which time they look at, which list they take, why a decision is taken back, when all is closed."""

from datetime import date
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.actions.closed_days import Holiday
from core.dates import DateField, not_in_the_future
from core.forms import CleanCharField
from core.text import compact_digits
from services.catalogue import DEPARTMENTS, services
from services.exports import ExportFormat, Wanted
from services.officer_texts import long_text, whole_sentence, write_in
from services.service_levels import Period
from services.states import RequestState

_NAME_AT_MOST = 60
_FIRST_YEAR, _YEARS_AHEAD = 2000, 2


def _departments() -> list[tuple[str, Any]]:
    """Those that have requests."""
    with_requests = {service.department for service in services().values() if service.is_request}
    return [(name, title) for name, title in DEPARTMENTS.items() if name in with_requests]


class ViewForm(forms.Form):
    """Anything else than what is offered shows the usual view."""

    period = forms.ChoiceField(label=_("Period"), choices=Period, required=False)
    department = forms.ChoiceField(label=_("Department"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        department: Any = self.fields["department"]
        department.choices = [("", _("All departments")), *_departments()]

    @property
    def chosen(self) -> tuple[Period, str]:
        self.is_valid()
        return Period(self.cleaned_data.get("period") or Period.MONTH), self.cleaned_data.get("department", "")


class NumberForm(forms.Form):
    number = CleanCharField(
        label=_("Request number"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "dir": "ltr", "autocomplete": "off"}),
        error_messages={"required": _("Type the ten digits of the request number.")},
    )

    def clean_number(self) -> str:
        digits = compact_digits(self.cleaned_data["number"])
        if not (digits.isascii() and digits.isdigit() and len(digits) == 10):
            raise ValidationError(_("A request number has ten digits. Compare it with the request."), code="number")
        return digits


class ReasonForm(forms.Form):
    reason = long_text(
        _("Why it is looked at again"),
        _("Write why the decision is taken back. The applicant reads it."),
        rows=4,
        validators=[whole_sentence],
    )

    def __init__(self, *args: Any, language: str, **kwargs: Any) -> None:
        """`language` is the applicant's."""
        super().__init__(*args, **kwargs)
        write_in(self.fields["reason"], language)


def _not_long_ago(day: date) -> None:
    if day.year < _FIRST_YEAR:
        raise ValidationError(_("This is too long ago. Check the year and the calendar."), code="past")


def _not_over(day: date) -> None:
    if day < timezone.localdate():
        raise ValidationError(_("This day is over. Choose a day that is still to come."), code="over")


def _not_far_away(day: date) -> None:
    if day.year > timezone.localdate().year + _YEARS_AHEAD:
        raise ValidationError(_("This is years away. Check the year and the calendar."), code="far")


def _past(label: Any, missing: Any) -> DateField:
    return DateField(label=label, error_messages={"required": missing}, validators=[not_in_the_future, _not_long_ago])


def _to_come(label: Any, missing: Any) -> DateField:
    return DateField(label=label, error_messages={"required": missing}, validators=[_not_over, _not_far_away])


def _name(label: Any, example: Any, language: str) -> CleanCharField:
    return CleanCharField(
        label=label,
        max_length=_NAME_AT_MOST,
        help_text=example,
        widget=forms.TextInput(attrs={"lang": language, "dir": "rtl" if language == "ar" else "ltr"}),
        error_messages={"required": _("Residents read the name in both languages. Write it in this one, too.")},
    )


class _DaysForm(forms.Form):
    """From its `first` day to its `last`, which is included."""

    longest_days: ClassVar[int]
    too_long: ClassVar[Promise]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", _("The last day lies before the first. Compare the two dates and their calendars."))
        elif first and last and (last - first).days >= self.longest_days:
            self.add_error("last", str(self.too_long))
        return cleaned


class HolidayForm(_DaysForm):
    first = _to_come(_("First day"), _("Give the first day of the holiday."))
    last = _to_come(_("Last day"), _("Give the last day of the holiday; for a single day the same as the first."))
    name_ar = _name(_("Name in Arabic"), _("For example: إجازة عيد الفطر"), "ar")
    name_en = _name(_("Name in English"), _("For example: Eid al-Fitr holiday"), "en")
    longest_days = 31
    too_long = _("A holiday has at most 31 days. Check the month and the calendar.")

    @property
    def holiday(self) -> Holiday:
        return Holiday(**self.cleaned_data)


def _choice(label: Any, **more: Any) -> forms.ChoiceField:
    not_offered = _("This is not one of the choices. Choose one that is shown here.")
    return forms.ChoiceField(label=label, error_messages={"invalid_choice": not_offered}, **more)


class ExportForm(_DaysForm):
    first = _past(_("Submitted from"), _("Give the first day."))
    last = _past(_("Submitted until"), _("Give the last day; it is included."))
    state = _choice(_("State"), required=False)
    department = _choice(_("Department"), required=False)
    service = _choice(_("Service"), required=False)
    file_format = _choice(_("File"), choices=ExportFormat, widget=forms.RadioSelect)
    longest_days = 366
    too_long = _("A list covers at most a year. Take one list for each year.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        submitted = [choice for choice in RequestState.choices if choice[0] != RequestState.DRAFT]
        asked_for = [(one.slug, str(one.title)) for one in services().values() if one.is_request]
        self._offer("state", _("All states"), submitted)
        self._offer("department", _("All departments"), _departments())
        self._offer("service", _("All services"), asked_for)

    def _offer(self, name: str, everything: Any, choices: list[tuple[str, Any]]) -> None:
        field: Any = self.fields[name]
        field.choices = [("", everything), *choices]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self._judge_service(cleaned.get("service"), cleaned.get("department"))
        return cleaned

    def _judge_service(self, service: str | None, department: str | None) -> None:
        if service and department and services()[service].department != department:
            self.add_error("service", _("This service belongs to another department. Choose one of the two."))

    @property
    def wanted(self) -> Wanted:
        return Wanted(**{name: value for name, value in self.cleaned_data.items() if name != "file_format"})
