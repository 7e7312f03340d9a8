"""The kinds of questions of a request, by the `type` of a catalogue entry: how each is asked, and how its answer is shown."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db.models import QuerySet
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from core.dates import DateField, not_in_the_future, not_in_the_past, within_a_life
from core.forms import CleanCharField, IdNumberField
from core.text import compact_digits
from registry.models import SPOUSES, DependencyLink, Document, Person, Relation
from registry.names import NOT_ARABIC, NOT_LATIN
from services.catalogue import FieldEntry, Service
from services.family import documents_of_family, living_household, members_of

TEXT_AT_MOST, LONG_TEXT_AT_MOST = 120, 2000
_PAPER_NUMBER = re.compile(r"[A-Z0-9]{4,20}")


class NameField(CleanCharField):
    """A part of a name; `foreign` finds what is no letter of its language."""

    def __init__(self, foreign: re.Pattern[str], sentence: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.foreign, self.sentence = foreign, sentence

    def clean(self, value: Any) -> str:
        name = " ".join(super().clean(value).split())
        if stranger := self.foreign.search(name):
            raise ValidationError(self.sentence, code="foreign", params={"letter": stranger[0]})
        if name and not any(map(str.isalpha, name)):
            raise ValidationError(_("There are no letters in this name."), code="empty")
        return name


class PaperNumberField(CleanCharField):
    """What stands on a paper, without spaces and dashes, in capitals."""

    def clean(self, value: Any) -> str:
        number = compact_digits(super().clean(value)).upper()
        if number and not _PAPER_NUMBER.fullmatch(number):
            raise ValidationError(
                _("Copy the number from the paper: 4 to 20 Latin letters and digits."), code="not_a_number"
            )
        return number


class RowField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One of these rows of the register; chosen, not typed."""

    def __init__(self, rows: QuerySet[Any], words: Callable[[Any], str]) -> None:
        super().__init__(rows, widget=forms.RadioSelect({"class": "rows"}), empty_label=None)
        self.words = words

    def label_from_instance(self, row: Any) -> str:
        return self.words(row)


def at_most(limit: int) -> dict[str, Any]:
    too_long = _("Write at most %(limit_value)d characters; these are %(show_value)d.")
    return {"validators": [MaxLengthValidator(limit, too_long)]}


def _name(foreign: re.Pattern[str], sentence: Any, language: str, direction: str) -> Any:
    """Its field is called as the column of the register that takes it."""

    def make(entry: FieldEntry, person: Person) -> forms.Field:
        column: Any = Person._meta.get_field(entry.name)
        attributes = {"lang": language, "dir": direction, "autocomplete": "off", "spellcheck": "false"}
        return NameField(foreign, sentence, **at_most(column.max_length), widget=forms.TextInput(attrs=attributes))

    return make


def _paper_number(entry: FieldEntry, person: Person) -> forms.Field:
    return PaperNumberField(max_length=40, widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"}))


def _person_number(entry: FieldEntry, person: Person) -> forms.Field:
    return IdNumberField()


def _text(entry: FieldEntry, person: Person) -> forms.Field:
    return CleanCharField(**at_most(TEXT_AT_MOST))


def _long_text(entry: FieldEntry, person: Person) -> forms.Field:
    return CleanCharField(**at_most(LONG_TEXT_AT_MOST), widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}))


def _choice(entry: FieldEntry, person: Person) -> forms.Field:
    return forms.ChoiceField(choices=[(value, str(text)) for value, text in entry.choices], widget=forms.RadioSelect)


def _past_date(entry: FieldEntry, person: Person) -> forms.Field:
    return DateField(validators=[not_in_the_future, within_a_life])


def _coming_date(entry: FieldEntry, person: Person) -> forms.Field:
    return DateField(validators=[not_in_the_past])


@dataclass(frozen=True)
class RowKind:
    """A kind whose answer is the key of a row. `offered`: what an applicant can choose from; `rows`: all that a kept answer may
    name, also when it cannot be chosen any more; `person`: the column that says whom it is about; `words`: how it is shown;
    `choice`: how it is offered, if differently."""

    offered: Callable[[FieldEntry, Person], QuerySet[Any]]
    rows: QuerySet[Any]
    person: str
    words: Callable[[Any], str]
    choice: Callable[[Any], str] | None = None

    def field(self, entry: FieldEntry, person: Person) -> forms.Field:
        return RowField(self.offered(entry, person), self.choice or self.words)

    def shown(self, key: int) -> str | None:
        row = self.rows.filter(pk=key).first()
        return self.words(row) if row else None

    def person_of(self, key: int) -> int | None:
        person: int | None = self.rows.filter(pk=key).values_list(self.person, flat=True).first()
        return person


