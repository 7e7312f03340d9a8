"""Files that the demonstration makes at their first use."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile


def kept(file: Path, make: Callable[[], str]) -> str:
    """Its text, readable for this user only. Of two processes that make it at once one wins."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=file.parent, delete=False) as draft:
            draft.write(make())
        with suppress(FileExistsError):
            os.link(draft.name, file)
        Path(draft.name).unlink()
    return file.read_text()
