"""Texts that officers write: to applicants, and to one another."""

from typing import Any

from django import forms
from django.core.validators import MinLengthValidator
from django.utils.translation import gettext_lazy as _

from core.forms import CleanCharField
from services.fields import LONG_TEXT_AT_MOST
from services.models import ReadyReason

SHORTEST_TEXT = 10
# By the applicant's language.
_WRITE_IN = {"ar": _("The applicant's language is Arabic."), "en": _("The applicant's language is English.")}
whole_sentence = MinLengthValidator(SHORTEST_TEXT, _("Write a whole sentence."))


def long_text(label: Any, when_empty: Any = "", *, rows: int = 3, **more: Any) -> CleanCharField:
    return CleanCharField(
        label=label,
        max_length=LONG_TEXT_AT_MOST,
        widget=forms.Textarea(attrs={"rows": rows, "dir": "auto"}),
        error_messages={"required": when_empty},
        **more,
    )


def ready_reason(help_text: Any) -> "forms.ModelChoiceField[ReadyReason]":
    """Which of them are offered the form says."""
    return forms.ModelChoiceField(
        label=_("Ready-made reason"),
        queryset=ReadyReason.objects.none(),
        required=False,
        empty_label=_("None: I write it myself"),
        help_text=help_text,
    )


class ReasonSelect(forms.Select):
    """Each ready-made reason carries its text in the applicant's `language`; a script puts it into the box named `fills`."""

    def __init__(self, *, language: str, fills: str) -> None:
        super().__init__({"data-fills": fills})
        self.language = language

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if value:
            option["attrs"]["data-text"] = value.instance.texts[self.language]
        return option


def write_in(field: Any, language: str) -> None:
    """Says in which language the applicant reads it."""
    field.help_text = _WRITE_IN[language]
    field.widget.attrs["lang"] = language
