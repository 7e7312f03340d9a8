"""What officers type at the desk, and what residents choose. Digits may be Arabic, Persian or Latin everywhere."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Branch
from activation.actions.visits import Document
from activation.channels.base import Need
from activation.models import Attempt, Fingerprint
from activation.states import RefusalReason
from core.dates import DateField, not_in_the_future, within_a_life
from core.forms import CleanCharField, IdNumberField, MobileField
from core.text import compact_digits

OWN_WORDS = "own_words"
_WRITE_IN = {
    "ar": _("The resident's language is Arabic. Write in Arabic what happened, and what to do next."),
    "en": _("The resident's language is English. Write in English what happened, and what to do next."),
}


class SearchForm(forms.Form):
    searched = CleanCharField(
        label=_("ID number or visit code"),
        max_length=40,
        error_messages={"required": _("Type an ID number or a visit code.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["searched"].widget.attrs |= {"dir": "ltr", "autocomplete": "off", "spellcheck": "false"}

    def is_code_of(self, attempt: Attempt) -> bool:
        return compact_digits(self.cleaned_data["searched"]).upper() == attempt.visit_code


class CityForm(forms.Form):
    """Narrows a list of places; `cities` are keys with names."""

    ALL = "all"

    city = forms.ChoiceField(
        label=_("City"),
        initial=ALL,
        error_messages={
            "required": _("Choose a city of the list."),
            "invalid_choice": _("Nothing of ours stands in “%(value)s”. Choose a city of the list."),
        },
    )

    def __init__(self, *args: Any, cities: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["city"].choices = [(self.ALL, _("All cities")), *cities]  # type: ignore[attr-defined]

    def chosen(self) -> str:
        """Its key, or nothing for everywhere, also where none of the list was asked for."""
        city = self.cleaned_data.get("city", self.ALL) if self.is_valid() else self.ALL
        return "" if city == self.ALL else city


class AdvisorForm(forms.Form):
    """One question for each need. It is sent as part of the address: what it asks is no secret."""

    SENT = "ask"
    _YES = "yes"
    _QUESTIONS = {
        Need.BANK_ACCOUNT: (
            _("Do you have an account at one of the approved banks, with the same mobile number there?"),
            _("Choose yes or no: is there an account at an approved bank?"),
        ),
        Need.NAFATH_APP: (
            _("Do you have the Nafath app on your phone, ready for use?"),
            _("Choose yes or no: is the Nafath app there?"),
        ),
        Need.LEAVING_HOME: (
            _("Can you go to a kiosk, an ATM or a branch?"),
            _("Choose yes or no: can you go to one of these places?"),
        ),
    }

    def __init__(self, *args: Any, needs: Sequence[Need], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for need in needs:
            question, missing = self._QUESTIONS[need]
            field = forms.ChoiceField(
                label=question,
                choices=[(self._YES, _("Yes")), ("no", _("No"))],
                widget=forms.RadioSelect,
                error_messages={"required": missing, "invalid_choice": missing},
            )
            field.error_names_field = True  # type: ignore[attr-defined]
            self.fields[need.value] = field

    def has(self) -> frozenset[Need]:
        return frozenset(Need(name) for name, answer in self.cleaned_data.items() if answer == self._YES)


class WorkListForm(forms.Form):
    """Filters of a work list; what does not stand in its choices filters nothing."""

    AGES = (("", _("Any time")), ("1", _("Over an hour")), ("24", _("Over a day")), ("72", _("Over three days")))

    age = forms.ChoiceField(label=_("Waiting for"), choices=AGES, required=False)
    branch = forms.ModelChoiceField(Branch.objects.order_by("pk"), label=_("Branch"), required=False)

    def __init__(self, *args: Any, with_branch: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["branch"].empty_label = _("All branches")  # type: ignore[attr-defined]
        if not with_branch:
            del self.fields["branch"]


class DocumentForm(forms.Form):
    """What the document shows. The officer reads it off the paper: nothing that the resident typed stands beside it."""

    visit_code = CleanCharField(
        label=_("Visit code"),
        max_length=20,
        help_text=_("As it stands on the resident's page or phone."),
        error_messages={"required": _("Type the resident's visit code.")},
    )
    id_number = IdNumberField(
        label=_("Number on the document"),
        help_text="",
        error_messages={"required": _("Type the number that stands on the document.")},
    )
    name = CleanCharField(
        label=_("Full name on the document"),
        max_length=240,
        help_text=_("In Arabic or in English, all parts in their order."),
        error_messages={"required": _("Type the name that stands on the document.")},
    )
    birth_date = DateField(
        label=_("Date of birth on the document"),
        help_text=_("In the calendar of the document."),
        error_messages={"required": _("Type the date of birth that stands on the document.")},
        validators=[not_in_the_future, within_a_life],
    )
    fingerprint = forms.ChoiceField(
        label=_("Fingerprint"),
        choices=Fingerprint,
        widget=forms.RadioSelect,
        error_messages={"required": _("Compare the fingerprint, or take it, and say which.")},
    )
    mobile = MobileField(
        label=_("New mobile number, as the person says it"),
        help_text=_("Ask for it. The account moves to the number that was asked for only when this is the same."),
        error_messages={"required": _("Ask the person for the new mobile number and type it.")},
    )
    confirmed = forms.BooleanField(
        label=_("I have seen the original document, and the person in front of me is its holder."),
        error_messages={"required": _("Tick this to go on: without it there is no activation.")},
    )

    def __init__(self, *args: Any, attempt: Attempt, asks_code: bool, new_mobile: str = "", **kwargs: Any) -> None:
        """`asks_code`: the officer has not typed the visit code of this case already, to find it. `new_mobile` (E.164): what
        the case is for, if it is for that."""
        super().__init__(*args, **kwargs)
        self.attempt, self.new_mobile = attempt, new_mobile
        self.fields["mobile"].widget.attrs["autocomplete"] = "off"
        if not new_mobile:
            del self.fields["mobile"]
        self.fields["visit_code"].widget.attrs |= {"dir": "ltr", "autocomplete": "off", "spellcheck": "false"}
        if not (asks_code and attempt.visit_code):
            del self.fields["visit_code"]
        self.fields["name"].widget.attrs |= {"dir": "auto", "autocomplete": "off", "spellcheck": "false"}

    def clean_visit_code(self) -> str:
        """It says which of several claims to one number is the visitor's."""
        typed = compact_digits(self.cleaned_data["visit_code"]).upper()
        if typed != self.attempt.visit_code:
            raise ValidationError(_("This is not the code of this case. Search for the resident's code."), code="other")
        return typed

    def clean_mobile(self) -> str:
        """Somebody else who knows the password may have asked for the change: the person in front of the officer did not."""
        typed: str = self.cleaned_data["mobile"]
        if typed != self.new_mobile:
            raise ValidationError(
                _(
                    "The change was asked for with another number. Ask the person once more; if they did not ask for a"
                    " change to a number of their own, refuse."
                ),
                code="other",
            )
        return typed

    def document(self) -> Document:
        cleaned = self.cleaned_data
        return Document(id_number=cleaned["id_number"], name=cleaned["name"], birth_date=cleaned["birth_date"])


