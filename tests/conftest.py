import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import override_settings

from bench.servers import free_port
from messaging import health
from tests.reports import drop_reports
from tests.waiting import PATIENCE_SECONDS

pytest_plugins = ["tests.cast", "tests.programs", "tests.machines", "tests.devices", "tests.simulated", "tests.nafath"]

PLAIN_STATIC = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
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
    these few rows take two milliseconds. As `replica`, so that the trail lets go of its entries."""

    def delete(operations: DatabaseOperations, style: Any, tables: list[str], **how: Any) -> list[str]:
        emptied = [f"DELETE FROM {operations.quote_name(table)};" for table in tables]
        return [" ".join(["SET LOCAL session_replication_role = replica;", *emptied])]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", delete)
        yield


@pytest.fixture(autouse=True, scope="session")
def _static_files_without_a_build() -> Iterator[None]:
    """Pages name their files as they stand in static/; what a build makes of them is tested where it is built."""
    with override_settings(STORAGES=PLAIN_STATIC):
        yield


@pytest.fixture(autouse=True, scope="session")
def _passwords_are_hashed_quickly() -> Iterator[None]:
    """By the portal's own hasher with the least work; what it costs in production is promised in tests/security/test_passwords.py."""
    with override_settings(PASSWORD_HASHERS=["tests.hashers.QuickHasher"]):
        yield


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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
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


def chromium() -> str:
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or ""
