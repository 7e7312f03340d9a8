"""What superusers and officers type about officers' accounts."""

from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import sentences
from accounts.actions import officers, sign_in
from accounts.forms import NewPasswordField, UsernameField
from accounts.models import Branch, ClosedDay, OpeningHours, User
from accounts.roles import title_of
from accounts.rules import PASSWORD_RULES, broken
from accounts.states import State
from core.context import current
from core.forms import IdNumberField

_DIFFERENT = _("The two passwords differ. Type both again.")


def judge_password(password: str, username: str) -> None:
    """Raises ValidationError."""
    if failed := broken(PASSWORD_RULES, password, username):
        raise ValidationError([ValidationError(rule.fix_of(password), code=rule.name) for rule in failed])
    validate_password(password)


class RolesField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Group.objects.order_by("pk"), label=_("Roles"), required=False, **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return title_of(obj.name)


class NewOfficerForm(forms.ModelForm):  # type: ignore[type-arg]
    username = UsernameField(label=_("Username"))
    id_number = IdNumberField()
    email = forms.EmailField(label=_("Email"))
    password = NewPasswordField(label=_("First password"))
    branch = forms.ModelChoiceField(Branch.objects.order_by("pk"), label=_("Branch"), required=False)
    groups = RolesField()

    class Meta:
        model = User
        fields = ("username", "id_number", "email", "password", "branch", "groups")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The constraints judge what will be saved.
        self.instance.state, self.instance.is_staff = State.STAFF, True

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("password"):
            try:
                judge_password(cleaned["password"], cleaned.get("username", ""))
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned

    def new_officer(self) -> officers.NewOfficer:
        cleaned = dict(self.cleaned_data)
        return officers.NewOfficer(roles=tuple(cleaned.pop("groups")), **cleaned)


class OfficerForm(forms.ModelForm):  # type: ignore[type-arg]
    branch = forms.ModelChoiceField(Branch.objects.order_by("pk"), label=_("Branch"), required=False)
    groups = RolesField()
    is_active = forms.BooleanField(
        label=_("May sign in"), required=False, help_text=_("Without the tick all sessions of this officer end now.")
    )

    class Meta:
        model = User
        fields = ("branch", "groups", "is_active")


class OpeningHoursForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = OpeningHours
        fields = ("weekday", "opens_at", "closes_at")
        widgets = {name: forms.TimeInput({"type": "time"}, format="%H:%M") for name in ("opens_at", "closes_at")}


class ClosedDayForm(forms.ModelForm):  # type: ignore[type-arg]
    day = forms.DateField(
        label=_("Day"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Choose the day.")},
    )
    branch = forms.ModelChoiceField(
        Branch.objects.order_by("pk"), label=_("Branch"), required=False, empty_label=_("All branches")
    )

    class Meta:
        model = ClosedDay
        fields = ("day", "branch", "reason_ar", "reason_en")
        error_messages = {
            name: {"required": _("People read the reason in both languages: write it in this one, too.")}
            for name in ("reason_ar", "reason_en")
        }

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if day < timezone.localdate():
            raise ValidationError(_("This day is over. Choose a day that is still to come."), code="over")
        return day


class OfficerPasswordForm(forms.Form):
    """A superuser gives an officer a new password."""

    password = NewPasswordField(label=_("New password"))
    password_again = forms.CharField(
        label=_("Confirm password"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, *args: Any, officer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.officer = officer

    def clean_password(self) -> str:
        judge_password(self.cleaned_data["password"], self.officer.username)
        return self.cleaned_data["password"]

    def clean(self) -> None:
        if self.cleaned_data.get("password") not in (None, self.cleaned_data.get("password_again")):
            self.add_error("password_again", _DIFFERENT)


class OwnPasswordForm(PasswordChangeForm):
    """An officer changes the own password; the rules are those of residents."""

    def clean_old_password(self) -> str:
        typed = self.cleaned_data["old_password"]
        try:
            officers.prove_password(self.user, typed, client_ip=current.get().client_ip)
        except sign_in.WrongPassword:
            raise ValidationError(sentences.of_wrong_old_password(), code="wrong") from None
        except sign_in.SignInLocked as locked:
            raise ValidationError(sentences.of_officers_lock(locked), code="locked") from None
        return str(typed)

    def clean_new_password1(self) -> str:
        password = self.cleaned_data["new_password1"]
        judge_password(password, self.user.username)
        if password == self.cleaned_data.get("old_password"):
            raise ValidationError(_("That is the password you have. Choose another one."), code="same")
        return password

    def save(self, commit: bool = True) -> User:
        officers.change_password(self.user, self.cleaned_data["new_password1"], actor=self.user)
        return self.user
