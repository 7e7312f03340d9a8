import gc
import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import override_settings
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from bench.servers import free_port
from messaging import health
from scripts.test import chromium as chromium_here
from tests.reports import drop_reports
from tests.waiting import PATIENCE_SECONDS

pytest_plugins = [
    "tests.cast",
    "tests.programs",
    "tests.machines",
    "tests.devices",
    "tests.simulated",
    "tests.nafath",
    "tests.attached",
]

# The same examples in each run, however long they take on a busy machine.
hypothesis_settings.register_profile(
    "portal", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("portal")

# Kinds of content, rights, roles: no test changes them for good.
MADE_BY_MIGRATIONS = {"django_content_type", "auth_permission", "auth_group", "auth_group_permissions"}
PLAIN_STATIC = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "attachments": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, tmp_path_factory: pytest.TempPathFactory) -> None:
    """SQLite as it is used: a file. In memory other processes could not see it, and parallel writers fail at once.
    Both wait longer than the slowest machine takes; PostgreSQL's usual time-outs cut off the end of a test run."""
    database = settings.DATABASES["default"]
    if "sqlite" in database["ENGINE"]:
        database.setdefault("TEST", {})["NAME"] = str(tmp_path_factory.mktemp("database") / "portal.sqlite3")
        database["OPTIONS"]["timeout"] = PATIENCE_SECONDS
    else:
        patience = f"-c statement_timeout={PATIENCE_SECONDS}s -c lock_timeout={PATIENCE_SECONDS}s"
        # Nothing of a test has to outlive the server.
        database["OPTIONS"]["options"] = f"{patience} -c synchronous_commit=off"


@pytest.fixture(autouse=True, scope="session")
def _tables_are_emptied_by_delete() -> Iterator[None]:
    """After a test that commits. Django's TRUNCATE makes new files for each table and index: a quarter of a second, where
    these few rows take two milliseconds. As `replica`, so that the trail lets go of its entries. What a migration makes is
    not made anew each time: it stays."""

    def delete(operations: DatabaseOperations, style: Any, tables: list[str], **how: Any) -> list[str]:
        emptied = [f"DELETE FROM {operations.quote_name(table)};" for table in tables]
        return [" ".join(["SET LOCAL session_replication_role = replica;", *emptied])]

    def flush(style: Any, connection: BaseDatabaseWrapper, **how: Any) -> list[str]:
        tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
        return connection.ops.sql_flush(style, sorted({*tables} - MADE_BY_MIGRATIONS), **how)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", delete)
        patch.setattr("django.core.management.commands.flush.sql_flush", flush)
        patch.setattr("django.core.management.commands.flush.emit_post_migrate_signal", lambda *facts: None)
        yield


@pytest.fixture(autouse=True, scope="session")
def _static_files_without_a_build() -> Iterator[None]:
    """Pages name their files as they stand in static/; what a build makes of them is tested where it is built. WhiteNoise would
    look through the built ones once more for each client of a test: half the work of a test that asks for a page."""
    with override_settings(STORAGES=PLAIN_STATIC, STATIC_ROOT=None):
        yield


@pytest.fixture(autouse=True, scope="session")
def _passwords_are_hashed_quickly() -> Iterator[None]:
    """By the portal's own hasher with the least work; what it costs in production is promised in tests/security/test_passwords.py."""
    with override_settings(PASSWORD_HASHERS=["tests.hashers.QuickHasher"]):
        yield


@pytest.fixture(autouse=True, scope="session")
def _simulated_machines_of_a_worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """With their keys. In one folder for all, another worker raises a machine's counter and replaces the nonce that is to come
    again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("simulators.partners._KEYS", tmp_path_factory.mktemp("simulators"))
        yield


@pytest.fixture(autouse=True, scope="session")
def _sessions_are_extended_after_minutes() -> Iterator[None]:
    """A page asks as many queries as another one, also when half a minute lies between them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("accounts.sessions._EXTEND_AFTER", timedelta(minutes=5))
        yield


@pytest.fixture(autouse=True)
def _language_of_no_earlier_page() -> None:
    """A page leaves its language to the thread: what is judged without one would speak that of whichever test came before."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def _gateways_nobody_remembers() -> None:
    health.forget()


@pytest.fixture(autouse=True)
def _reports_wait_for_the_test(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """tests.reports lets them come."""
    monkeypatch.setattr("messaging.gateways._demo.REPORTS_AFTER_SECONDS", 3600)
    yield
    drop_reports()


@pytest.fixture
def free_address() -> str:
    """Host and port of this machine that nobody uses."""
    return f"127.0.0.1:{free_port()}"


@pytest.fixture
def redis_url(worker_id: str) -> Iterator[str]:
    """An empty database of Redis for this test alone; parallel workers of pytest have one each."""
    server, _slash, first = os.environ["TEST_REDIS_URL"].rpartition("/")
    number = int(first) + (0 if worker_id == "master" else int(worker_id.removeprefix("gw")))
    with redis.Redis.from_url(f"{server}/{number}") as connection:
        connection.flushdb()
        yield f"{server}/{number}"
        connection.flushdb()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is imported and collected stays to the end. To look through it again and again for garbage took each process as long as
    to collect it."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """scripts/test.py leaves out by name what a run cannot do; somebody who calls pytest gets it skipped."""
    absent = {
        "postgres": "postgresql" not in settings.DATABASES["default"]["ENGINE"] and "needs PostgreSQL",
        "redis": not os.environ.get("TEST_REDIS_URL") and "needs a Redis",
        "kannel": not shutil.which("bearerbox") and "needs Kannel",
        "browser": not chromium() and "needs a Chromium",
    }
    for item in items:
        for mark, reason in absent.items():
            if reason and item.get_closest_marker(mark):
                item.add_marker(pytest.mark.skip(reason=reason))
        for name in (name for mark in item.iter_markers("program") for name in mark.args if not shutil.which(name)):
            item.add_marker(pytest.mark.skip(reason=f"needs {name}"))
    if hasattr(config, "workerinput"):
        items[:] = _long_ones_first(items, config.workerinput["workercount"])


def _long_ones_first(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """In the share of each worker, as `--dist worksteal` deals them out: what one takes over from another at the end is short,
    and none is left alone with a long one."""
    long = [item for item in items if item.get_closest_marker("browser") or item.get_closest_marker("slow")]
    short = [item for item in items if item not in long]
    dealt: list[pytest.Item] = []
    for worker in range(workers):
        share = (len(items) - len(dealt)) // (workers - worker)
        begins = long[worker::workers]
        rest = share - len(begins)
        dealt += begins + short[:rest]
        short = short[rest:]
    return dealt


def chromium() -> str:
    return os.environ.get("CHROMIUM") or chromium_here()
