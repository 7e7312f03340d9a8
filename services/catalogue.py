"""The catalogue as data: `catalogue.toml`."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.module_loading import import_string
from django.utils.translation import get_language

from services.facts import Section


@dataclass(frozen=True)
class Service:
    slug: str
    department: str
    kind: str
    audience: tuple[str, ...]
    titles: dict[str, str] = field(compare=False)
    summaries: dict[str, str] = field(compare=False)
    enquiry: str

    @property
    def title(self) -> str:
        return self.titles[get_language() or "ar"]

    @property
    def summary(self) -> str:
        return self.summaries[get_language() or "ar"]

    def read(self) -> Callable[[Any], list[Section]]:
        return import_string(self.enquiry)


@cache
def services() -> dict[str, Service]:
    """By slug, in the order in which they are shown."""
    entries = tomllib.loads((Path(__file__).parent / "catalogue.toml").read_text())["service"]
    return {entry["slug"]: _service(entry) for entry in entries}


@cache
def services_for(kind: str) -> tuple[Service, ...]:
    """Those that a person of this kind can use."""
    return tuple(service for service in services().values() if kind in service.audience)


def _service(entry: dict[str, Any]) -> Service:
    return Service(
        slug=entry["slug"],
        department=entry["department"],
        kind=entry["kind"],
        audience=tuple(entry["audience"]),
        titles=entry["title"],
        summaries=entry["summary"],
        enquiry=entry["enquiry"],
    )
