"""Where the kiosks and ATMs stand that a resident can go to now, and the officers' branches near them."""

from dataclasses import dataclass

from django.utils.translation import get_language

from accounts.models import Branch
from partners.models import Device
from partners.words import Purpose

ROWS_SHOWN = 30


@dataclass(frozen=True)
class Places:
    """`count` says how many machines there are; not all of them are shown."""

    machines: list[Device]
    count: int
    branches: list[Branch]


def cities(kind: Device.Kind, purpose: Purpose) -> list[tuple[str, str]]:
    """The English name, which keys a city, and its name in the language of the page."""
    named = set(Device.objects.serving(kind, purpose).exclude(city_en="").values_list("city_en", "city_ar"))
    named |= set(Branch.objects.values_list("city_en", "city_ar"))
    shown = {key: arabic if get_language() == "ar" else key for key, arabic in sorted(named)}
    return sorted(shown.items(), key=lambda city: city[1])


def places(kind: Device.Kind, purpose: Purpose, city_en: str = "") -> Places:
    """In one city, or everywhere."""
    found = Device.objects.serving(kind, purpose).select_related("partner").order_by("city_en", "place_en", "pk")
    branches = Branch.objects.order_by("pk")
    if city_en:
        found, branches = found.filter(city_en=city_en), branches.filter(city_en=city_en)
    machines = list(found[: ROWS_SHOWN + 1])
    count = len(machines) if len(machines) <= ROWS_SHOWN else found.count()
    return Places(machines[:ROWS_SHOWN], count, list(branches))
