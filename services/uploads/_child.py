"""Run as a program of its own: reads one file from its input, writes it anew to its output. It knows nothing of the portal and
has little memory, little time, and no way to write a file or start a process."""

import resource
import sys
from io import BytesIO
from typing import Any, NoReturn

_MEMORY_BYTES = 1024 * 1024 * 1024
_CPU_SECONDS = 15
_PIXELS_AT_MOST = 40_000_000
# Enough to read a page photographed by hand.
_LONGEST_SIDE = 2600
_PAGES_AT_MOST = 200
_ACTIVE = (
    "/JavaScript",
    "/JS",
    "/Launch",
    "/RichMedia",
    "/XFA",
    "/SubmitForm",
    "/ImportData",
    "/GoToR",
    "/GoToE",
    "/Movie",
    "/Sound",
)
_EMBEDDED = ("/EmbeddedFile", "/EmbeddedFiles", "/EF", "/Filespec")


def refuse(code: str) -> NoReturn:
    sys.stderr.write(f"refused:{code}")
    sys.exit(3)


def limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def image(content: bytes, name: str) -> bytes:
    """Upright, at most so large, without metadata."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None
    with Image.open(BytesIO(content), formats=[name]) as opened:
        if opened.width * opened.height > _PIXELS_AT_MOST:
            refuse("pixels")
        opened.load()
        upright = ImageOps.exif_transpose(opened)
    kept = upright.convert("RGBA" if name == "PNG" and "A" in upright.getbands() else "RGB")
    kept.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    written = BytesIO()
    kept.info = {}
    kept.save(written, name, **({"quality": 85} if name == "JPEG" else {"optimize": False}))
    return written.getvalue()


def pdf(content: bytes) -> bytes:
    import pikepdf

    try:
        document = pikepdf.open(BytesIO(content), attempt_recovery=False)
    except pikepdf.PasswordError:
        refuse("encrypted")
    with document:
        if document.is_encrypted:
            refuse("encrypted")
        if not 1 <= len(document.pages) <= _PAGES_AT_MOST:
            refuse("pages")
        for found in document.objects:
            judge(found)
        for holder, name in ((document.trailer, "/Info"), (document.Root, "/Metadata")):
            if name in holder:
                del holder[name]
        written = BytesIO()
        document.save(written, linearize=False, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return written.getvalue()


def judge(found: Any) -> None:
    """Refuses what does something when it is opened, or carries something along. Nested objects are looked through, too."""
    import pikepdf

    waiting, looked_at = [found], 0
    while waiting:
        one = waiting.pop()
        looked_at += 1
        if looked_at > 200_000:
            refuse("broken")
        if isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
            entries = one if isinstance(one, pikepdf.Dictionary) else one.stream_dict
            judge_names(entries)
            waiting += [value for key, value in entries.items() if key != "/Parent" and not is_indirect(value)]
        elif isinstance(one, pikepdf.Array):
            waiting += [value for value in one if not is_indirect(value)]


def judge_names(entries: Any) -> None:
    names = {str(key) for key in entries} | {str(entries.get(key)) for key in ("/S", "/Type", "/Subtype")}
    if names & set(_ACTIVE):
        refuse("active")
    if names & set(_EMBEDDED):
        refuse("embedded")


def is_indirect(value: Any) -> bool:
    """What has a number of its own is looked at by it."""
    return bool(getattr(value, "is_indirect", False))


def main() -> None:
    limit()
    media_type, content = sys.argv[1], sys.stdin.buffer.read()
    try:
        written = pdf(content) if media_type == "application/pdf" else image(content, media_type[6:].upper())
    except MemoryError:
        refuse("pixels")
    except Exception:  # whatever a parser can raise at a hostile file
        refuse("broken")
    sys.stdout.buffer.write(written)


if __name__ == "__main__":
    main()
