"""Personal names in parts, and the countries people belong to."""

import re
from functools import cache, lru_cache
from typing import NamedTuple

from django_countries import countries

from core.text import fold_letters, join_particles

SAUDI_ARABIA = "SAU"
OTHER_GCC_STATES = ("ARE", "BHR", "KWT", "OMN", "QAT")

# What is neither a letter nor a sign of a name in this script.
NOT_ARABIC = re.compile(r"[^\u0621-\u063a\u0640-\u065f\u0670-\u06d3\u06d5\u06fa-\u06fc .'\u2019-]")
NOT_LATIN = re.compile(r"[^A-Za-z\u00c0-\u024f\u02b0-\u02ff\u1e00-\u1eff .'`\u2018\u2019-]")

# Words that are one name with the word after them: عبد الله, Abu Bakr, bin Salem, Al Harbi.
_JOINED_TO_NEXT = frozenset((
    "عبد", "أبو", "ابو", "أبي", "ابي", "أم", "ام", "بن", "ابن", "بنت", "آل", "ال", "abd", "abdul", "abdel", "abu", "umm",
    "bin", "ibn", "bint", "binti", "ben", "al", "el", "de", "da", "van", "von", "dos",
))  # fmt: skip
# … and with the word before them: نور الدين, Saif Allah.
_JOINED_TO_PREVIOUS = frozenset((
    "الدين", "الله", "الإسلام", "الاسلام", "eddin", "eldin", "aldin", "al-din", "el-din", "uddin", "ud-din", "allah", "ullah",
))  # fmt: skip
_JOINED = _JOINED_TO_NEXT | _JOINED_TO_PREVIOUS


class NameParts(NamedTuple):
    first: str
    father: str = ""
    grandfather: str = ""
    family: str = ""


def split_name(name: str) -> NameParts:
    """First, father's, grandfather's and family name; what is more than four is the family's. Two words are the first
    and the family name, three the first, the father's and the family name."""
    parts = _parts(name.split())
    if len(parts) <= 1:
        return NameParts(parts[0] if parts else "")
    between = parts[1:3] if len(parts) > 3 else parts[1:-1]
    father, grandfather = [*between, "", ""][:2]
    return NameParts(parts[0], father, grandfather, family=" ".join(parts[len(between) + 1 :]))


def _parts(words: list[str]) -> list[str]:
    if _JOINED.isdisjoint(map(str.lower, words)):
        return words
    parts: list[str] = []
    is_open = False
    for word in words:
        lower = word.lower()
        if parts and (is_open or lower in _JOINED_TO_PREVIOUS):
            parts[-1] = f"{parts[-1]} {word}"
        else:
            parts.append(word)
        is_open = lower in _JOINED_TO_NEXT
    return parts


def folded_names(*names: str) -> str:
    """What a search looks through: the key (core.text.name_key) of the names in both languages. Particles are joined
    at the end, because officers may have typed a name's particle into one part and the rest of it into the next."""
    return join_particles(" ".join(map(_letters, filter(None, names))))


# In an import nearly every part of a name has come by before.
_letters = lru_cache(maxsize=50_000)(fold_letters)


@cache
def country_codes() -> dict[str, str]:
    """ISO 3166-1: alpha-3 to alpha-2."""
    return {countries.alpha3(alpha2): alpha2 for alpha2, _name in countries}


def country_name(alpha3: str) -> str:
    """In the active language; the code itself when ISO 3166-1 does not have it."""
    return str(countries.name(country_codes().get(alpha3, ""))) or alpha3
