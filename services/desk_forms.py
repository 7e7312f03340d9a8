"""What officers type at the requests desk besides a decision."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Branch, User
from core.forms import CleanCharField
from core.text import compact_digits
from services import catalogue, colleagues
from services.actions import proposals
from services.actions.batches import BatchAct
from services.models import ReadyReason, ServiceRequest
from services.officer_texts import SHORTEST_TEXT, long_text, ready_reason, whole_sentence, write_in


class ColleagueField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def __init__(self) -> None:
        needed = {"required": _("Choose a colleague.")}
        super().__init__(User.objects.none(), label=_("Colleague"), empty_label="–", error_messages=needed)

    def label_from_instance(self, officer: User) -> str:
        return f"{officer.username} – {officer.branch}" if officer.branch else officer.username

    def offer(self, officers: QuerySet[User], *, to: User) -> None:
        """All of them but for the officer who chooses."""
        self.queryset = officers.exclude(pk=to.pk).select_related("branch")


class SearchForm(forms.Form):
    searched = CleanCharField(
        label=_("Request number, or the applicant's ID number"),
        max_length=40,
        error_messages={"required": _("Type a request number or an ID number.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["searched"].widget.attrs |= {"dir": "ltr", "autocomplete": "off", "inputmode": "numeric"}

    def clean_searched(self) -> str:
        typed = compact_digits(self.cleaned_data["searched"])
        if not (typed.isascii() and typed.isdigit() and len(typed) == 10):
            raise forms.ValidationError(_("Both numbers have ten digits. Check what you typed."))
        return typed


class NarrowingForm(forms.Form):
    """Narrows a list; wrong values narrow nothing."""

    service = forms.ChoiceField(label=_("Service"), required=False)
    branch = forms.ModelChoiceField(
        label=_("Branch of the officer"), queryset=Branch.objects.order_by("pk"), required=False, empty_label=_("All")
    )

    def __init__(self, *args: Any, departments: list[str], with_branch: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [one for one in catalogue.services().values() if one.is_request and one.department in departments]
        service: Any = self.fields["service"]
        service.choices = [("", _("All")), *((one.slug, str(one.title)) for one in offered)]
        if not with_branch:
            del self.fields["branch"]


class _ColleagueForm(forms.Form):
    """Offers the colleagues of the department."""

    def __init__(self, *args: Any, department: str, officer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, ColleagueField):
                field.offer(colleagues.of_department(department), to=officer)


class AssignForm(_ColleagueForm):
    officer = ColleagueField()


class AskForm(_ColleagueForm):
    colleague = ColleagueField()
    question = long_text(_("Your question"), _("Write what you want to know."))


class WriteForm(forms.Form):
    message = long_text(_("Your message"), _("Write what you want to say."))

    def __init__(self, *args: Any, language: str, **kwargs: Any) -> None:
        """`language` is the applicant's."""
        super().__init__(*args, **kwargs)
        write_in(self.fields["message"], language)


class AnswerForm(forms.Form):
    answer = long_text(_("Your answer"), _("Write your answer."))