class ApprovalForm(forms.Form):
    confirmed = forms.BooleanField(
        label=_("I have compared the document with the register: it is the same person."),
        error_messages={"required": _("Tick this to approve.")},
    )


class RefusalForm(forms.Form):
    """The resident reads the reason: a prepared one in the language of the page, an own one as it is written."""

    reason = forms.ChoiceField(
        label=_("Reason, which the resident reads"),
        help_text=_("A prepared reason is shown to the resident in Arabic or English, as their page is."),
        choices=[*RefusalReason.choices, (OWN_WORDS, _("Another reason, in your own words"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a reason.")},
    )
    own_words = CleanCharField(
        label=_("Your own words"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )

    def __init__(self, *args: Any, language: str, **kwargs: Any) -> None:
        """`language` is the resident's."""
        super().__init__(*args, **kwargs)
        own_words = self.fields["own_words"]
        own_words.needed_when = _("(only for another reason)")  # type: ignore[attr-defined]
        own_words.help_text = _WRITE_IN[language]
        own_words.widget.attrs["lang"] = language

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("reason") == OWN_WORDS and "own_words" in cleaned and len(cleaned["own_words"]) < 10:
            self.add_error("own_words", _("Write a sentence that tells the resident what to do next."))
        return cleaned

    def text(self) -> str:
        """A name of RefusalReason, or the officer's own words."""
        chosen = self.cleaned_data["reason"]
        return str(self.cleaned_data["own_words"] if chosen == OWN_WORDS else chosen)
