"""What each invented person is good for: `demo/notes.toml`."""

import tomllib
from functools import cache

from django.conf import settings


def good_for(language: str) -> dict[str, str]:
    """A sentence for each ID number."""
    return {number: note[f"good_for_{language}"] for number, note in _notes().items()}


@cache
def _notes() -> dict[str, dict[str, str]]:
    return tomllib.loads((settings.BASE_DIR / "demo" / "notes.toml").read_text())
