"""The form of a request, made from its catalogue entry. Answers are kept as JSON; `shown` reads them back."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from core.forms import CleanCharField, names_of
from registry.models import Person
from services.catalogue import Service, services
from services.facts import Fact
from services.fields import DATES, LONG_TEXT_AT_MOST, answer_in_words, field_of
from services.models import ServiceRequest

TYPED_AT_MOST = 20_000


class RequestForm(forms.Form):
    """The questions of a service, for the household of `person`. With `only`, those fields alone; what `kept` answers the
    others with is judged along, and stays as it is."""

    def __init__(
        self,
        *args: Any,
        service: Service,
        person: Person,
        only: list[str] | None = None,
        kept: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for entry in service.fields:
            if only is None or entry.name in only:
                self.fields[entry.name] = field_of(entry, person)

        self.service, self.person = service, person
        self.others = {} if only is None else initial(service, kept or {})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        judge = self.service.judge
        faults: dict[str, str] = import_string(judge)(self._others() | cleaned, self.person) if judge else {}
        for name, sentence in faults.items():
            self.add_error(name if name in self.fields else None, sentence)
        return cleaned

    def answers(self) -> dict[str, Any]:
        """As they are kept."""
        return {name: _kept(value) for name, value in self.cleaned_data.items()}

    def unfinished(self) -> dict[str, Any]:
        """What stands in the fields that are not answered rightly."""
        return {name: raw for name, raw in self.typed().items() if name in self.errors}

    def typed(self) -> dict[str, Any]:
        return {name: to_keep(self[name].data) for name in self.fields}

    def filled_in(self) -> "RequestForm":
        """Judged as if its `initial` had been sent."""
        self.data, self.is_bound = data_of(self.fields, self.initial), True
        return self

    def _others(self) -> dict[str, Any]:
        fields = {
            entry.name: field_of(entry, self.person) for entry in self.service.fields if entry.name in self.others
        }
        data = data_of(fields, self.others)
        cleaned = {name: _cleaned(field, name, data) for name, field in fields.items() if name not in self.fields}
        return {name: value for name, value in cleaned.items() if value is not None}


class MessageForm(forms.Form):
    text = CleanCharField(
        label=_("Your message"),
        max_length=LONG_TEXT_AT_MOST,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        error_messages={"required": _("Write what you want to say.")},
    )

    def __init__(self, *args: Any, is_needed: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].required = is_needed
        if not is_needed:  # It stands below what is corrected, which may be a message, too.
            self.fields["text"].label = _("A word to the officer")


class PledgeForm(forms.Form):
    pledge = forms.BooleanField(
        label=_("I pledge that what I have written is true and complete."),
        error_messages={"required": _("Tick this to submit the request.")},
    )


def initial(service: Service, answers: dict[str, Any]) -> dict[str, Any]:
    """Kept answers as a form takes them."""
    dates = {entry.name for entry in service.fields if entry.type in DATES}
    return {name: _day(value) if name in dates and value else value for name, value in answers.items()}


def _day(kept: str | list[str]) -> date | list[str]:
    """What is kept of a date; as it was typed when it is none."""
    return kept if isinstance(kept, list) else date.fromisoformat(kept)


def data_of(fields: dict[str, forms.Field], known: Mapping[str, Any]) -> dict[str, Any]:
    """What a browser would send for these values of a form's `initial`."""
    data: dict[str, Any] = {}
    for name, field in fields.items():
        widget = field.widget
        if isinstance(widget, forms.MultiWidget):
            data |= dict(zip(names_of(field, name), widget.decompress(known.get(name)) or [], strict=True))
        else:
            data[name] = known.get(name)
    return data


def preselected(service: Service, person: Person, sent: Mapping[str, str]) -> dict[str, Any]:
    """What a link into the service has chosen, as answers are kept; what this person cannot choose is left out."""
    chosen = {}
    for entry in service.fields:
        if entry.name in sent and isinstance(field := field_of(entry, person), forms.ModelChoiceField):
            with suppress(ValidationError):
                chosen[entry.name] = _kept(field.clean(sent[entry.name]))
    return chosen


def shown(service: Service, answers: dict[str, Any]) -> list[Fact]:
    """The answers as facts, in the order of the questions."""
    return [Fact(str(entry.label), answer_in_words(entry, answers.get(entry.name))) for entry in service.fields]


def shown_of(request: ServiceRequest, person: Person) -> list[Fact]:
    """Its answers, and what follows from them."""
    service = services()[request.service]
    return [*shown(service, request.answers), *service.follows(request.answers, person, asked_on=request.asked_on)]


def _cleaned(field: forms.Field, name: str, data: dict[str, Any]) -> Any:
    try:
        return field.clean(field.widget.value_from_datadict(data, {}, name))
    except ValidationError:
        return None


def to_keep(raw: Any) -> Any:
    """No draft is a store for books, and no column takes a NUL."""
    if isinstance(raw, list):
        return [to_keep(part) for part in raw]
    return raw[:TYPED_AT_MOST].replace("\0", "") if isinstance(raw, str) else raw


def _kept(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value.pk if isinstance(value, Model) else value
