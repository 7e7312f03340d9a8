"""The rules of usernames and passwords (domain §2), as one list that judges on the server and is shown as the live
check-list beside the field."""

import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

MOST_OF_A_PASSWORD = 2  # one character, or a piece of the username, makes up at most a half


@dataclass(frozen=True)
class Rule:
    """`text` stands in the check-list, `fix` says what to do when the rule does not hold; it may name %(typed)d, how many
    characters there are. `pattern` is a regular expression for server and browser alike; a rule that has none is known to
    the browser's script by its name."""

    name: str
    text: str | Promise
    fix: Any
    holds: Callable[[str, str], bool]
    pattern: str = ""

    def fix_of(self, value: str) -> str:
        return str(self.fix % {"typed": len(value)})


def _matches(name: str, text: str | Promise, fix: Any, pattern: str) -> Rule:
    compiled = re.compile(pattern.replace("$", r"\Z"))  # Python's $ lets a line break follow, the browser's does not
    return Rule(name, text, fix, lambda value, _username: bool(compiled.search(value)), pattern)


def has_no_frequent_character(password: str, _username: str = "") -> bool:
    return all(password.count(char) * MOST_OF_A_PASSWORD <= len(password) for char in set(password))


def has_no_piece_of_username(password: str, username: str) -> bool:
    """No piece of the username longer than half of it, whatever the case."""
    name, text = username.casefold(), password.casefold()
    size = len(name) // MOST_OF_A_PASSWORD + 1
    return not any(name[i : i + size] in text for i in range(len(name) - size + 1)) if name else True


USERNAME_RULES = (
    _matches(
        "length",
        _("8 to 30 characters"),
        ngettext_lazy(
            "You typed one character; a username has 8 to 30.",
            "You typed %(typed)d characters; a username has 8 to 30.",
            "typed",
        ),
        r"^.{8,30}$",
    ),
    _matches(
        "letters_and_digits",
        _("Latin letters (a–z) and digits only"),
        _("Use Latin letters (a–z) and digits only: no Arabic letters, no spaces, no signs."),
        r"^[A-Za-z0-9]*$",
    ),
    _matches(
        "starts_with_letter",
        _("Starts with a letter"),
        _("Begin the username with a Latin letter (a–z)."),
        r"^[A-Za-z]",
    ),
    _matches("lower_case", _("At least one small letter"), _("Add a small letter (a–z) to the username."), r"[a-z]"),
    _matches("digit", _("At least one digit"), _("Add a digit (0–9) to the username."), r"[0-9]"),
)
PASSWORD_RULES = (
    _matches(
        "length",
        _("8 to 128 characters; 12 or more is better"),
        ngettext_lazy(
            "You typed one character; a password has 8 to 128.",
            "You typed %(typed)d characters; a password has 8 to 128.",
            "typed",
        ),
        r"^[\s\S]{8,128}$",
    ),
    _matches(
        "upper_case", _("At least one capital letter (A–Z)"), _("Add a capital letter (A–Z) to the password."), r"[A-Z]"
    ),
    _matches(
        "lower_case", _("At least one small letter (a–z)"), _("Add a small letter (a–z) to the password."), r"[a-z]"
    ),
    _matches("digit", _("At least one digit"), _("Add a digit (0–9) to the password."), r"[0-9]"),
    Rule(
        "frequent_character",
        _("No character makes up more than half of it"),
        _("One character makes up more than half of the password. Vary it."),
        has_no_frequent_character,
    ),
    Rule(
        "username_piece",
        _("Does not contain more than half of your username"),
        _("The password contains a large piece of your username. Leave it out."),
        has_no_piece_of_username,
    ),
)


# No letter or digit that is mistaken for another, in print or read aloud.
_CONSONANTS, _VOWELS, _DIGITS = "bdhkmnrst", "aeiu", "2346789"


def new_temporary_password(username: str) -> str:
    """Two short words and four digits, such as Tabe-Kimu-3947: read off a kiosk and typed once, so it is easy on both; a
    password is tried five times in a quarter of an hour, and a code follows."""
    password = f"{_word()}-{_word()}-{''.join(secrets.choice(_DIGITS) for _ in range(4))}"
    return new_temporary_password(username) if broken(PASSWORD_RULES, password, username) else password


def _word() -> str:
    return "".join(secrets.choice(_CONSONANTS) + secrets.choice(_VOWELS) for _ in range(2)).capitalize()


def broken(rules: Iterable[Rule], value: str, username: str = "") -> list[Rule]:
    return [rule for rule in rules if not rule.holds(value, username)]
