"""What officers decide about a request."""

from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.forms import CleanCharField
from services.actions import decisions
from services.catalogue import Service
from services.forms import LONG_TEXT_AT_MOST
from services.models import ServiceRequest

_SHORTEST_REASON = 10
_WRITE_IN = {"ar": _("The applicant's language is Arabic."), "en": _("The applicant's language is English.")}


class Decision(models.TextChoices):
    APPROVE = "approve", _("Approve")
    RETURN = "return", _("Return to the applicant")
    REJECT = "reject", _("Reject")


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=Decision,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what becomes of the request.")},
    )
    text = CleanCharField(
        label=_("What the applicant reads"),
        max_length=LONG_TEXT_AT_MOST,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        error_messages={"required": _("Write what the applicant is to know, and what to do next.")},
    )
    fields_to_correct = forms.MultipleChoiceField(
        label=_("Fields to correct"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, service: Service, language: str, **kwargs: Any) -> None:
        """`language` is the applicant's."""
        super().__init__(*args, **kwargs)
        to_correct: Any = self.fields["fields_to_correct"]
        to_correct.choices = [(entry.name, str(entry.label)) for entry in service.fields]
        to_correct.needed_when = _("(only when it is returned)")
        self.fields["text"].help_text = _WRITE_IN[language]
        self.fields["text"].widget.attrs["lang"] = language

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "text" in cleaned and len(cleaned["text"]) < _SHORTEST_REASON:
            self.add_error("text", _("Write a whole sentence."))
        return cleaned

    def decide(self, request: ServiceRequest, officer: User) -> None:
        """Raises decisions.DecisionRefused."""
        decision, text = self.cleaned_data["decision"], self.cleaned_data["text"]
        if decision == Decision.RETURN:
            decisions.send_back(request, officer, text=text, fields=self.cleaned_data["fields_to_correct"])
        else:
            decide = decisions.approve if decision == Decision.APPROVE else decisions.reject
            decide(request, officer, text=text)
