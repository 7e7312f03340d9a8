"""Every text the portal sends, with invented values, as staff look at it before it goes out."""

from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.functional import lazy
from django.utils.translation import get_language, gettext_lazy

from messaging import segments
from messaging.actions.sending import text_of
from messaging.inbound import words_to_send

FOLDER = Path(settings.BASE_DIR) / "templates" / "messaging" / "sms"
# By the name of the place in the text; none longer occurs, but for names of people.
EXAMPLES: dict[str, Any] = {
    "code": "471302",
    "reference": "KM",
    "channel": gettext_lazy("Passports or Civil Affairs officer"),
    "visit_code": "WMWMWM88",
    "expires_on": "2026-12-30",
    "days_left": 36,
    "last_sign_in": "2026/12/30 23:58",
    "members": gettext_lazy("Mohammed 2026/12/30, Sara 2027/03/09"),
    "more": 2,
    "words": lazy(lambda: words_to_send(str(get_language())), str)(),
}


class Preview(NamedTuple):
    purpose: str
    language: str
    text: str
    alphabet: str
    characters: int
    segments: int


def purposes() -> list[str]:
    return sorted({path.name.split(".")[0] for path in FOLDER.glob("*.txt")})


def preview(purpose: str, language: str) -> Preview:
    text = text_of(purpose, language, EXAMPLES)
    return Preview(purpose, language, text, str(segments.alphabet_of(text).name), len(text), segments.count(text))
