"""The form of a request, made from its catalogue entry. Answers are kept as JSON; `shown` reads them back."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from core.forms import CALENDARS, CleanCharField, typed_date
from core.text import compact_digits
from registry.models import DependencyLink, Document, Person
from services.catalogue import FieldEntry, Service
from services.facts import Fact
from services.family import SPOUSES, documents_of_family, members_of

TEXT_AT_MOST, LONG_TEXT_AT_MOST = 120, 2000
_OLDEST_YEARS = 120


class DateWidget(forms.MultiWidget):
    """Calendar, day, month, year."""

    template_name = "django/forms/date.html"
    use_fieldset = True

    def __init__(self) -> None:
        number = {"inputmode": "numeric", "dir": "ltr", "autocomplete": "off"}
        super().__init__(
            {
                "calendar": forms.Select(choices=CALENDARS),
                "day": forms.TextInput(number | {"size": 2}),
                "month": forms.TextInput(number | {"size": 2}),
                "year": forms.TextInput(number | {"size": 4}),
            }
        )

    def decompress(self, value: date | None) -> list[Any]:
        return ["gregorian", value.day, value.month, value.year] if value else ["gregorian", "", "", ""]


class DateField(forms.Field):
    """A day in either calendar; cleans to a date."""

    widget = DateWidget

    def clean(self, value: list[str] | None) -> date | None:
        calendar, *parts = value or ["", "", "", ""]
        digits = [compact_digits(part or "") for part in parts]
        if not any(digits):
            return super().clean("")
        if not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in digits):
            raise ValidationError(_("Type day, month and year as digits."), code="letters")
        day, month, year = map(int, digits)
        found = typed_date(calendar, year, month, day)
        self.run_validators(found)
        return found


def _not_in_the_future(day: date) -> None:
    if day > timezone.localdate():
        raise ValidationError(_("This day lies in the future. Check the year and the calendar."), code="future")


def _within_a_life(day: date) -> None:
    if day.year < timezone.localdate().year - _OLDEST_YEARS:
        raise ValidationError(_("This is too long ago. Check the year and the calendar."), code="past")


class DocumentChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, document: Any) -> str:
        return f"{document} – {document.holder.name}"


def _at_most(limit: int) -> dict[str, Any]:
    too_long = _("Write at most %(limit_value)d characters; these are %(show_value)d.")
    return {"validators": [MaxLengthValidator(limit, too_long)]}


def _text(entry: FieldEntry, person: Person) -> forms.Field:
    return CleanCharField(**_at_most(TEXT_AT_MOST))


def _long_text(entry: FieldEntry, person: Person) -> forms.Field:
    return CleanCharField(**_at_most(LONG_TEXT_AT_MOST), widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}))


def _choice(entry: FieldEntry, person: Person) -> forms.Field:
    return forms.ChoiceField(choices=[(value, str(text)) for value, text in entry.choices], widget=forms.RadioSelect)


def _past_date(entry: FieldEntry, person: Person) -> forms.Field:
    return DateField(validators=[_not_in_the_future, _within_a_life])


class MemberChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, link: Any) -> str:
        return f"{link.dependent.name} – {link.get_relation_display()}"


def _member(relations: tuple[str, ...] = ()) -> Callable[[FieldEntry, Person], forms.Field]:
    """Of the household, but for its head; chosen, not typed."""

    def make(entry: FieldEntry, person: Person) -> forms.Field:
        field = MemberChoiceField(members_of(person, relations), widget=forms.RadioSelect)
        field.empty_label = None
        return field

    return make


def _document(entry: FieldEntry, person: Person) -> forms.Field:
    field = DocumentChoiceField(documents_of_family(person), widget=forms.RadioSelect)
    field.empty_label = None
    return field


MAKERS: dict[str, Callable[[FieldEntry, Person], forms.Field]] = {
    "text": _text,
    "long_text": _long_text,
    "choice": _choice,
    "past_date": _past_date,
    "document": _document,
    "member": _member(),
    "spouse": _member(SPOUSES),
}
_REQUIRED = {
    "choice": _("Choose one."),
    "document": _("Choose the document."),
    "member": _("Choose the family member."),
    "spouse": _("Choose the family member."),
    "past_date": _("Type day, month and year."),
}


class RequestForm(forms.Form):
    """The questions of a service, for the household of `person`. With `only`, those fields alone."""

    def __init__(
        self, *args: Any, service: Service, person: Person, only: list[str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for entry in service.fields:
            if only is None or entry.name in only:
                self.fields[entry.name] = _field(entry, person)

        self.judge = service.judge

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        faults: dict[str, str] = import_string(self.judge)(cleaned) if self.judge else {}
        for name, sentence in faults.items():
            self.add_error(name, sentence)
        return cleaned

    def answers(self) -> dict[str, Any]:
        """As they are kept."""
        return {name: _kept(value) for name, value in self.cleaned_data.items()}


class MessageForm(forms.Form):
    text = CleanCharField(
        label=_("Your message"),
        max_length=LONG_TEXT_AT_MOST,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        error_messages={"required": _("Write what you want to say.")},
    )


class PledgeForm(forms.Form):
    pledge = forms.BooleanField(
        label=_("I pledge that what I have written is true and complete."),
        error_messages={"required": _("Tick this to submit the request.")},
    )


def initial(service: Service, answers: dict[str, Any]) -> dict[str, Any]:
    """Kept answers as a form takes them."""
    dates = {entry.name for entry in service.fields if entry.type == "past_date"}
    return {name: date.fromisoformat(value) if name in dates and value else value for name, value in answers.items()}


def shown(service: Service, answers: dict[str, Any]) -> list[Fact]:
    """The answers as facts, in the order of the questions."""
    return [Fact(str(entry.label), _shown(entry, answers.get(entry.name))) for entry in service.fields]


def _field(entry: FieldEntry, person: Person) -> forms.Field:
    field = MAKERS[entry.type](entry, person)
    field.label, field.help_text, field.required = str(entry.label), str(entry.help or ""), entry.is_required
    field.error_messages |= {
        "required": _REQUIRED.get(entry.type, _("Write an answer.")),
        "invalid_choice": _("This is not one of the choices. Choose one that is shown here."),
    }
    return field


def _kept(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value.pk if isinstance(value, Document | DependencyLink) else value


def _shown(entry: FieldEntry, value: Any) -> str | date | None:
    if value in (None, ""):
        return None
    if entry.type == "past_date":
        return date.fromisoformat(value)
    if entry.type == "document":
        document = Document.objects.select_related("holder").filter(pk=value).first()
        return f"{document} – {document.holder.name}" if document else None
    if entry.type in ("member", "spouse"):
        link = DependencyLink.objects.select_related("dependent").filter(pk=value).first()
        return f"{link.dependent.name} – {link.get_relation_display()}" if link else None
    return str(dict(entry.choices).get(value, value)) if entry.choices else str(value)
