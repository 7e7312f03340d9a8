"""Form fields that judge input wherever it is typed, each with its own sentence for every way to be wrong."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from core import idnumbers, phones
from core.text import clean, compact_digits

ID_NUMBER_ERRORS = {
    "letters": _("Type digits only. The number has ten digits and no letters."),
    "leading_zero": _(
        "This looks like a mobile number. Type the ID, iqama or border number here: ten digits that do not start with 0."
    ),
    "length": ngettext_lazy(
        "You typed one digit; the number has 10. Check it against your document.",
        "You typed %(typed)d digits; the number has 10. Check it against your document.",
        "typed",
    ),
    "length_national_id": ngettext_lazy(
        "You typed one digit; a national ID has 10. Check it against your document.",
        "You typed %(typed)d digits; a national ID has 10. Check it against your document.",
        "typed",
    ),
    "length_iqama": ngettext_lazy(
        "You typed one digit; an iqama number has 10. Check it against your document.",
        "You typed %(typed)d digits; an iqama number has 10. Check it against your document.",
        "typed",
    ),
    "length_border_number": ngettext_lazy(
        "You typed one digit; a border number has 10. Check it against your document.",
        "You typed %(typed)d digits; a border number has 10. Check it against your document.",
        "typed",
    ),
    "first_digit": _(
        "A national ID starts with 1, an iqama with 2 and a border number with 3, 4, 5 or 6. Check the first digit."
    ),
    "checksum": _("One of the digits is not right. Compare the number with your document, digit by digit."),
}
# In the order of first digits.
HOLDERS = {
    idnumbers.NumberKind.NATIONAL_ID: _("Citizen"),
    idnumbers.NumberKind.IQAMA: _("Resident"),
    idnumbers.NumberKind.BORDER: _("Visitor or GCC citizen"),
}
ID_NUMBER_HELP = _("Citizens' numbers start with 1, residents' with 2, visitors' and GCC citizens' with 3 to 6.")
MOBILE_ERRORS = {
    "letters": _("Type digits only, for example 05XXXXXXXX."),
    "extension": _("Type the mobile number without an extension."),
    "id_number": _("This looks like an ID or iqama number. Type your mobile number here: it starts with 05."),
    "landline": _(
        "This is not a mobile number, and a landline cannot receive the code. Type a number that starts with 05."
    ),
    "foreign": _("Codes are sent to Saudi mobile numbers only. Type a number that starts with 05."),
    "length": _("A mobile number has 10 digits and starts with 05. Check the digits."),
}
CODE_LENGTH = 6
CODE_ERRORS = {
    "letters": _("Type digits only. The code has six, as they stand in the message."),
    "length": ngettext_lazy(
        "You typed one digit; the code has six. Type all six as they are shown.",
        "You typed %(typed)d digits; the code has six. Type all six as they are shown.",
        "typed",
    ),
}


class CleanCharField(forms.CharField):
    """Text without the invisible characters that are pasted along."""

    def to_python(self, value: Any) -> str:
        return clean(super().to_python(value) or "")


class CleanEmailField(forms.EmailField):
    """An address without the invisible characters that are pasted along."""

    def to_python(self, value: Any) -> str:
        return clean(super().to_python(value) or "")


class IdNumberBoundField(forms.BoundField):
    @property
    def holder(self) -> Any:
        """Whom the number that the field holds stands for, as far as it is typed; "" where it says nothing. static/portal.js
        tells it in the same way."""
        digits = compact_digits(str(self.value() or ""))
        kind = idnumbers.kind_of(digits) if digits.isdecimal() else None
        return HOLDERS[kind] if kind else ""


class IdNumberField(forms.CharField):
    """Cleans to the ten digits. The page tells beside it what kind of person the first digit stands for."""

    bound_field_class = IdNumberBoundField
    holders = HOLDERS

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("ID / Iqama / Border number"))
        kwargs.setdefault("help_text", ID_NUMBER_HELP)
        kwargs.setdefault("error_messages", {"required": _("Type your ID, iqama or border number.")})
        super().__init__(**kwargs)
        self.widget.attrs |= {"inputmode": "numeric", "dir": "ltr", "autocomplete": "off"}

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        try:
            return idnumbers.parse(text).digits
        except idnumbers.IdNumberError as error:
            raise _id_number_error(error.code, compact_digits(text)) from None


class MobileField(forms.CharField):
    """Cleans to E.164."""

    # Shown in front of the input; people type the rest, or all of it.
    prefix = "+966"

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Mobile number"))
        kwargs.setdefault("error_messages", {"required": _("Type your mobile number.")})
        super().__init__(**kwargs)
        self.widget.attrs |= {
            "type": "tel", "inputmode": "tel", "dir": "ltr", "autocomplete": "tel-national",
        }  # fmt: skip
        self.widget.input_type = "tel"

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        try:
            return phones.parse_mobile(text)
        except phones.MobileError as error:
            raise ValidationError(MOBILE_ERRORS[error.code], code=error.code) from None


class CodeField(forms.CharField):
    """Cleans to six digits; spaces, dashes and Arabic or Persian digits are taken as they are pasted."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Verification code"))
        kwargs.setdefault("error_messages", {"required": _("Type the six digits of the code.")})
        super().__init__(**kwargs)
        self.widget.attrs |= {"inputmode": "numeric", "dir": "ltr", "autocomplete": "one-time-code", "data-code": ""}

    def clean(self, value: Any) -> str:
        digits = compact_digits(super().clean(value))
        if digits and not (digits.isascii() and digits.isdigit()):
            raise ValidationError(CODE_ERRORS["letters"], code="letters")
        if digits and len(digits) != CODE_LENGTH:
            raise _length_error(CODE_ERRORS["length"], len(digits))
        return digits


def names_of(field: forms.Field, name: str) -> list[str]:
    """Under which it is sent: a widget of several parts has one for each."""
    return [name + suffix for suffix in getattr(field.widget, "widgets_names", [""])]


def _id_number_error(code: str, digits: str) -> ValidationError:
    if code != "length":
        return ValidationError(ID_NUMBER_ERRORS[code], code=code)
    kind = idnumbers.kind_of(digits)
    return _length_error(ID_NUMBER_ERRORS[f"length_{kind}" if kind else "length"], len(digits))


def _length_error(sentence: Any, typed: int) -> ValidationError:
    return ValidationError(sentence % {"typed": typed}, code="length")
