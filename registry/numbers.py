"""Numbers for people who come into the register here: right in their check digit, and nobody's yet."""

from django.utils.crypto import get_random_string

from core.idnumbers import LENGTH, luhn_holds
from registry.models import Kind, Person

_FIRST_DIGITS = {Kind.CITIZEN: "1", Kind.RESIDENT: "2"}


def new_number(kind: Kind) -> str:
    """Of a citizen or resident. Of two that are given the same one at once, the register keeps the first."""
    while True:
        number = _with_check_digit(_FIRST_DIGITS[kind] + get_random_string(LENGTH - 2, "0123456789"))
        if not Person.objects.filter(id_number=number).exists():
            return number


def _with_check_digit(digits: str) -> str:
    return next(number for last in range(10) if luhn_holds(number := f"{digits}{last}"))
