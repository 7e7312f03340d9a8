"""What officers decide about a request."""

from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from services.actions import decisions, proposals
from services.catalogue import Service
from services.models import ReadyReason, Reason, ServiceRequest
from services.officer_texts import ReasonSelect, long_text, ready_reason, whole_sentence, write_in


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
    checks = forms.MultipleChoiceField(
        label=_("Checked"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("All of it, to approve.")
    )
    ready_reason = ready_reason(_("Its text is sent when you write nothing below."))
    text = long_text(_("What the applicant reads"), rows=4, required=False, validators=[whole_sentence])
    fields_to_correct = forms.MultipleChoiceField(
        label=_("Fields to correct"), required=False, widget=forms.CheckboxSelectMultiple
    )
    asked_documents = forms.MultipleChoiceField(
        label=_("Documents to give anew"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, service: Service, language: str, **kwargs: Any) -> None:
        """`language` is the applicant's."""
        super().__init__(*args, **kwargs)
        self.service, self.language = service, language
        decision, checks, ready, text = (self._field(name) for name in ("decision", "checks", "ready_reason", "text"))
        if service.second_officer:
            proposed = (Decision.APPROVE, _("Propose the approval to a second officer"))
            decision.choices = [proposed, *Decision.choices[1:]]
        checks.choices = [(str(number), str(check)) for number, check in enumerate(service.checks)]
        ready.widget = ReasonSelect(language=language, fills="id_text")
        ready.queryset = ReadyReason.objects.for_request(service.department, service.slug)
        text.needed_when = _("(needed without a ready-made reason)")
        if not service.checks:
            del self.fields["checks"]
        for name, entries in (("fields_to_correct", service.fields), ("asked_documents", service.documents)):
            asked = self._field(name)
            asked.choices = [(entry.name, str(entry.label)) for entry in entries]
            asked.needed_when = _("(only when it is returned)")
        if not service.documents:
            del self.fields["asked_documents"]
        write_in(text, language)

    def _field(self, name: str) -> Any:
        return self.fields[name]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("decision") == Decision.APPROVE and len(cleaned.get("checks", ())) < len(self.service.checks):
            self.add_error(
                "checks", _("Tick all of it to approve. What does not hold is a reason to return or to reject.")
            )
        ready = cleaned.get("ready_reason")
        if "text" in cleaned and not cleaned["text"] and ready:
            cleaned["text"] = ready.texts[self.language]
        if cleaned.get("text") == "":
            self.add_error("text", _("Write what the applicant is to know, and what to do next."))
        return cleaned

    def decide(self, request: ServiceRequest, officer: User) -> None:
        """Raises DecisionRefused."""
        decision = self.cleaned_data["decision"]
        reason = self._reason()
        if decision == Decision.RETURN:
            fields, documents = self.cleaned_data["fields_to_correct"], self.cleaned_data.get("asked_documents", ())
            decisions.send_back(request, officer, fields=fields, documents=documents, reason=reason)
        elif decision == Decision.REJECT:
            decisions.reject(request, officer, reason=reason)
        else:
            approve = proposals.propose if self.service.second_officer else decisions.approve
            approve(request, officer, reason=reason, checked=self.cleaned_data.get("checks", ()))

    def _reason(self) -> Reason:
        """A ready-made one that the officer has changed is one in the applicant's language only."""
        text, ready = self.cleaned_data["text"], self.cleaned_data["ready_reason"]
        as_it_stands = ready and text == ready.texts[self.language]
        return Reason.of(ready.texts, self.language) if as_it_stands else Reason(text)
