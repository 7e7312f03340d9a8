"""Files of requests, in a folder of the test's own. Loaded as a plug-in by tests/conftest.py."""

from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from absher_portal import settings as project


@pytest.fixture
def attachments_folder(tmp_path: Path, settings: Settings) -> Path:
    stored: Any = project.STORAGES["attachments"]
    options = stored["OPTIONS"] | {"location": str(tmp_path / "attachments")}
    settings.STORAGES = settings.STORAGES | {"attachments": stored | {"OPTIONS": options}}
    return tmp_path / "attachments"
