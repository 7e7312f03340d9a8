"""`manage.py check --deploy` says why files of requests could not be kept."""

import os
from pathlib import Path
from typing import Any

from django.core.checks import CheckMessage, Error
from django.core.files.storage import FileSystemStorage, storages


def check_attachments(app_configs: Any, **options: Any) -> list[CheckMessage]:
    storage: Any = storages["attachments"]
    if hasattr(storage, "problem"):
        problem, hint = storage.problem(), "See the settings ATTACHMENTS_BUCKET_… in docs/operators.md."
    else:
        problem, hint = _problem_of_folder(storage), "Make ATTACHMENTS_DIR a folder that the portal may write to."
    return [Error(f"Files of requests cannot be kept. {problem}", hint=hint, id="services.E001")] if problem else []


def _problem_of_folder(storage: Any) -> str:
    """Of the folder, or of the one in which it will be made."""
    if not isinstance(storage, FileSystemStorage):
        return ""
    folder = Path(storage.location)
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    return "" if nearest.is_dir() and os.access(nearest, os.W_OK) else f"{nearest} cannot be written to."
