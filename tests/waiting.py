import time
from collections.abc import Callable
from typing import TypeVar

_Found = TypeVar("_Found")

LOOK_EVERY_SECONDS = 0.02


def wait_until(condition: Callable[[], _Found], seconds: float = 5) -> _Found:
    """What `condition` returns as soon as that is true. Fails when it has not become true in time."""
    ends = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > ends:
            raise AssertionError(f"{condition.__qualname__} was not true within {seconds} s.")
        time.sleep(LOOK_EVERY_SECONDS)
    return found
