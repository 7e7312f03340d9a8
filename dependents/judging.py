"""Answers that are wrong only together. A judge takes what the form has cleaned so far and the applicant, and gives the faults
by field."""

from typing import Any

from django.utils.translation import gettext as _

from registry.models import Person

Faults = dict[str, str]


def death(cleaned: dict[str, Any], applicant: Person) -> Faults:
    return _not_before_birth(cleaned, "died_on")


def divorce(cleaned: dict[str, Any], applicant: Person) -> Faults:
    return _not_before_birth(cleaned, "divorced_on")


def _not_before_birth(cleaned: dict[str, Any], name: str) -> Faults:
    link, day = cleaned.get("member"), cleaned.get(name)
    if link and day and day < link.dependent.birth_date:
        return {name: _("This day lies before the birth of the person you chose. Check the year and the calendar.")}
    return {}
