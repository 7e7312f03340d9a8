"""The texts for translation: `collect` writes them into locale/ (needs gettext), `check` fails when one has no Arabic."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "locale" / "ar" / "LC_MESSAGES" / "django.po"
SOURCES = ("core", "audit", "messaging", "registry", "partners", "accounts", "services", "dependents", "activation",
           "simulators", "absher_portal", "templates")  # fmt: skip
_PLACEHOLDER = re.compile(r"%\((\w+)\)s|%\((\w+)\)d|%s|\{(\w+)\}")


def collect(folder: Path = ROOT) -> None:
    """Brings the catalogue under `folder` up to date with the code."""
    django_admin = Path(sys.executable).parent / "django-admin"
    subprocess.run(
        [django_admin, "makemessages", "-l", "ar", "--no-location", "--no-wrap", "--no-obsolete", "-v", "0",
         "-i", ".venv", "-i", "tests", "-i", "bench", "-i", "var", "-i", "scripts"],
        cwd=folder,
        check=True,
        env={key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"},
    )  # fmt: skip


def problems() -> list[str]:
    """A line for each text that is not translated, or whose placeholders differ, or that nobody uses any more."""
    with tempfile.TemporaryDirectory() as folder:
        _copy_sources(Path(folder))
        collect(Path(folder))
        used = _read(Path(folder) / CATALOGUE.relative_to(ROOT))
    kept = _read(CATALOGUE)
    found = [f"not translated: {message.id}" for message in used if message.id and not _is_complete(message)]
    found += [f"placeholders differ: {message.id}" for message in used if message.id and not _fits(message)]
    return found + [
        f"not used any more: {message.id}"
        for message in kept
        if message.id and not used.get(message.id, message.context)
    ]


def _copy_sources(folder: Path) -> None:
    for name in SOURCES:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "migrations"))
    shutil.copytree(ROOT / "locale", folder / "locale")


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale="ar")


def _is_complete(message: Message) -> bool:
    return not message.fuzzy and all(_forms(message))


def _forms(message: Message) -> tuple[str, ...]:
    return _several(message.string)


def _several(text: object) -> tuple[str, ...]:
    return tuple(map(str, text)) if isinstance(text, list | tuple) else (str(text or ""),)


def _fits(message: Message) -> bool:
    """Each form names what the original names; a plural form may leave its number out (one day)."""
    originals = _several(message.id)
    allowed = {name for original in originals for name in _placeholders(original)}
    needed = set() if len(originals) > 1 else allowed
    return all(needed <= set(_placeholders(form)) <= allowed for form in _forms(message) if form)


def _placeholders(text: str) -> list[str]:
    return [found.group(0) for found in _PLACEHOLDER.finditer(text)]


if __name__ == "__main__":
    if sys.argv[1:] == ["collect"]:
        collect()
    elif found := problems():
        sys.exit(
            "\n".join([*found, f"{len(found)} texts of locale/ar have to be put right: make messages, then translate."])
        )
