"""Run as a program of its own: reads one file from its input, and writes it anew to its output – an image behind its length in
four bytes, and before its thumbnail. It knows nothing of the portal and has little memory, little time, and no way to write a
file or start a process."""

import resource
import sys
from io import BytesIO
from typing import Any, NoReturn

_MEMORY_BYTES = 1024 * 1024 * 1024
_CPU_SECONDS = 8
_PIXELS_AT_MOST = 40_000_000
# Enough to read a page photographed by hand.
_LONGEST_SIDE = 2600
_THUMBNAIL_SIDE = 240
_PAGES_AT_MOST = 200
# Twice what may be sent: objects that were packed together are written unpacked.
_WRITTEN_AT_MOST = 20 * 1024 * 1024
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
    "/Rendition",
    "/3D",
    "/OnInstantiate",
)
_EMBEDDED = ("/EmbeddedFile", "/EmbeddedFiles", "/EF", "/Filespec")


def refuse(code: str) -> NoReturn:
    sys.stderr.write(f"refused:{code}")
    sys.exit(3)


def limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def image(content: bytes, name: str) -> bytes:
    """Upright, at most so large, without metadata; and once more, small."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None
    with Image.open(BytesIO(content), formats=[name]) as opened:
        if opened.width * opened.height > _PIXELS_AT_MOST:
            refuse("pixels")
        opened.load()
        upright = ImageOps.exif_transpose(opened)
    kept = in_colours(upright)
    kept.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    written = BytesIO()
    kept.info = {}
    kept.save(written, name, **({"quality": 85} if name == "JPEG" else {"optimize": False}))
    return len(written.getvalue()).to_bytes(4, "big") + written.getvalue() + thumbnail(kept)


def in_colours(upright: Any) -> Any:
    """What is see-through stays so, by whichever way the file says it."""
    if upright.mode.startswith("I"):
        # A scan with sixteen bits a point: without the scale all but its darkest greys would be white.
        return upright.point(lambda grey: grey / 257).convert("RGB")
    return upright.convert("RGBA" if upright.has_transparency_data else "RGB")


def thumbnail(kept: Any) -> bytes:
    from PIL import Image

    kept.thumbnail((_THUMBNAIL_SIDE, _THUMBNAIL_SIDE))
    on_white = Image.new("RGB", kept.size, "white")
    on_white.paste(kept, mask=kept if kept.mode == "RGBA" else None)
    written = BytesIO()
    on_white.save(written, "JPEG", quality=75)
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
        # Streams stay packed as they are: a few kilobytes, packed twice, can unfold into gigabytes.
        packed: Any = {"stream_decode_level": pikepdf.StreamDecodeLevel.none, "compress_streams": False}
        document.save(written, linearize=False, object_stream_mode=pikepdf.ObjectStreamMode.generate, **packed)
        if written.tell() > _WRITTEN_AT_MOST:
            refuse("broken")
        sys.stderr.write(f"pages:{len(document.pages)}")
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
