"""Text as people type and paste it, made comparable."""

import re
import unicodedata

_DIGITS = {ord(char): str(value) for base in ("٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹") for value, char in enumerate(base)}

# Unicode's bidirectional controls, zero-width characters, soft hyphen and byte-order mark: they come along
# when a number is copied from a right-to-left page or a chat, and nobody can see them.
_INVISIBLE = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
_SPACES_AND_DASHES = re.compile(r"[\s\-\u2010-\u2015\u2212_.()/]+")
_ARABIC_MARKS = re.compile("[\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]")
_NOT_A_LETTER = re.compile(r"[^\w]+|_+")
_ONE_LETTER = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ئ": "ي", "ؤ": "و", "ة": "ه", "ک": "ك"})


def fold_digits(text: str) -> str:
    """Arabic-Indic and Persian digits become 0–9; everything else stays."""
    return text.translate(_DIGITS)


def clean(text: str) -> str:
    """NFC, without invisible characters, trimmed."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFC", text)).strip()


def compact_digits(text: str) -> str:
    """A typed number or code without spaces, dashes, dots and brackets, its digits folded."""
    return _SPACES_AND_DASHES.sub("", fold_digits(clean(text)))


def name_key(text: str) -> str:
    """The form under which two spellings of one name meet: hamza, alef, yeh and teh marbuta folded, no vowel
    marks, no accents, lower case, single spaces."""
    folded = _ARABIC_MARKS.sub("", fold_digits(clean(text))).translate(_ONE_LETTER)
    plain = "".join(char for char in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(char))
    return _NOT_A_LETTER.sub(" ", plain.casefold()).strip()
