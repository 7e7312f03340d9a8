"""What an approved request writes into the register, in the transaction of the decision. An effect takes what was granted, and
raises NoLongerPossible when the register has changed since the answers were given."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from core.hijri import in_both_calendars
from registry.models import Document, DocumentStatus, Person
from services.family import documents_of_family


@dataclass(frozen=True)
class Granted:
    """`answers` as they are kept (services.forms), of the request with this `number`, decided `on` this day."""

    answers: dict[str, Any]
    applicant: Person
    number: str
    on: date


Effect = Callable[[Granted], None]


class NoLongerPossible(Exception):
    """The officer's page says so; the request stays as it is."""


def apply(path: str, granted: Granted) -> None:
    effect: Effect = import_string(path)
    effect(granted)


def judge_lost(cleaned: dict[str, Any], applicant: Person) -> dict[str, str]:
    document, lost_on = cleaned.get("document"), cleaned.get("lost_on")
    if document and lost_on and document.issued_on and lost_on < document.issued_on:
        issued_on = {"day": in_both_calendars(document.issued_on)}
        return {"lost_on": _("This document was issued on %(day)s, after this day. Check both.") % issued_on}
    return {}


def report_lost(granted: Granted) -> None:
    """Of a document that is still the applicant's or a family member's."""
    of_family = documents_of_family(granted.applicant).filter(pk=granted.answers["document"])
    if not Document.objects.valid().filter(pk__in=of_family.values("pk")).update(status=DocumentStatus.LOST):
        raise NoLongerPossible
