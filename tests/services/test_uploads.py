"""FILE-1 and FILE-2: what is refused and why, and what becomes of what is taken."""

import zipfile
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.core.files.uploadhandler import SkipFile
from PIL import Image

from services import sentences, uploads
from services.uploads import FileRefused
from services.uploads.handlers import LimitedUploadHandler
from tests.services.hostile import archive, corpus, image, pdf

CORPUS = list(corpus())


def test_the_corpus_holds_forty_files_and_more() -> None:
    assert len(CORPUS) >= 40


@pytest.mark.parametrize(("content", "code"), [pytest.param(*case[1:], id=case[0]) for case in CORPUS])
def test_a_hostile_file_is_refused_with_its_reason(content: bytes, code: str) -> None:
    with pytest.raises(FileRefused) as refused:
        uploads.cleaned(content)
    assert refused.value.code == code
    assert sentences.of_file(refused.value)


def test_a_photo_is_turned_upright_made_smaller_and_loses_what_it_tells_of_its_place() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "at home"
    clean = uploads.cleaned(image("JPEG", (4000, 3000), exif=exif.tobytes()))
    with Image.open(BytesIO(clean.content)) as kept:
        assert (kept.width, kept.height) == (1950, 2600)
        assert not kept.getexif()
    assert b"at home" not in clean.content
    assert clean.ending == "jpg"


def test_what_hangs_behind_an_image_is_gone() -> None:
    clean = uploads.cleaned(image() + b"<?php system('id') ?>" + pdf())
    assert b"php" not in clean.content and b"%PDF" not in clean.content


@pytest.mark.parametrize("whole", [pdf() + archive(), image("JPEG") + archive(), image() + archive()])
def test_what_is_two_things_at_once_is_one_afterwards(whole: bytes) -> None:
    clean = uploads.cleaned(whole)
    assert zipfile.is_zipfile(BytesIO(whole)) and not zipfile.is_zipfile(BytesIO(clean.content))


def test_two_hundred_megabytes_are_read_past_and_not_written_down() -> None:
    handler, piece = LimitedUploadHandler(), b"%PDF" * 16 * 1024
    handler.new_file("file", "a.pdf", "application/pdf", 200 * 1024 * 1024)
    stored = Path(handler.file.name)
    with pytest.raises(SkipFile):
        for start in range(0, 200 * 1024 * 1024, len(piece)):
            handler.receive_data_chunk(piece, start)
    assert start + len(piece) <= uploads.BYTES_AT_MOST + len(piece)
    assert not stored.exists()


@pytest.mark.parametrize(
    ("mode", "colour", "saving"),
    [
        ("RGBA", (0, 0, 0, 0), {}),
        ("LA", (0, 0), {}),
        ("P", 0, {"transparency": 0}),
        ("RGB", 0, {"transparency": (0, 0, 0)}),
    ],
)
def test_an_image_keeps_its_transparency(mode: str, colour: Any, saving: dict[str, Any]) -> None:
    """Black writing on what is see-through would else be black on black."""
    written = BytesIO()
    Image.new(mode, (4, 4), colour).save(written, "PNG", **saving)
    clean = uploads.cleaned(written.getvalue())
    with Image.open(BytesIO(clean.content)) as kept, Image.open(BytesIO(clean.thumbnail)) as small:
        assert (kept.mode, kept.getchannel("A").getpixel((1, 1))) == ("RGBA", 0)
        assert small.getpixel((1, 1)) == (255, 255, 255)


def test_a_scan_of_sixteen_bits_keeps_its_greys() -> None:
    written = BytesIO()
    Image.new("I;16", (4, 4), 0x6666).save(written, "PNG")
    with Image.open(BytesIO(uploads.cleaned(written.getvalue()).content)) as kept:
        assert kept.getpixel((1, 1)) == (0x66, 0x66, 0x66)


def test_a_plain_pdf_is_kept_without_what_it_says_of_its_author() -> None:
    def signed(document: pikepdf.Pdf) -> None:
        document.docinfo["/Author"] = "Samer"

    clean = uploads.cleaned(pdf(signed))
    with pikepdf.open(BytesIO(clean.content)) as kept:
        assert len(kept.pages) == 1
        assert "/Info" not in kept.trailer
    assert clean.media_type == "application/pdf"


def test_what_unfolds_into_gigabytes_is_not_unfolded() -> None:
    """A page of spaces, packed twice: a few kilobytes."""
    packer = zlib.compressobj(9)
    packed = zlib.compress(b"".join(packer.compress(b" " * 10_000_000) for _ in range(200)) + packer.flush(), 9)

    def draw(document: pikepdf.Pdf) -> None:
        page = pikepdf.Stream(document, b"")
        page.write(packed, filter=pikepdf.Array([pikepdf.Name.FlateDecode, pikepdf.Name.FlateDecode]))
        document.pages[0].Contents = page

    sent = pdf(draw, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)
    assert len(sent) < 100_000
    assert len(uploads.cleaned(sent).content) < 100_000


def test_a_parser_gets_nothing_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the keys of the portal are: a parser that a file has taken over could send them away in the picture."""
    spy = tmp_path / "spy.py"
    spy.write_text("import os, sys; sys.stdout.write(repr(dict(os.environ)))")
    monkeypatch.setattr(uploads, "_CHILD", spy)
    monkeypatch.setenv("SECRET_KEY", "of-the-portal")
    written, _pages = uploads._written_anew("image/png", b"")
    assert b"of-the-portal" not in written and b"PATH" not in written


def test_a_parser_has_little_memory_and_writes_no_file() -> None:
    """The limits that the child sets hold in it."""
    import subprocess
    import sys

    folder = Path(uploads.__file__).parent
    tries = "import sys; sys.path.insert(0, sys.argv[1]); import _child; _child.limit(); "
    for act in ("bytearray(2 * 1024**3)", "f = open('/tmp/a-file-of-a-parser', 'wb'); f.write(b'x'); f.flush()"):
        child = subprocess.run([sys.executable, "-I", "-c", tries + act, str(folder)], capture_output=True, check=False)
        assert child.returncode != 0
