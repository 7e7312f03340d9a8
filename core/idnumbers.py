"""National ID, iqama and border numbers (domain §3)."""

import re
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings

from core.refusals import Refused
from core.text import compact_digits

LENGTH = 10


class NumberKind(StrEnum):
    NATIONAL_ID = "national_id"
    IQAMA = "iqama"
    BORDER = "border_number"


_KIND_OF_FIRST_DIGIT = {
    "1": NumberKind.NATIONAL_ID,
    "2": NumberKind.IQAMA,
    **dict.fromkeys("3456", NumberKind.BORDER),
}
_DOUBLED = str.maketrans("0123456789", "0246813579")
# People type their mobile into the ID field.
_MOBILE = re.compile(r"0[0-9]*|\+?966[05][0-9]{8,9}")


class IdNumberError(Refused):
    """`code` is one of: letters, leading_zero (a mobile number), length, first_digit, checksum."""


@dataclass(frozen=True)
class IdNumber:
    digits: str
    kind: NumberKind

    def __str__(self) -> str:
        return self.digits


def luhn_holds(digits: str) -> bool:
    """All ten digits, those at index 0, 2, 4, 6, 8 doubled (minus 9 when over 9); the sum divides by ten."""
    return (sum(map(int, digits[::2].translate(_DOUBLED))) + sum(map(int, digits[1::2]))) % 10 == 0


def kind_of(digits: str) -> NumberKind | None:
    """What the first digit says, however many there are."""
    return _KIND_OF_FIRST_DIGIT.get(digits[:1])


def parse(text: str) -> IdNumber:
    """The number in `text`, however its digits are written. Raises IdNumberError."""
    digits = compact_digits(text)
    if _MOBILE.fullmatch(digits):
        raise IdNumberError("leading_zero")
    if not (digits.isascii() and digits.isdigit()):
        raise IdNumberError("letters")
    if len(digits) != LENGTH:
        raise IdNumberError("length")
    if (kind := kind_of(digits)) is None:
        raise IdNumberError("first_digit")
    if _is_checked(kind) and not luhn_holds(digits):
        raise IdNumberError("checksum")
    return IdNumber(digits, kind)


def _is_checked(kind: NumberKind) -> bool:
    return kind is not NumberKind.BORDER or settings.BORDER_NUMBER_LUHN
