"""Files that try something, each by what it is and why it is refused (FILE-1)."""

import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO

import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import Image


def pdf(change: Callable[[pikepdf.Pdf], None] = lambda document: None, **saving: object) -> bytes:
    document = pikepdf.new()
    document.add_blank_page()
    change(document)
    written = BytesIO()
    document.save(written, **saving)
    return written.getvalue()


def image(kind: str = "PNG", size: tuple[int, int] = (40, 30), *, mode: str = "RGB", **saving: object) -> bytes:
    written = BytesIO()
    Image.new(mode, size, "teal").save(written, kind, **saving)
    return written.getvalue()


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_that_says(width: int, height: int) -> bytes:
    """A header that promises more than it holds."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = _chunk(b"IDAT", zlib.compress(b"\0" * 100_000))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + body + _chunk(b"IEND", b"")


def unfolding_to(megabytes: int) -> bytes:
    """Blanks, compressed a thousandfold, without the sum at the end: nobody gets that far."""
    packer = zlib.compressobj(9)
    start = packer.compress(b" " * 1024 * 1024) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(b" " * 1024 * 1024) + packer.flush(zlib.Z_FULL_FLUSH)
    return start + again * (megabytes - 1)


def _png_that_unfolds() -> bytes:
    head = png_that_says(6000, 6000)[:33]
    return head + _chunk(b"IDAT", unfolding_to(2000)) + _chunk(b"IEND", b"")


def _png_with_a_text_that_unfolds() -> bytes:
    whole = image()
    return whole[:33] + _chunk(b"zTXt", b"note\0\0" + unfolding_to(500)) + whole[33:]


def _jpeg_that_says(width: int, height: int) -> bytes:
    whole = image("JPEG")
    sizes = whole.index(b"\xff\xc0") + 5
    return whole[:sizes] + struct.pack(">HH", height, width) + whole[sizes + 4 :]


def archive() -> bytes:
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as files:
        files.writestr("run.exe", "MZ")
    return written.getvalue()


def _in_a_circle(document: pikepdf.Pdf) -> None:
    document.Root.Pages.Kids.append(document.Root.Pages)


def _action(**entries: object) -> Callable[[pikepdf.Pdf], None]:
    def change(document: pikepdf.Pdf) -> None:
        document.Root.OpenAction = Dictionary(**entries)

    return change


def _annotation(**action: object) -> Callable[[pikepdf.Pdf], None]:
    def change(document: pikepdf.Pdf) -> None:
        link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=Dictionary(**action))
        document.pages[0].Annots = document.make_indirect(Array([link]))

    return change


def _attached(document: pikepdf.Pdf) -> None:
    document.attachments["run.exe"] = pikepdf.AttachedFileSpec(document, b"MZ")


def _with_names(document: pikepdf.Pdf) -> None:
    script = Dictionary(S=Name.JavaScript, JS="app.alert(1)")
    document.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array(["a", document.make_indirect(script)])))


def _with_form(document: pikepdf.Pdf) -> None:
    document.Root.AcroForm = Dictionary(Fields=Array([]), XFA=document.make_stream(b"<xdp/>"))


def _deep(document: pikepdf.Pdf) -> None:
    nested = Dictionary(S=Name.Launch, F="cmd.exe")
    for _ in range(30):
        nested = Dictionary(Inner=Array([nested]))
    document.Root.Extra = nested


def _page_action(document: pikepdf.Pdf) -> None:
    document.pages[0].AA = Dictionary(O=Dictionary(S=Name.JavaScript, JS="x"))


def _many_pages(document: pikepdf.Pdf) -> None:
    for _ in range(200):
        document.add_blank_page()


def _no_pages(document: pikepdf.Pdf) -> None:
    del document.pages[0]


def corpus() -> Iterator[tuple[str, bytes, str]]:
    """Name, content, the code of its refusal."""
    heic = b"\0\0\0\x18ftypheic" + b"\0" * 100
    yield "nothing", b"", "empty"
    yield "one byte", b"x", "kind"
    yield "a text", b"Hello", "kind"
    yield "a page with a script", b"<html><script>alert(1)</script>", "kind"
    yield "an SVG", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "kind"
    yield "a program of Windows", b"MZ\x90\0" + b"\0" * 200, "kind"
    yield "a program of Linux", b"\x7fELF" + b"\0" * 200, "kind"
    yield "a shell script", b"#!/bin/sh\nrm -rf /\n", "kind"
    yield "a ZIP", b"PK\x03\x04" + b"\0" * 200, "kind"
    yield "a GIF", b"GIF89a" + b"\0" * 200, "kind"
    yield "a WebP", b"RIFF\0\0\0\0WEBPVP8 ", "kind"
    yield "a TIFF", b"II*\0" + b"\0" * 200, "kind"
    yield "a BMP", image("BMP"), "kind"
    yield "a ZIP before a PDF", archive() + pdf(), "kind"
    yield "PostScript", b"%!PS-Adobe-3.0\n", "kind"
    yield "a photo of an iPhone", heic, "heic"
    yield "an AVIF", heic.replace(b"heic", b"avif"), "heic"
    yield "a PDF behind a page", b"<html></html>" + pdf(), "kind"
    yield "the first bytes of a PDF alone", b"%PDF-1.7\n", "broken"
    yield "a PDF cut in half", pdf()[: len(pdf()) // 2], "broken"
    yield "a PDF full of noise", b"%PDF-1.7\n" + bytes(range(256)) * 40, "broken"
    yield "the first bytes of a JPEG alone", b"\xff\xd8\xff\xe0", "broken"
    yield "a JPEG cut in half", image("JPEG", (400, 300))[:400], "broken"
    yield "a page called a JPEG", b"\xff\xd8\xff<script>alert(1)</script>", "broken"
    yield "a PNG cut in half", image("PNG", (400, 300))[:60], "broken"
    yield "a PNG with a wrong sum", image()[:20] + b"\xff" + image()[21:], "broken"
    yield "a PNG of forty thousand by forty thousand", png_that_says(40_000, 40_000), "pixels"
    yield "a PNG of two thousand million columns", png_that_says(2**31 - 1, 1), "pixels"
    yield "a PNG of no columns", png_that_says(0, 10), "broken"
    yield "a JPEG of sixty-five thousand by sixty-five thousand", _jpeg_that_says(65_500, 65_500), "pixels"
    yield "a PNG whose points unfold to two gigabytes", _png_that_unfolds(), "broken"
    yield "a PNG whose text unfolds to half a gigabyte", _png_with_a_text_that_unfolds(), "broken"
    yield "an image of 41 million pixels", image("PNG", (8200, 5000), mode="1"), "pixels"
    yield "more than ten megabytes", b"\xff\xd8\xff" + b"\0" * (10 * 1024 * 1024), "too_big"
    yield "a PDF with a password", pdf(encryption=pikepdf.Encryption(owner="a", user="b")), "encrypted"
    yield "a PDF that only forbids", pdf(encryption=pikepdf.Encryption(owner="a", user="")), "encrypted"
    yield "a PDF that runs a script when opened", pdf(_action(S=Name.JavaScript, JS="app.alert(1)")), "active"
    yield "a PDF that starts a program", pdf(_action(S=Name.Launch, F="cmd.exe")), "active"
    yield "a PDF with named scripts", pdf(_with_names), "active"
    yield "a PDF whose page runs a script", pdf(_page_action), "active"
    yield "a PDF whose link starts a program", pdf(_annotation(S=Name.Launch, F="cmd.exe")), "active"
    yield "a PDF that sends its form", pdf(_annotation(S=Name.SubmitForm, F="http://example.com")), "active"
    yield "a PDF that opens another file", pdf(_annotation(S=Name.GoToR, F="other.pdf")), "active"
    yield "a PDF with an XFA form", pdf(_with_form), "active"
    yield "a PDF with a command deep inside", pdf(_deep), "active"
    yield "a PDF that carries a program", pdf(_attached), "embedded"
    yield "a PDF whose pages lead back to themselves", pdf(_in_a_circle), "broken"
    yield "a PDF of 201 pages", pdf(_many_pages), "pages"
    yield "a PDF without a page", pdf(_no_pages), "pages"
