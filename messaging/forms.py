from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.forms import CleanCharField
from core.text import clean, fold_digits

_AT_MOST = 1_000_000
_A_WHOLE_NUMBER = _("Type a whole number from 1, such as 5000.")


class NumberField(forms.IntegerField):
    """Digits may be Arabic or Persian. Nothing else is left out: 1.5 is not 15, nor -5 five."""

    def to_python(self, value: object) -> int | None:
        typed = fold_digits(clean(str(value or "")))
        if typed and not (typed.isascii() and typed.isdigit()):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(typed)


class LiftForm(forms.Form):
    """For how many messages more, and why; the trail keeps both."""

    more = NumberField(
        label=_("More messages, for the rest of this day"),
        min_value=1,
        max_value=_AT_MOST,
        widget=forms.TextInput({"inputmode": "numeric", "dir": "ltr", "autocomplete": "off", "size": 8}),
        error_messages={
            "required": _("Type how many messages more may be sent."),
            "invalid": _A_WHOLE_NUMBER,
            "min_value": _A_WHOLE_NUMBER,
            "max_value": _("Lift by at most a million at a time."),
        },
    )
    reason = CleanCharField(
        label=_("Reason"),
        min_length=10,
        max_length=300,
        widget=forms.Textarea({"rows": 3, "dir": "auto"}),
        error_messages={
            "required": _("Say why more messages are needed."),
            "min_length": _("Say it in at least ten characters: others will read it."),
        },
    )
