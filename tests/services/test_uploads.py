"""FILE-1 and FILE-2: what is refused and why, and what becomes of what is taken."""

from io import BytesIO

import pikepdf
import pytest
from PIL import Image

from services import sentences, uploads
from services.uploads import FileRefused
from tests.services.hostile import corpus, image, pdf

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


def test_an_image_keeps_its_transparency() -> None:
    written = BytesIO()
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(written, "PNG")
    with Image.open(BytesIO(uploads.cleaned(written.getvalue()).content)) as kept:
        assert kept.mode == "RGBA"


def test_a_plain_pdf_is_kept_without_what_it_says_of_its_author() -> None:
    def signed(document: pikepdf.Pdf) -> None:
        document.docinfo["/Author"] = "Samer"

    clean = uploads.cleaned(pdf(signed))
    with pikepdf.open(BytesIO(clean.content)) as kept:
        assert len(kept.pages) == 1
        assert "/Info" not in kept.trailer
    assert clean.media_type == "application/pdf"


def test_a_parser_has_little_memory_and_writes_no_file() -> None:
    """The limits that the child sets hold in it."""
    import subprocess
    import sys
    from pathlib import Path

    folder = Path(uploads.__file__).parent
    tries = "import sys; sys.path.insert(0, sys.argv[1]); import _child; _child.limit(); "
    for act in ("bytearray(2 * 1024**3)", "f = open('/tmp/a-file-of-a-parser', 'wb'); f.write(b'x'); f.flush()"):
        child = subprocess.run([sys.executable, "-I", "-c", tries + act, str(folder)], capture_output=True, check=False)
        assert child.returncode != 0
