"""Files that people send along (security.md, Numbers and FILE-*): judged by content, and what is kept is written anew."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.refusals import Refused

BYTES_AT_MOST = 10 * 1024 * 1024
FILES_AT_MOST = 10
_CHILD = Path(__file__).parent / "_child.py"
# Well before a web worker is given up (security.md: 20 s).
_PATIENCE_SECONDS = 12
_PDF, _JPEG, _PNG = "application/pdf", "image/jpeg", "image/png"
_SIGNATURES = ((b"%PDF-", _PDF), (b"\xff\xd8\xff", _JPEG), (b"\x89PNG\r\n\x1a\n", _PNG))
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"heis", b"avif")


class FileRefused(Refused):
    """`code` is one of: empty, too_big, heic, kind, broken, pixels, encrypted, active, embedded, pages, slow."""


@dataclass(frozen=True)
class CleanFile:
    """`content` was written by this portal: an image without metadata, turned upright, or a PDF without anything active.
    `thumbnail`: a small JPEG of an image; `pages`: those of a PDF."""

    media_type: str
    content: bytes
    thumbnail: bytes = b""
    pages: int | None = None

    @property
    def ending(self) -> str:
        return {_PDF: "pdf", _JPEG: "jpg", _PNG: "png"}[self.media_type]


def cleaned(content: bytes) -> CleanFile:
    """Parses in a child process with limits of its own, since parsers of images and PDFs are what hostile files aim at. Raises
    FileRefused."""
    if not content:
        raise FileRefused("empty")
    if len(content) > BYTES_AT_MOST:
        raise FileRefused("too_big")
    media_type = _media_type(content)
    written, pages = _written_anew(media_type, content)
    if pages:
        return CleanFile(media_type, written, pages=pages)
    size = int.from_bytes(written[:4], "big")
    return CleanFile(media_type, written[4 : 4 + size], thumbnail=written[4 + size :])


def _media_type(content: bytes) -> str:
    """By the first bytes, whatever the name says."""
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
        raise FileRefused("heic")
    found = next((media_type for start, media_type in _SIGNATURES if content.startswith(start)), None)
    if found is None:
        raise FileRefused("kind")
    return found


def _written_anew(media_type: str, content: bytes) -> tuple[bytes, int]:
    """What the child writes, and the number of pages of a PDF. The child has nothing of the environment, where the portal's
    keys are."""
    command = [sys.executable, "-I", str(_CHILD), media_type]
    limits: dict[str, Any] = {"timeout": _PATIENCE_SECONDS, "env": {}}
    try:
        child = subprocess.run(command, input=content, capture_output=True, check=False, **limits)
    except subprocess.TimeoutExpired:
        raise FileRefused("slow") from None
    word, _colon, said = child.stderr.decode(errors="replace").strip().rpartition(":")
    if child.returncode == 0 and child.stdout:
        return child.stdout, int(said) if word == "pages" else 0
    raise FileRefused(said if word.endswith("refused") and said.isalpha() else "broken")
