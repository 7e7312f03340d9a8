"""What an approved request writes into the register, in the transaction of the decision. An effect takes the request's answers
and raises NoLongerPossible when the register has changed since they were given."""

from collections.abc import Callable
from typing import Any

from django.utils.module_loading import import_string

from registry.models import Document, DocumentStatus

Effect = Callable[[dict[str, Any]], None]


class NoLongerPossible(Exception):
    """The officer's page says so; the request stays as it is."""


def apply(path: str, answers: dict[str, Any]) -> None:
    effect: Effect = import_string(path)
    effect(answers)


def report_lost(answers: dict[str, Any]) -> None:
    if not Document.objects.valid().filter(pk=answers["document"]).update(status=DocumentStatus.LOST):
        raise NoLongerPossible
