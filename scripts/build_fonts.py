"""Cuts the portal's typeface out of IBM Plex Sans Arabic: `python scripts/build_fonts.py FOLDER`.

FOLDER holds the complete woff2 files of the npm package @ibm/plex-sans-arabic. The Open Font License reserves the name
of the original, so the cut has a name of its own. The files it writes are part of the project; nobody needs to run
this to use or change the portal.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

TARGET = Path(__file__).resolve().parent.parent / "static" / "fonts"
FAMILY = "Portal Sans"
WEIGHTS = {"Regular": 400, "SemiBold": 600}
SCRIPTS = {
    "arabic": [
        *range(0x060C, 0x060D), 0x061B, 0x061F, *range(0x0621, 0x063B), *range(0x0640, 0x0653), *range(0x0660, 0x066D),
        0x0670, 0x067E, 0x0686, 0x06A4, 0x06A9, 0x06AF, 0x06CC, *range(0x06F0, 0x06FA), 0x200C, 0x200D, 0xFDFC,
    ],
    "latin": [
        *range(0x20, 0x7F), 0xA0, 0xA9, 0xAB, 0xB0, 0xB7, 0xBB, 0xD7, 0xE8, 0xE9, 0x2013, 0x2014, 0x2018, 0x2019, 0x201C,
        0x201D, 0x2022, 0x2026, 0x2039, 0x203A, 0x2190, 0x2192,
    ],
}  # fmt: skip


def main(folder: Path) -> None:
    for style, weight in WEIGHTS.items():
        for script, codes in SCRIPTS.items():
            target = TARGET / f"portal-sans-{script}-{weight}.woff2"
            _cut(folder / f"IBMPlexSansArabic-{style}.woff2", target, codes)
            print(f"{target.name}: {target.stat().st_size / 1024:.1f} KiB")


def _cut(source: Path, target: Path, codes: list[int]) -> None:
    options = subset.Options(flavor="woff2", hinting=False, desubroutinize=True, name_IDs=[0, 1, 2, 4, 6, 13, 14])
    options.layout_features = [
        "ccmp", "locl", "init", "medi", "fina", "isol", "rlig", "calt", "liga", "mark", "mkmk", "kern", "tnum",
    ]  # fmt: skip
    font = TTFont(source)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    _rename(font)
    subset.save_font(font, str(target), options)


def _rename(font: TTFont) -> None:
    for record in font["name"].names:
        if record.nameID in (1, 4):
            record.string = FAMILY
        elif record.nameID == 6:
            record.string = FAMILY.replace(" ", "")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
