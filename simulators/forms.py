from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import CodeField, IdNumberField, MobileField

# As docs/partners.md describes it: none that are mistaken for each other.
VISIT_CODE_SIGNS, _VISIT_CODE_LENGTH = "34679ACDEFGHJKLMNPQRTUVWXY", 8


class VisitCodeField(forms.CharField):
    def clean(self, value: str) -> str:
        code = value.upper()
        if len(code) != _VISIT_CODE_LENGTH or set(code) - set(VISIT_CODE_SIGNS):
            raise forms.ValidationError(_("A visit code has eight letters and digits. It stands on the portal's page."))
        return code


class CustomerForm(forms.Form):
    """Whom the bank knows. Nothing is compared with anything: the portal judges."""

    id_number = IdNumberField(label=_("ID number of the customer"), help_text="")
    mobile = MobileField(label=_("Mobile number that the bank holds"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["id_number"].widget.attrs["list"] = "people"


class NafathPersonForm(forms.Form):
    id_number = IdNumberField(label=_("ID number of the app's owner"), help_text="")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["id_number"].widget.attrs["list"] = "people"


class BankCodeForm(forms.Form):
    code = CodeField(label=_("Confirmation code from the text message"))


class CallerForm(forms.Form):
    mobile = MobileField(label=_("Mobile number you are calling from"))


class CardForm(forms.Form):
    mobile = MobileField(label=_("Mobile number that the network holds for the card"))
