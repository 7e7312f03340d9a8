"""Somebody whom an applicant names by number and date of birth. A form tells nothing of strangers: who does not exist, was
born on another day, or cannot be registered, gets one and the same sentence, and tries are counted."""

from collections.abc import Callable
from datetime import date, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import TryCounter
from accounts.sentences import duration
from core.throttle import Budget, OverBudget
from registry.models import Person

TRIES = Budget("people_tried_in_a_form", 10, timedelta(hours=24))


class NotFound(Exception):
    """Carries the sentence for the field of the number."""


def found(number: str, born_on: date) -> QuerySet[Person]:
    """One at most."""
    return Person.objects.living().filter(id_number=number, birth_date=born_on)


def find(number: str, born_on: date) -> Person | None:
    return found(number, born_on).first()


def tried(applicant: Person, number: str, born_on: date, *, may_be: Callable[[Person], bool]) -> Person:
    """Whom they mean, if `may_be` says that this person can be registered. Raises NotFound."""
    charge = TRIES.of(applicant.id_number)
    try:
        TryCounter.objects.spend(charge)
    except OverBudget as over:
        raise NotFound(_too_many(over)) from None
    person = find(number, born_on)
    if person is None or not may_be(person):
        raise NotFound(_nobody())
    TryCounter.objects.refund(charge)
    return person


def _nobody() -> str:
    return _(
        "Nobody with this number and date of birth can be registered here. Compare both with the document. If they are right, "
        "write to Civil Affairs: an officer looks into it."
    )


def _too_many(over: OverBudget) -> str:
    wait = {"wait": duration(over.retry_in_seconds)}
    return _("Too many numbers were tried that did not fit. Numbers are taken again in %(wait)s.") % wait
