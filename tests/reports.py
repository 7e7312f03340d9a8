"""What the demonstration's operators report comes when a test says so, and never after its end."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Timer

from messaging.gateways._demo import REPORTING


def let_reports_come() -> None:
    """One after the other, on a line of their own; what goes wrong there is raised here."""
    with ThreadPoolExecutor(1) as line:
        for report in drop_reports():
            line.submit(report).result()


def drop_reports() -> list[Callable[..., object]]:
    """Keeps the reports that still wait from coming, and returns them."""
    waiting = [thread for thread in threading.enumerate() if isinstance(thread, Timer) and thread.name == REPORTING]
    for timer in waiting:
        timer.cancel()
        timer.join()
    return [timer.function for timer in waiting]
