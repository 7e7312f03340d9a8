"""What services cost: `fees.toml`, to be edited where a fee changes."""

import tomllib
from functools import cache
from pathlib import Path

from django.utils.translation import gettext, ngettext

FILE = Path(__file__).parent / "fees.toml"


def amount(name: str) -> int:
    """In riyals."""
    return _fees()[name]


def in_words(riyals: int) -> str:
    return ngettext("One riyal", "%(n)d riyals", riyals) % {"n": riyals}


def paid_elsewhere() -> str:
    """The portal takes no payments."""
    return gettext(
        "This portal takes no payments yet: pay it through your bank, under government payments. The officer approves when it "
        "is paid."
    )


@cache
def _fees() -> dict[str, int]:
    return tomllib.loads(FILE.read_text())
