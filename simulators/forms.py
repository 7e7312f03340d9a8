from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import CodeField, IdNumberField, MobileField


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
