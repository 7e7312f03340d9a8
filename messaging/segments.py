"""How many segments a text costs: 3GPP TS 23.038 (alphabets) and 23.040 (length of a part)."""

from typing import NamedTuple

_GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Each of these costs two places.
_GSM_7_EXTENSION = frozenset("\f^{}\\[~]|€")


class Alphabet(NamedTuple):
    name: str
    alone: int
    in_parts: int


GSM_7 = Alphabet("GSM-7", 160, 153)
UCS_2 = Alphabet("UCS-2", 70, 67)


def alphabet_of(text: str) -> Alphabet:
    return GSM_7 if set(text) <= _GSM_7 | _GSM_7_EXTENSION else UCS_2


def count(text: str) -> int:
    """Segments of a text as a phone network counts them, at least 1."""
    alphabet = alphabet_of(text)
    places = _places(text, alphabet)
    return 1 if sum(places) <= alphabet.alone else _parts(places, alphabet.in_parts)


def _places(text: str, alphabet: Alphabet) -> list[int]:
    """Of each character."""
    if alphabet is GSM_7:
        return [1 + (char in _GSM_7_EXTENSION) for char in text]
    return [1 + (char > "\uffff") for char in text]


def _parts(places: list[int], size: int) -> int:
    """No character is torn between two parts."""
    parts, used = 1, 0
    for needed in places:
        parts, used = (parts, used + needed) if used + needed <= size else (parts + 1, needed)
    return parts
