import os
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import override_settings

pytest_plugins = ["tests.cast"]

PLAIN_STATIC = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, tmp_path_factory: pytest.TempPathFactory) -> None:
    """SQLite as it is used: a file. In memory other processes could not see it, and parallel writers fail at once."""
    database = settings.DATABASES["default"]
    if "sqlite" in database["ENGINE"]:
        database.setdefault("TEST", {})["NAME"] = str(tmp_path_factory.mktemp("database") / "portal.sqlite3")


@pytest.fixture(autouse=True, scope="session")
def _static_files_without_a_build() -> Iterator[None]:
    """Pages name their files as they stand in static/; what a build makes of them is tested where it is built."""
    with override_settings(STORAGES=PLAIN_STATIC):
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of one database are left out on the other; that is not a skip, they have their own run."""
    if "postgresql" in settings.DATABASES["default"]["ENGINE"]:
        return
    for item in items:
        if item.get_closest_marker("postgres"):
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL"))
    if not os.environ.get("TEST_REDIS_URL"):
        for item in items:
            if item.get_closest_marker("redis"):
                item.add_marker(pytest.mark.skip(reason="needs a Redis"))
