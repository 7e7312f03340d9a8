"""Why an officer looks at somebody's record. Where the work itself is not the reason, one is given first; it holds for a while
for what it was given for, and stands with every look in the trail."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.sessions.backends.base import SessionBase
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

HOLDS_FOR = timedelta(minutes=15)
_KEPT_AT_MOST = 20
_KEY = "looks"


class LookReason(models.TextChoices):
    PERSON_ASKS = "person_asks", _("The person asks, by phone or at the counter")
    ANOTHER_CASE = "another_case", _("Needed for another case that I work on")
    SUPERVISION = "supervision", _("Supervision, or help for a colleague")
    COMPLAINT = "complaint", _("A complaint")
    CORRECTION = "correction", _("A possible mistake in the register")
    AUTHORITY = "authority", _("A court or another authority asks")


class LookForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Why do you look?"),
        choices=LookReason,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose why you look. It stands in the trail with your name.")},
    )


def give_reason(session: SessionBase, about: str, reason: str) -> None:
    """`about` names what is looked at, by its key."""
    ends_at = (timezone.now() + HOLDS_FOR).timestamp()
    kept: dict[str, list[Any]] = session.get(_KEY, {})
    kept.pop(about, None)
    session[_KEY] = dict(list(kept.items())[1 - _KEPT_AT_MOST :]) | {about: [reason, ends_at]}


def reason_for(session: SessionBase, about: str) -> str:
    """That which was given a short while ago; empty when there is none."""
    reason, ends_at = session.get(_KEY, {}).get(about, ("", 0))
    return reason if ends_at > timezone.now().timestamp() else ""
