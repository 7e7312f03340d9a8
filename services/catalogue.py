"""The catalogue as data: `entries/*.toml`, one entry a service."""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from services.facts import Fact, Section

ENTRIES = Path(__file__).parent / "entries"
DEPARTMENTS: dict[str, Promise] = {
    "passports": _("Passports"),
    "civil-affairs": _("Civil Affairs"),
    "general": _("General services"),
}


CENTRES: dict[str, Promise] = {
    "civil-affairs": _("Civil Affairs messages and requests centre"),
    "passports": _("Passports messages and requests centre"),
}
# How a requests centre is laid out; a service that names none of these stands last.
GROUPS: dict[str, Promise] = {
    "family": _("Civil registry services: the family"),
    "records": _("Civil registry services: data and documents"),
    "messages": _("Messages"),
    "": _("Other services"),
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
    """A question of a request's form; `type` is one of services.fields.MAKERS."""

    name: str
    type: str
    label: Text
    help: Text | None
    is_required: bool
    choices: tuple[tuple[str, Text], ...]
    # The fact of the register that the answer is to be held against: an attribute of the person whom the request is about.
    register: str
    # With the type `chosen_person`: the dotted path of a function that finds for the applicant who can be chosen.
    of: str


@dataclass(frozen=True)
class DocumentEntry:
    """What is to be attached; several files are one document. `needed`: a function that says of answers whether it has to be,
    where it depends on them."""

    name: str
    label: Text
    help: Text | None
    is_required: bool
    needed: str


# Each is made once a process: told apart by itself, and quickly.
@dataclass(frozen=True, eq=False)
class Service:
    """An entry. Functions are named by their dotted paths; what an entry does not name is empty."""

    slug: str
    department: str
    # "enquiry", which reads the register, or "request", which an officer decides.
    kind: str
    # Under which of GROUPS a request stands at its department.
    group: str
    # The kinds of person who can use it.
    audience: tuple[str, ...]
    title: Text
    summary: Text
    # What an enquiry reads, or the URL name of a page of its own.
    enquiry: str
    own_page: str
    # The questions of a request, and what is to be attached.
    fields: tuple[FieldEntry, ...]
    documents: tuple[DocumentEntry, ...]
    # Functions: what has to hold before the form opens (services.rules).
    rules: tuple[str, ...]
    # A function: the answers that the register knows.
    prefill: str
    # A function: faults of answers that only together can be wrong.
    judge: str
    # A function: what it costs the applicant, in a sentence, before anything is asked.
    costs: str
    # A function: what follows from the answers, such as a fee.
    consequences: str
    # A function: what the register says to answers that are no plain fact of the person in question.
    known: str
    # What the officer looks at, and ticks before approving.
    checks: tuple[Text, ...]
    # A function: what the approval writes into the register, in its transaction (services.effects).
    effect: str
    # One officer proposes to approve, another one confirms.
    second_officer: bool
    # One answer approves many.
    in_batches: bool

    @property
    def is_request(self) -> bool:
        return self.kind == "request"

    @property
    def page(self) -> str:
        """The URL name of the page where it begins."""
        return "request_start" if self.is_request else "enquiry"

    def read(self) -> Callable[[Any], list[Section]]:
        return import_string(self.enquiry)

    def prefilled(self, applicant: Any) -> dict[str, Any]:
        """As answers are kept (services.forms)."""
        return import_string(self.prefill)(applicant) if self.prefill else {}

    def known_of(self, answers: dict[str, Any], applicant: Any) -> dict[str, Any]:
        """As answers are kept."""
        return import_string(self.known)(answers, applicant) if self.known else {}

    def fees_for(self, applicant: Any) -> str:
        return import_string(self.costs)(applicant) if self.costs else ""

    def follows(self, answers: dict[str, Any], applicant: Any, *, asked_on: date) -> list[Fact]:
        return import_string(self.consequences)(answers, applicant, asked_on) if self.consequences else []


@dataclass(frozen=True)
class Centre:
    """A department's requests centre, with what it offers to some kind of person."""

    department: str
    services: tuple[Service, ...]

    @property
    def title(self) -> Promise:
        return CENTRES.get(self.department, DEPARTMENTS[self.department])

    @property
    def groups(self) -> list[tuple[Promise, list[Service]]]:
        """Those that hold something, with their headings."""
        rows = ((title, [one for one in self.services if one.group == name]) for name, title in GROUPS.items())
        return [(title, services) for title, services in rows if services]


@cache
def services() -> dict[str, Service]:
    """By slug, in the order in which they are shown: what only reads stands first."""
    in_order = sorted(_entries(ENTRIES), key=lambda service: service.is_request)
    return {service.slug: service for service in in_order}


@cache
def services_for(kind: str) -> tuple[Service, ...]:
    """Those that a person of this kind can use."""
    return tuple(service for service in services().values() if kind in service.audience)


@cache
def enquiries_for(kind: str) -> tuple[Service, ...]:
    return tuple(service for service in services_for(kind) if not service.is_request)


@cache
def centres_for(kind: str) -> tuple[Centre, ...]:
    """The departments that a person of this kind can ask for something."""
    places = [*GROUPS]
    of_kind = (service for service in services_for(kind) if service.is_request)
    asked = sorted(of_kind, key=lambda service: places.index(service.group))
    departments = dict.fromkeys([*CENTRES, *DEPARTMENTS])
    found = (Centre(name, tuple(one for one in asked if one.department == name)) for name in departments)
    return tuple(centre for centre in found if centre.services)


def _entries(folder: Path) -> Iterator[Service]:
    for path in sorted(folder.glob("*.toml")):
        yield from map(_service, tomllib.loads(path.read_text())["service"])


def _service(entry: dict[str, Any]) -> Service:
    return Service(
        slug=entry["slug"],
        department=entry["department"],
        kind=entry["kind"],
        group=entry.get("group", ""),
        audience=tuple(entry["audience"]),
        title=Text(**entry["title"]),
        summary=Text(**entry["summary"]),
        enquiry=entry.get("enquiry", ""),
        own_page=entry.get("page", ""),
        fields=tuple(map(_field, entry.get("field", ()))),
        documents=tuple(map(_document, entry.get("document", ()))),
        rules=tuple(entry.get("rules", ())),
        prefill=entry.get("prefill", ""),
        judge=entry.get("judge", ""),
        costs=entry.get("costs", ""),
        consequences=entry.get("consequences", ""),
        known=entry.get("known", ""),
        checks=tuple(Text(**check) for check in entry.get("checks", ())),
        effect=entry.get("effect", ""),
        second_officer=entry.get("second_officer", False),
        in_batches=entry.get("in_batches", False),
    )


def _document(entry: dict[str, Any]) -> DocumentEntry:
    return DocumentEntry(
        name=entry["name"],
        label=Text(**entry["label"]),
        help=Text(**entry["help"]) if "help" in entry else None,
        is_required=entry.get("required", "needed" not in entry),
        needed=entry.get("needed", ""),
    )


def _field(entry: dict[str, Any]) -> FieldEntry:
    return FieldEntry(
        name=entry["name"],
        type=entry["type"],
        label=Text(**entry["label"]),
        help=Text(**entry["help"]) if "help" in entry else None,
        is_required=entry.get("required", True),
        choices=tuple((choice["value"], Text(ar=choice["ar"], en=choice["en"])) for choice in entry.get("choices", ())),
        register=entry.get("register", ""),
        of=entry.get("of", ""),
    )
