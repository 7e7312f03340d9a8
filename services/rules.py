"""What has to hold before somebody can ask for a service: each rule is judged, and shown green or red with its fix, before the
form opens. A rule takes a Person; the catalogue names it by its dotted path."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from registry.models import Person
from services.catalogue import Service
from services.family import documents_of_family


@dataclass(frozen=True)
class Finding:
    """`requirement` is a sentence that is true when the rule holds; `fix` says what to do while it does not. Where it depends
    on an answer, `holds` is None, and `fix` says when it is looked at, or which of several people lack it (`is_partial`)."""

    holds: bool | None
    requirement: str | Promise
    fix: str | Promise
    is_partial: bool = False

    @property
    def bars(self) -> bool:
        return self.holds is False


Rule = Callable[[Person], Finding]


def findings(service: Service, person: Person) -> list[Finding]:
    """In the order of the entry."""
    rules: list[Rule] = [import_string(path) for path in service.rules]
    return [rule(person) for rule in rules]


def identity_in_force(person: Person) -> Finding:
    return Finding(
        not person.id_is_expired(on=timezone.localdate()),
        _("Your identity is valid"),
        _("It has expired. Renew it first; then come back to this page."),
    )


def has_a_document(person: Person) -> Finding:
    return Finding(
        documents_of_family(person).exists(),
        _("The register holds a document of yours or of your family"),
        _("It holds none. Write to Civil Affairs if you have one that is missing here."),
    )
