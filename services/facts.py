"""What an enquiry answers: sections of labelled facts."""

from dataclasses import dataclass, field
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext


@dataclass(frozen=True)
class Fact:
    """`value` is a text or a date; a number, code or Latin name is `ltr`."""

    label: str | Promise
    value: str | date | None
    ltr: bool = False

    @property
    def is_date(self) -> bool:
        return isinstance(self.value, date)


@dataclass(frozen=True)
class Section:
    heading: str | Promise
    facts: list[Fact] = field(default_factory=list)


def validity(expires_on: date | None, today: date) -> str:
    """How long something is valid, in words."""
    if expires_on is None:
        return str(_("Does not expire"))
    left = (expires_on - today).days
    if left < 0:
        return ngettext("Expired one day ago", "Expired %(n)d days ago", -left) % {"n": -left}
    return ngettext("Valid, one day left", "Valid, %(n)d days left", left) % {"n": left}
