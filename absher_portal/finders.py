from collections.abc import Iterable
from typing import Any

from django.contrib.staticfiles.finders import AppDirectoriesFinder


class OfApps(AppDirectoriesFinder):
    """Without Ninja's second viewer of descriptions, which no page of ours shows: four megabytes to compress."""

    def list(self, ignore_patterns: Iterable[str] | None) -> Any:
        return super().list([*(ignore_patterns or ()), "redoc*"])
