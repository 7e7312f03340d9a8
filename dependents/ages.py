"""Birthdays, and the ages that the rules of a family speak of (domain §6). Whoever was born on 29 February has theirs on
1 March in other years."""

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

OF_AGE_YEARS = 18
YOUNGEST_PARENT_YEARS = 12
FINGERPRINT_FROM_YEARS = 15
# From then on a son has to study, and a daughter to be unmarried, to depend on a parent.
PROOF_AT_YEARS = 21
# Then a son leaves his father's sponsorship.
SON_LEAVES_AT_YEARS = 25
_IN_MONTHS_BELOW_YEARS = 2


def birthday(born: date, years: int) -> date:
    """The day on which somebody becomes so old."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)


def age(born: date, *, on: date) -> int:
    years = on.year - born.year
    return years - (birthday(born, years) > on)


def age_in_words(born: date, *, on: date) -> str:
    """Of small children in months."""
    years = age(born, on=on)
    if years >= _IN_MONTHS_BELOW_YEARS:
        return ngettext("one year", "%(n)d years", years) % {"n": years}
    months = (on.year - born.year) * 12 + on.month - born.month - (on.day < born.day)
    if months < 1:
        return _("less than a month")
    return ngettext("one month", "%(n)d months", months) % {"n": months}


def is_of_age(born: date, on: date) -> bool:
    return birthday(born, OF_AGE_YEARS) <= on


def is_too_young_a_parent(parent_born: date, child_born: date) -> bool:
    return child_born < birthday(parent_born, YOUNGEST_PARENT_YEARS)


def needs_proof(born: date, on: date) -> bool:
    """A son's or daughter's: over 21."""
    return birthday(born, PROOF_AT_YEARS) < on


def is_too_old_a_son(born: date, on: date) -> bool:
    """Over 25; on the birthday itself he is not yet."""
    return birthday(born, SON_LEAVES_AT_YEARS) < on
