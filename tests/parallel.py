import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection, connections

from tests.waiting import PATIENCE_SECONDS

_Result = TypeVar("_Result")


def at_the_same_moment(acts: Sequence[Callable[[], _Result]]) -> list[_Result | Exception]:
    """Runs each act in a thread with a database connection of its own; returns what they returned or raised."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], _Result]) -> _Result | Exception:
        try:
            start.wait(PATIENCE_SECONDS)
            return act()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def somebody_waits_for_this_transaction() -> bool:
    """On PostgreSQL: for a row that it has locked or written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND transactionid = pg_current_xact_id()::xid)"
        )
        return bool(cursor.fetchone()[0])
