import time
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from core import clock

_Found = TypeVar("_Found")

LOOK_EVERY_SECONDS = 0.02
# Only a test that fails waits so long.
PATIENCE_SECONDS = 60


def wait_until(condition: Callable[[], _Found], seconds: float = PATIENCE_SECONDS) -> _Found:
    """What `condition` returns as soon as that is true. Fails when it has not become true in time."""
    ends = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > ends:
            raise AssertionError(f"{condition.__qualname__} was not true within {seconds} s.")
        time.sleep(LOOK_EVERY_SECONDS)
    return found


def seconds_since(moment: datetime) -> float:
    """By the database's clock. What a test says of a time that runs down is right give or take these."""
    return (clock.read() - moment).total_seconds()
