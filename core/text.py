"""Text as people type and paste it, made comparable."""

import re
import unicodedata

_DIGITS = {ord(char): str(value) for base in ("٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹") for value, char in enumerate(base)}
_FOREIGN_DIGIT = re.compile("[٠-٩۰-۹]")

# Unicode's bidirectional controls, zero-width characters, soft hyphen and byte-order mark: they come along
# when a number is copied from a right-to-left page or a chat, and nobody can see them.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]"
)
_SPACES_AND_DASHES = re.compile(r"[\s\-\u2010-\u2015\u2212_.()/]+")
# Vowel marks, tatweel and accents; apostrophes, with which some write ayn and hamza in Latin letters.
_MARKS = re.compile(
    "[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f"
    "'`´\u02b0-\u02ff\u2018-\u201b]"
)
_ONE_LETTER = _DIGITS | str.maketrans({"ٱ": "ا", "ى": "ي", "ی": "ي", "ې": "ي", "ة": "ه", "ہ": "ه", "ھ": "ه", "ک": "ك"})
_NOT_A_LETTER = re.compile(r"[\W_]+")
# Words that some write together with the next one: عبد الله and عبدالله, Al Harbi, Al-Harbi and Alharbi.
_JOINED_TO_NEXT = re.compile(r"\b(عبد|ابو|ال|abd|abdul|abdel|abu|al|el) (?=\w)")


def fold_digits(text: str) -> str:
    """Arabic-Indic and Persian digits become 0–9; everything else stays."""
    return text.translate(_DIGITS) if _FOREIGN_DIGIT.search(text) else text


def clean(text: str) -> str:
    """NFC, without invisible characters, trimmed."""
    return text.strip() if text.isascii() else unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).strip()


def compact_digits(text: str) -> str:
    """A typed number or code without spaces, dashes, dots and brackets, its digits folded."""
    return _SPACES_AND_DASHES.sub("", fold_digits(clean(text)))


def name_key(text: str) -> str:
    """The form under which two spellings of one name meet: hamza, alef, yeh and teh marbuta folded, no vowel marks,
    no accents, no apostrophes, lower case, particles joined to their name, single spaces."""
    return join_particles(fold_letters(text))


def fold_letters(text: str) -> str:
    """The first half of a name key: all but the particles."""
    plain = unicodedata.normalize("NFKD", _INVISIBLE.sub("", text)).casefold()
    letters = _MARKS.sub("", plain).translate(_ONE_LETTER)
    return _NOT_A_LETTER.sub(" ", letters).strip()


def join_particles(letters: str) -> str:
    """The second half."""
    return _JOINED_TO_NEXT.sub(r"\1", letters)


def row_key(typed: str | None) -> int | None:
    """The key of a row that stands in an address or a form; None for anything that cannot be one."""
    return int(typed) if typed and typed.isascii() and typed.isdigit() and len(typed) < 19 else None
