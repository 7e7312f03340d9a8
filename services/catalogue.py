"""The catalogue as data: `entries/*.toml`, one entry a service."""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from services.facts import Section

ENTRIES = Path(__file__).parent / "entries"
DEPARTMENTS: dict[str, Promise] = {
    "passports": _("Passports"),
    "civil-affairs": _("Civil Affairs"),
    "general": _("General services"),
}


@dataclass(frozen=True)
class Text:
    """Written in both languages; shown in that of the page."""

    ar: str
    en: str

    def __str__(self) -> str:
        return self.ar if get_language() == "ar" else self.en


@dataclass(frozen=True)
class FieldEntry:
    """A question of a request's form; `type` is one of services.forms.MAKERS."""

    name: str
    type: str
    label: Text
    help: Text | None
    is_required: bool
    choices: tuple[tuple[str, Text], ...]


@dataclass(frozen=True)
class DocumentEntry:
    """What is to be attached; several files are one document."""

    name: str
    label: Text
    help: Text | None
    is_required: bool


# Each is made once a process: told apart by itself, and quickly.
@dataclass(frozen=True, eq=False)
class Service:
    """`rules` are judged before the form opens, and `judge` looks at answers that only together can be wrong. `enquiry` reads
    the register; `effect` writes to it with the decision that approves a request. All four are dotted paths."""

    slug: str
    department: str
    kind: str
    audience: tuple[str, ...]
    title: Text
    summary: Text
    enquiry: str
    fields: tuple[FieldEntry, ...]
    documents: tuple[DocumentEntry, ...]
    rules: tuple[str, ...]
    checks: tuple[Text, ...]
    effect: str
    judge: str

    @property
    def is_request(self) -> bool:
        return self.kind == "request"

    @property
    def page(self) -> str:
        """The URL name of the page where it begins."""
        return "request_start" if self.is_request else "enquiry"

    def read(self) -> Callable[[Any], list[Section]]:
        return import_string(self.enquiry)


@cache
def services() -> dict[str, Service]:
    """By slug, in the order in which they are shown."""
    return {service.slug: service for service in _entries(ENTRIES)}


@cache
def services_for(kind: str) -> tuple[Service, ...]:
    """Those that a person of this kind can use."""
    return tuple(service for service in services().values() if kind in service.audience)


def _entries(folder: Path) -> Iterator[Service]:
    for path in sorted(folder.glob("*.toml")):
        yield from map(_service, tomllib.loads(path.read_text())["service"])


def _service(entry: dict[str, Any]) -> Service:
    return Service(
        slug=entry["slug"],
        department=entry["department"],
        kind=entry["kind"],
        audience=tuple(entry["audience"]),
        title=Text(**entry["title"]),
        summary=Text(**entry["summary"]),
        enquiry=entry.get("enquiry", ""),
        fields=tuple(map(_field, entry.get("field", ()))),
        documents=tuple(map(_document, entry.get("document", ()))),
        rules=tuple(entry.get("rules", ())),
        checks=tuple(Text(**check) for check in entry.get("checks", ())),
        effect=entry.get("effect", ""),
        judge=entry.get("judge", ""),
    )


def _document(entry: dict[str, Any]) -> DocumentEntry:
    return DocumentEntry(
        name=entry["name"],
        label=Text(**entry["label"]),
        help=Text(**entry["help"]) if "help" in entry else None,
        is_required=entry.get("required", True),
    )


def _field(entry: dict[str, Any]) -> FieldEntry:
    return FieldEntry(
        name=entry["name"],
        type=entry["type"],
        label=Text(**entry["label"]),
        help=Text(**entry["help"]) if "help" in entry else None,
        is_required=entry.get("required", True),
        choices=tuple((choice["value"], Text(ar=choice["ar"], en=choice["en"])) for choice in entry.get("choices", ())),
    )
