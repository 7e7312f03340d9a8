"""What decisions on a family's requests write into the register (services.effects says what an effect is). Each looks once more
whether it is still possible: weeks may lie between the request and the decision."""

from datetime import date
from typing import Any

from django.utils import timezone

from registry.models import DependencyLink, Document, DocumentStatus, Life, Person
from services.effects import NoLongerPossible


def register_death(answers: dict[str, Any]) -> None:
    """The person is deceased, depends on nobody any more, and their documents are of no use."""
    link, died_on = _link(answers), date.fromisoformat(answers["died_on"])
    living = Person.objects.living().filter(pk=link.dependent_id, birth_date__lte=died_on)
    if not living.update(life=Life.DECEASED, died_on=died_on):
        raise NoLongerPossible
    _end(link, on=died_on)
    Document.objects.valid().filter(holder=link.dependent_id).update(status=DocumentStatus.CANCELLED)


def register_divorce(answers: dict[str, Any]) -> None:
    _end(_link(answers), on=date.fromisoformat(answers["divorced_on"]))


def separate(answers: dict[str, Any]) -> None:
    _end(_link(answers), on=timezone.localdate())


def _link(answers: dict[str, Any]) -> DependencyLink:
    link = DependencyLink.objects.current().filter(pk=answers["member"]).first()
    if link is None:
        raise NoLongerPossible
    return link


def _end(link: DependencyLink, *, on: date) -> None:
    until = max(on, link.since) if link.since else on
    if not DependencyLink.objects.current().filter(pk=link.pk).update(until=until):
        raise NoLongerPossible
