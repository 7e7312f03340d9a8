"""Lists of known words in one column, separated by spaces, so that a constraint can hold them."""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Mode(models.TextChoices):
    """Where a person stands when a partner calls."""

    APP = "app", _("App")
    WEBSITE = "website", _("Website")
    PHONE = "phone", _("Phone banking")
    ATM = "atm", _("ATM")
    KIOSK = "kiosk", _("Kiosk")


class Purpose(models.TextChoices):
    """What a partner may call for."""

    ACTIVATION = "activation", _("Activation")
    ENROLMENT = "enrolment", _("Taking fingerprints")
    MOBILE_CHANGE = "mobile_change", _("Change of mobile")
    PASSWORD_RESET = "password_reset", _("New password")
    PAUSE = "pause", _("Pausing an account")
    LIFT_OF_PAUSE = "lift_of_pause", _("Opening a paused account")


class WebhookEvent(models.TextChoices):
    """What a partner is told of without having asked."""

    ACTIVATION_DONE = "activation.done", _("Activation done")
    ACTIVATION_REVOKED = "activation.revoked", _("Activation revoked")
    TRIAL = "webhook.trial", _("Trial that the partner asked for")


class WordsField(models.CharField):  # type: ignore[type-arg]
    """A tuple of words in Python."""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> tuple[str, ...]:
        return tuple((value or "").split())

    def to_python(self, value: Any) -> Any:
        return tuple(value.split()) if isinstance(value, str) else tuple(value or ())

    def get_prep_value(self, value: str | Iterable[str] | None) -> str:
        return value if isinstance(value, str) else " ".join(value or ())

    def value_to_string(self, obj: models.Model) -> str:
        return self.get_prep_value(self.value_from_object(obj))

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        """The form judges the words, and a constraint what is written."""
        return self.to_python(value)


def pattern_of(words: type[models.TextChoices]) -> str:
    """Matches one or more of them, separated by spaces."""
    one = f"({'|'.join(words.values)})"
    return f"^{one}( {one})*$"


def word_in(word: str) -> str:
    """Matches a column that has the word among its words; a pause is another word than the lift of one."""
    return f"(^| ){word}( |$)"


def titles(values: Iterable[str], words: type[models.TextChoices]) -> str:
    return ", ".join(str(words(value).label) for value in values) or "–"