def _name_and_number(person: Person) -> str:
    return f"{person.name} – {person.id_number}"


def _name_and_relation(person: Any) -> str:
    """Of one of the household as services.family.living_household has them."""
    relation = Relation(person.relation).label if person.relation else _("Yourself")
    return f"{person.name} – {relation}"


def _relative(link: DependencyLink) -> str:
    return f"{link.dependent.name} – {link.get_relation_display()}"


def _paper(document: Document) -> str:
    return f"{document} – {document.holder.name}"


_LINKS = DependencyLink.objects.select_related("dependent")
_DOCUMENTS = Document.objects.select_related("holder")
_PEOPLE = Person.objects.all()
ROW_KINDS = {
    "document": RowKind(lambda entry, person: documents_of_family(person), _DOCUMENTS, "holder", _paper),
    "member": RowKind(lambda entry, person: members_of(person), _LINKS, "dependent", _relative),
    "spouse": RowKind(lambda entry, person: members_of(person, SPOUSES), _LINKS, "dependent", _relative),
    "person": RowKind(
        lambda entry, person: living_household(person),
        _PEOPLE,
        "pk",
        lambda person: person.name,
        _name_and_relation,
    ),
    "chosen_person": RowKind(lambda entry, person: import_string(entry.of)(person), _PEOPLE, "pk", _name_and_number),
}
MAKERS: dict[str, Callable[[FieldEntry, Person], forms.Field]] = {
    "text": _text,
    "long_text": _long_text,
    "choice": _choice,
    "past_date": _past_date,
    "coming_date": _coming_date,
    "name_ar": _name(NOT_ARABIC, _("Write this in Arabic letters; “%(letter)s” is not one of them."), "ar", "rtl"),
    "name_en": _name(
        NOT_LATIN, _("Write this in Latin letters, as in a passport; “%(letter)s” is not one of them."), "en", "ltr"
    ),
    "paper_number": _paper_number,
    "person_number": _person_number,
} | {name: kind.field for name, kind in ROW_KINDS.items()}
DATES = ("past_date", "coming_date")
REQUIRED: dict[str, Any] = {
    "choice": _("Choose one."),
    "past_date": _("Type day, month and year."),
    "coming_date": _("Type day, month and year."),
    "name_ar": _("Write the name in Arabic letters."),
    "name_en": _("Write the name in Latin letters."),
    "paper_number": _("Type the number that stands on the paper."),
    "person_number": _("Type the ten digits of the number."),
    "document": _("Choose the document."),
    "member": _("Choose the family member."),
    "spouse": _("Choose the family member."),
    "person": _("Choose yourself or the family member."),
    "chosen_person": _("Choose the family member."),
}


def field_of(entry: FieldEntry, person: Person) -> forms.Field:
    """With the words of the entry, for the household of `person`."""
    field = MAKERS[entry.type](entry, person)
    field.label, field.help_text, field.required = str(entry.label), str(entry.help or ""), entry.is_required
    field.error_messages |= {
        "required": REQUIRED.get(entry.type, _("Write an answer.")),
        "invalid_choice": _("This is not one of the choices. Choose one that is shown here."),
    }
    return field


def answer_in_words(entry: FieldEntry, value: Any) -> str | date | None:
    """Of what is kept of it; a day stays a day, for both calendars."""
    if value in (None, ""):
        return None
    if entry.type in DATES:
        return date.fromisoformat(value)
    if entry.type in ROW_KINDS:
        return ROW_KINDS[entry.type].shown(value)
    return str(dict(entry.choices).get(value, value)) if entry.choices else str(value)


def person_in(service: Service, answers: dict[str, Any]) -> int | None:
    """The key of whom the answers are about, by the first question that chooses or names somebody, or a document of theirs."""
    for entry in service.fields:
        answer = answers.get(entry.name)
        if answer and entry.type in ROW_KINDS:
            return ROW_KINDS[entry.type].person_of(answer)
        if answer and entry.type == "person_number":
            return _PEOPLE.filter(id_number=answer).values_list("pk", flat=True).first()
    return None
