from functools import cache
from typing import Any, Self, cast

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.actions.recovery import Question
from accounts.captcha.fields import CaptchaField
from accounts.claim import Claim
from accounts.models import User
from accounts.rules import PASSWORD_RULES, USERNAME_RULES, Rule, broken
from core.dates import DateField, DateWidget
from core.forms import CleanCharField, CleanEmailField, CodeField, IdNumberField, MobileField


def _email(label: Any) -> CleanEmailField:
    return CleanEmailField(
        label=label,
        max_length=254,
        widget=forms.EmailInput(attrs={"dir": "ltr", "autocomplete": "email"}),
        error_messages={
            "required": _("Type your email address."),
            "invalid": _("Type the address with its domain, for example name@example.com."),
        },
    )


def _password_input(autocomplete: str) -> forms.PasswordInput:
    return forms.PasswordInput(attrs={"autocomplete": autocomplete, "dir": "ltr"})


class UsernameField(CleanCharField):
    """Judged by accounts.rules; whether somebody has it is told after the mobile is proven (security.md, ENUM-1)."""

    rules = USERNAME_RULES

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Username"))
        kwargs.setdefault("error_messages", {"required": _("Choose a username.")})
        kwargs.setdefault("help_text", _("It cannot be changed later."))
        super().__init__(**kwargs)
        self.widget.attrs |= {"dir": "ltr", "autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}

    def validate(self, value: str) -> None:
        super().validate(value)
        _require(USERNAME_RULES, value)


class NewPasswordField(forms.CharField):
    rules = PASSWORD_RULES

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Password"))
        kwargs.setdefault("error_messages", {"required": _("Choose a password.")})
        super().__init__(strip=False, widget=_password_input("new-password"), **kwargs)


class CaptchaForm(forms.Form):
    """A form with an image code. Its last step burns the image, and only when everything else is right: what judges fields
    together is a base of its own, named after this one."""

    def __init__(self, *args: Any, request: HttpRequest, captcha_key: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "captcha" in self.fields:
            _captcha_of(self).bind(request, captcha_key)

    @classmethod
    def of(cls, request: HttpRequest, **kwargs: Any) -> Self:
        """To be judged when it was sent; while the page gets a new image only what was typed is kept."""
        if request.method == "POST" and "new_captcha" not in request.POST:
            return cls(request.POST, request=request, **kwargs)
        return cls(request=request, initial=cls._typed(request), **kwargs)

    @classmethod
    def _typed(cls, request: HttpRequest) -> dict[str, str]:
        """Passwords are typed again."""
        kept = {name for name in cls.base_fields if not name.startswith(("password", "captcha"))}
        return {name: request.POST[name] for name in kept if name in request.POST}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self._burn_captcha()
        return cleaned

    def _burn_captcha(self) -> None:
        if "captcha" not in self.fields or "captcha" in self.errors:
            return
        captcha = _captcha_of(self)
        try:
            (captcha.judge if self.errors else captcha.burn)()
        except ValidationError as error:
            self.add_error("captcha", error)


def _captcha_of(form: forms.Form) -> CaptchaField:
    return cast(CaptchaField, form.fields["captcha"])


def _password(label: Any, when_empty: Any, autocomplete: str = "current-password") -> forms.CharField:
    """To be compared, not judged."""
    widget = _password_input(autocomplete)
    return forms.CharField(label=label, strip=False, widget=widget, error_messages={"required": when_empty})


def _password_again() -> forms.CharField:
    return _password(_("Confirm password"), _("Type the password a second time."), "new-password")


class _NewPassword(forms.Form):
    """Of a form with the fields `password` and `password_again`."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("password"):
            self._judge(cleaned["password"], cleaned.get("password_again"), self.username_beside(cleaned))
        return cleaned

    def username_beside(self, cleaned: dict[str, Any]) -> str:
        """Which it must not be like."""
        raise NotImplementedError

    def _judge(self, password: str, again: str | None, username: str) -> None:
        try:
            _require(PASSWORD_RULES, password, username)
            _require_uncommon(password)
        except ValidationError as error:
            self.add_error("password", error)
        if again not in (None, "", password):
            self.add_error("password_again", _("The two passwords differ. Type both again."))


class RegistrationForm(CaptchaForm, _NewPassword):
    name = "registration"

    # Back brings it with a script only: browsers restore no field that is not to be offered to the next person, and what the
    # server wrote into the page would be shown to that person as well.
    id_number = IdNumberField(widget=forms.TextInput({"data-back": True}))
    mobile = MobileField(help_text=_("The code is sent to this number. A wrong number makes the registration fail."))
    email = _email(_("Email"))
    username = UsernameField()
    password = NewPasswordField()
    password_again = _password_again()
    language = forms.ChoiceField(
        label=_("Preferred language"),
        help_text=_("For the pages and for every message."),
        choices=settings.LANGUAGES,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose a language."),
            "invalid_choice": _("Choose one of the two languages."),
        },
    )
    captcha = CaptchaField(form_name=name)
    pledge = forms.BooleanField(
        label=_(
            "I have read and accept the terms of use and the privacy policy, and I pledge that the data are mine and true."
        ),
        error_messages={"required": _("Tick this box to go on: without the pledge there is no registration.")},
    )

    def username_beside(self, cleaned: dict[str, Any]) -> str:
        return str(cleaned.get("username") or self.data.get("username", ""))

    def claim(self) -> Claim:
        return Claim(**{name: self.cleaned_data[name] for name in Claim.__dataclass_fields__})


class SignInForm(CaptchaForm):
    """`login_name` is a username or an ID number. The image code is asked for after failures."""

    login_name = CleanCharField(
        label=_("Username or ID / Iqama / Border number"),
        error_messages={"required": _("Type your username or your ID, iqama or border number.")},
    )
    password = _password(_("Password"), _("Type your password."))
    captcha = CaptchaField(form_name="sign-in")
    shared_computer = forms.BooleanField(
        label=_("This is a shared computer"),
        help_text=_("You are signed out after three minutes without activity."),
        required=False,
    )

    def __init__(self, *args: Any, with_captcha: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login_name"].widget.attrs |= {"dir": "ltr", "autocomplete": "username", "autocapitalize": "none"}
        if not with_captcha:
            del self.fields["captcha"]

    @classmethod
    def name_typed(cls, request: HttpRequest) -> str:
        """Before there is a form, which failures under this name give their image code: as the field takes it; "" for what it
        refuses, which no account is called."""
        try:
            return str(cls.base_fields["login_name"].clean(request.POST.get("login_name")))
        except ValidationError:
            return ""


class CodeForm(forms.Form):
    code = CodeField()
    flow = forms.CharField(widget=forms.HiddenInput, required=False)


class MobileForm(forms.Form):
    mobile = MobileField(label=_("New mobile number"))


def _present_password() -> forms.CharField:
    """The account's password itself is not compared by a form: a try at it has to be counted."""
    return _password(_("Present password"), _("Type your present password."))


class _Another(forms.Form):
    """Another one than the account has at `present`, typed into the field `new`."""

    new: str
    when_same: Any

    def __init__(self, *args: Any, present: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.present = present

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get(self.new) == self.present:
            self.add_error(self.new, ValidationError(self.when_same, code="present"))
        return cleaned


class _AnotherMobile(_Another):
    new = "mobile"
    when_same = _("This is the number that the account has already. Type the new one.")

    mobile = MobileField(label=_("New mobile number"), help_text=_("A code is sent to this number."))


class MobileChangeForm(_AnotherMobile):
    old_password = _present_password()


class LostMobileForm(CaptchaForm, _AnotherMobile):
    captcha = CaptchaField(form_name="lost-mobile")
    field_order = ["mobile", "captcha"]


class EmailForm(_Another):
    new = "email"
    when_same = _("This is the address that the account has already. Type the new one.")

    email = _email(_("New email"))
    old_password = _present_password()


class PauseForm(forms.Form):
    old_password = _present_password()


class UsernameForm(forms.Form):
    username = UsernameField()


class RecoveryForm(CaptchaForm):
    id_number = IdNumberField()
    mobile = MobileField(label=_("Mobile number of the account"))
    captcha = CaptchaField(form_name="recovery")


class AnswerForm(forms.Form):
    """The answer to the question of a recovery."""

    flow = forms.CharField(widget=forms.HiddenInput, required=False)

    def typed_answer(self) -> str:
        return str(self.cleaned_data["answer"])


class PassportAnswerForm(AnswerForm):
    answer = CleanCharField(
        label=_("Passport number"),
        max_length=20,
        help_text=_("Of the passport that is valid now. Letters and digits, as they stand in it."),
        error_messages={"required": _("Type the number of your passport.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["answer"].widget.attrs |= {"dir": "ltr", "autocomplete": "off", "autocapitalize": "characters"}


class DependentAnswerForm(AnswerForm):
    answer = IdNumberField(
        label=_("ID or iqama number of one of your dependents"),
        help_text=_("Any one of them: wife or husband, son, daughter, or a parent in your care."),
        error_messages={"required": _("Type the number of one of your dependents.")},
    )


class ExpiryAnswerForm(AnswerForm):
    answer = DateField(
        label=_("When does your ID, iqama or border number expire?"),
        help_text=_("In the calendar of the document."),
        # The answer is a secret, and addresses stand in logs.
        widget=DateWidget(is_live=False),
        error_messages={"required": _("Type the date on which it expires.")},
    )


ANSWER_FORMS: dict[Question, type[AnswerForm]] = {
    Question.PASSPORT: PassportAnswerForm,
    Question.DEPENDENT: DependentAnswerForm,
    Question.EXPIRY: ExpiryAnswerForm,
}


class NewPasswordForm(_NewPassword):
    """For the holder of `user`, whose password changes."""

    flow = forms.CharField(widget=forms.HiddenInput, required=False)
    password = NewPasswordField(label=_("New password"))
    password_again = _password_again()

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and self.is_present(cleaned["password"]):
            self.add_error("password", _("This is the password that the account has already. Choose another one."))
        return cleaned

    def username_beside(self, cleaned: dict[str, Any]) -> str:
        return self.user.username

    def is_present(self, password: str) -> bool:
        return self.user.check_password(password)


class PasswordChangeForm(NewPasswordForm):
    old_password = _present_password()
    field_order = ["old_password"]

    def is_present(self, password: str) -> bool:
        return password == self.cleaned_data["old_password"]


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ["language"]
        widgets = {"language": forms.RadioSelect}


def _require(rules: tuple[Rule, ...], value: str, username: str = "") -> None:
    if failed := broken(rules, value, username):
        raise ValidationError([ValidationError(rule.fix_of(value), code=rule.name) for rule in failed])


# Its list is read from a file once a process, not once a form.
_common_passwords = cache(CommonPasswordValidator)


def _require_uncommon(password: str) -> None:
    try:
        _common_passwords().validate(password)
    except ValidationError:
        raise ValidationError(
            _("This password is on the lists that attackers try first. Choose another one."), code="common"
        ) from None
