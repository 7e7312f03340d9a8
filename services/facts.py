"""What an enquiry answers: sections of labelled facts."""

from dataclasses import dataclass, field
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext, npgettext

from registry.models import EXPIRES_SOON


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
    """How long something is valid, in words: to the day where it matters."""
    if expires_on is None:
        return gettext("Does not expire")
    if expires_on > today + EXPIRES_SOON:
        return gettext("Valid, %(span)s left") % {"span": _span(today, expires_on)}
    if expires_on < today - EXPIRES_SOON:
        return gettext("Expired %(span)s ago") % {"span": _span(expires_on, today)}
    left = (expires_on - today).days
    if left < 0:
        return ngettext("Expired one day ago", "Expired %(n)d days ago", -left) % {"n": -left}
    if not left:
        return gettext("Valid until the end of today")
    return ngettext("Valid, one day left", "Valid, %(n)d days left", left) % {"n": left}


def _span(first: date, last: date) -> str:
    """Whole years and months between two days that lie more than a month apart."""
    months = (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)
    years, months = divmod(months, 12)
    # Arabic says what is left and what is past in the genitive.
    in_years = npgettext("“left” or “ago”", "%(n)d year", "%(n)d years", years) % {"n": years}
    in_months = npgettext("“left” or “ago”", "%(n)d month", "%(n)d months", months) % {"n": months}
    if years and months:
        return gettext("%(years)s and %(months)s") % {"years": in_years, "months": in_months}
    return in_years if years else in_months
