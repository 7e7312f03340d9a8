"""Files that people send along (security.md, Numbers and FILE-*): judged by content, and what is kept is written anew."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

BYTES_AT_MOST = 10 * 1024 * 1024
FILES_AT_MOST = 10
_CHILD = Path(__file__).parent / "_child.py"
_PATIENCE_SECONDS = 20
_PDF, _JPEG, _PNG = "application/pdf", "image/jpeg", "image/png"
_SIGNATURES = ((b"%PDF-", _PDF), (b"\xff\xd8\xff", _JPEG), (b"\x89PNG\r\n\x1a\n", _PNG))
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"heis", b"avif")


class FileRefused(Exception):
    """`code` is one of: empty, too_big, heic, kind, broken, pixels, encrypted, active, embedded, pages, slow."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class CleanFile:
    """`content` was written by this portal: an image without metadata, turned upright, or a PDF without anything active."""

    media_type: str
    content: bytes

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
    return CleanFile(media_type, _written_anew(media_type, content))


def _media_type(content: bytes) -> str:
    """By the first bytes, whatever the name says."""
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
        raise FileRefused("heic")
    found = next((media_type for start, media_type in _SIGNATURES if content.startswith(start)), None)
    if found is None:
        raise FileRefused("kind")
    return found


def _written_anew(media_type: str, content: bytes) -> bytes:
    command = [sys.executable, "-I", str(_CHILD), media_type]
    try:
        child = subprocess.run(command, input=content, capture_output=True, timeout=_PATIENCE_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise FileRefused("slow") from None
    if child.returncode == 0 and child.stdout:
        return child.stdout
    said = child.stderr.decode(errors="replace").strip().rpartition("refused:")
    raise FileRefused(said[2] if said[1] and said[2].isalpha() else "broken")
