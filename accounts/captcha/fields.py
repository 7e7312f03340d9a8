from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.captcha.challenge import Challenge, Expired, Used, Wrong
from core.text import compact_digits

_ERRORS = {
    "required": _("Type the six digits of the image, or listen to them."),
    "asked": _("After several tries the image code is needed, too. Type its digits and the password again."),
    "wrong": _("These were not the digits of the image. Type those of the new one."),
    "expired": _("That image code is older than five minutes. Type the digits of the new one."),
    "used": _("That image code was used already or belongs to another page. Type the digits of the new one."),
}


class CaptchaWidget(forms.TextInput):
    """The answer, with the hidden key of the challenge beside it; the value is both."""

    template_name = "accounts/captcha_widget.html"
    challenge: Challenge
    request: HttpRequest

    def value_from_datadict(self, data: Any, files: Any, name: str) -> tuple[str, str]:
        return data.get(f"{name}_key", ""), data.get(name, "")

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        is_kept = value is not None and value[0] == self.challenge.key
        context = super().get_context(name, value[1] if is_kept else "", attrs)
        return context | {"challenge": self.challenge, "language": get_language() or "ar"}


class CaptchaField(forms.Field):
    """Six digits from an image or a sound, judged when the whole form has been. A wrong answer costs a new image; a right one
    stays good while other fields are put right (`judge`), and `burn` ends it."""

    widget = CaptchaWidget

    def __init__(self, *, form_name: str, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Image code"))
        super().__init__(error_messages=_ERRORS, **kwargs)
        self.form_name = form_name
        self.widget.attrs |= {"inputmode": "numeric", "dir": "ltr", "autocomplete": "off"}

    @property
    def challenge(self) -> Challenge:
        """The one that the page shows."""
        return self.widget.challenge

    def bind(self, request: HttpRequest, key: str = "") -> None:
        """To be called by the form before anything else; `key` when the page has a challenge already."""
        self.request = request
        self._show(Challenge.of(request, self.form_name, key))

    def clean(self, value: tuple[str, str]) -> str:
        key, typed = value
        digits = compact_digits(typed)
        asked = Challenge.of(self.request, self.form_name, key)
        if not key:
            raise self._refusal("asked")
        if not digits:
            self._show(asked)
            raise self._refusal("required")
        self.asked, self.answer = asked, digits
        return digits

    def judge(self) -> None:
        """Raises ValidationError."""
        try:
            self.asked.judge(self.answer)
        except Wrong:
            raise self._refusal("wrong") from None
        except Expired:
            raise self._refusal("expired") from None
        except Used:
            raise self._refusal("used") from None
        self._show(self.asked)

    def burn(self) -> None:
        """One statement when the answer is right; otherwise another look tells why. Raises ValidationError. Whatever the page
        says next, it shows a new image."""
        try:
            self.asked.burn(self.answer)
        except Used:
            self.judge()
            raise self._refusal("used") from None

    def _refusal(self, code: str) -> ValidationError:
        return ValidationError(self.error_messages[code], code=code)

    def _show(self, challenge: Challenge) -> None:
        self.widget.challenge = challenge