class SecondOfficerForm(forms.Form):
    """Confirm or decline what another officer proposes."""

    CONFIRM, DECLINE = "confirm", "decline"

    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[(CONFIRM, _("Confirm: the request is approved")), (DECLINE, _("Decline: back to the first officer"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whether you confirm or decline.")},
    )
    checks = forms.MultipleChoiceField(
        label=_("Checked"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("All of it, to confirm.")
    )
    # Which proposal the page showed: the first officer may have taken it back since, and proposed another one.
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    text = long_text(_("Why you decline"), required=False, help_text=_("The first officer reads it, nobody else."))

    def __init__(self, *args: Any, service: catalogue.Service, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.service = service
        checks, text = [self.fields[name] for name in ("checks", "text")]  # type: Any, Any
        checks.choices = [(str(number), str(check)) for number, check in enumerate(service.checks)]
        text.needed_when = _("(only when you decline)")
        if not service.checks:
            del self.fields["checks"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        confirms = cleaned.get("decision") == self.CONFIRM
        if confirms and len(cleaned.get("checks", ())) < len(self.service.checks):
            self.add_error("checks", _("Tick all of it to confirm. What does not hold is a reason to decline."))
        if cleaned.get("decision") == self.DECLINE and len(cleaned.get("text", "")) < SHORTEST_TEXT:
            self.add_error("text", _("Write in a whole sentence what the first officer is to look at again."))
        return cleaned

    def decide(self, request: ServiceRequest, officer: User) -> None:
        """Raises DecisionRefused."""
        seen = self.cleaned_data["seen"]
        if self.cleaned_data["decision"] == self.CONFIRM:
            proposals.confirm(request, officer, seen=seen, checked=self.cleaned_data.get("checks", ()))
        else:
            proposals.decline(request, officer, seen=seen, text=self.cleaned_data["text"])


class BatchForm(forms.Form):
    """What a batch needs besides its requests. A text that an officer writes goes to all as it is written; a ready-made reason
    goes to each in the applicant's language."""

    to = ColleagueField()
    ready_reason = ready_reason(
        _("Each applicant reads it in their own language. It is sent when you write nothing below.")
    )
    text = long_text(_("What the applicants read"), required=False, validators=[whole_sentence])
    checks = forms.BooleanField(
        label=_("I have checked all of this for each of them."),
        error_messages={"required": _("Check each of them first, and tick this.")},
    )

    def __init__(self, *args: Any, act: str, departments: list[str], officer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.act = act
        to, ready, text = [self.fields[name] for name in ("to", "ready_reason", "text")]  # type: Any, Any, Any
        to.offer(colleagues.of_departments(departments), to=officer)
        ready.queryset = ReadyReason.objects.filter(department__in=departments).order_by("pk")
        text.needed_when = _("(needed without a ready-made reason)")
        for name in set(self.fields) - _ASKED[act]:
            del self.fields[name]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("text") == "" and not cleaned.get("ready_reason"):
            self.add_error("text", _("Write what the applicants are to know, and what to do next."))
        return cleaned

    def texts(self) -> dict[str, str]:
        """By the language of those who read them."""
        typed, ready = self.cleaned_data.get("text", ""), self.cleaned_data.get("ready_reason")
        own = {"ar": typed, "en": typed}
        return ready.texts if ready and not typed else own


_ASKED = {
    BatchAct.ASSIGN.value: {"to"},
    BatchAct.RELEASE.value: set(),
    BatchAct.REJECT.value: {"ready_reason", "text"},
    BatchAct.APPROVE.value: {"ready_reason", "text", "checks"},
}


class ReadyReasonForm(forms.ModelForm):  # type: ignore[type-arg]
    """Department and service are one choice: a service belongs to one department."""

    place = forms.ChoiceField(
        label=_("For"),
        help_text=_("A whole department, or one of its services."),
        error_messages={"required": _("Choose for which department or service it is.")},
    )
    title_ar = CleanCharField(
        label=_("Title in Arabic"), max_length=80, error_messages={"required": _("Write a short title in Arabic.")}
    )
    title_en = CleanCharField(
        label=_("Title in English"), max_length=80, error_messages={"required": _("Write a short title in English.")}
    )
    text_ar = long_text(
        _("Text in Arabic"),
        _("Write the text in Arabic, too: applicants read it in their own language."),
        validators=[whole_sentence],
    )
    text_en = long_text(
        _("Text in English"),
        _("Write the text in English, too: applicants read it in their own language."),
        validators=[whole_sentence],
    )

    class Meta:
        model = ReadyReason
        fields = ("title_ar", "title_en", "text_ar", "text_en")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for language, direction in (("ar", "rtl"), ("en", "ltr")):
            for name in ("title", "text"):
                self.fields[f"{name}_{language}"].widget.attrs |= {"lang": language, "dir": direction}
        place: Any = self.fields["place"]
        place.choices = [("", "–"), *_places()]
        if self.instance.pk:
            place.initial = _place(self.instance.department, self.instance.service)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self.instance.department, _slash, self.instance.service = cleaned.get("place", "").partition("/")
        for name in ("title_ar", "title_en"):
            if cleaned.get(name) and self._is_taken(**{name: cleaned[name]}):
                self.add_error(name, _("Another reason for the same place has this title. Choose another one."))
        return cleaned

    def _is_taken(self, **title: str) -> bool:
        same_place = ReadyReason.objects.filter(department=self.instance.department, service=self.instance.service)
        return same_place.filter(**title).exclude(pk=self.instance.pk).exists()


def _place(department: str, service: str) -> str:
    return f"{department}/{service}" if service else department


def _places() -> list[tuple[str, list[tuple[str, str]]]]:
    """By department: all of its services, then each."""
    groups = []
    for department in colleagues.DEPARTMENTS_OF.values():
        own = [one for one in catalogue.services().values() if one.is_request and one.department == department]
        places = [(department, str(_("All services")))] + [(_place(department, s.slug), str(s.title)) for s in own]
        groups.append((str(catalogue.DEPARTMENTS[department]), places))
    return groups
