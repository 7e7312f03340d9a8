"""Six digits, drawn so that people read them and programs have work to do. The same seed and answer give the same
picture, so asking again and again for one image teaches nothing; other digits never come with the same lines."""

import io
import random
import zlib
from functools import cache

from PIL import Image, ImageDraw, ImageFont

# Twice the size at which the page shows it: sharp on a phone.
WIDTH, HEIGHT = 440, 140
_INKS = ((12, 70, 58), (30, 60, 110), (110, 50, 20))
# An image is drawn in grey and kept in four shades, two bits each, from its ink to white paper.
_SHADES = 4
_SHADE_OF_GREY = [grey * _SHADES // 256 for grey in range(256)]
_PALETTES = [[ink + (255 - ink) * shade // (_SHADES - 1) for shade in range(_SHADES) for ink in rgb] for rgb in _INKS]


def draw(answer: str, seed: str) -> bytes:
    """PNG."""
    dice = random.Random(seed + answer)  # its own: nothing else in the process depends on it
    image = Image.new("L", (WIDTH, HEIGHT), 255)
    pen = ImageDraw.Draw(image)
    for _ in range(4):
        pen.line(_curve(dice), fill=170, width=4)
    step = (WIDTH - 40) // len(answer)
    for place, digit in enumerate(answer):
        _write(image, dice, digit, 20 + place * step)
    pen.line(_curve(dice), fill=0, width=3)
    return _png(image, dice.choice(_PALETTES))


def _write(image: Image.Image, dice: random.Random, digit: str, left: int) -> None:
    tile = _crooked(digit, dice.randrange(76, 92, 4), dice.randrange(-18, 19, 3))
    image.paste(0, (left - 4 + dice.randint(-4, 4), 30 + dice.randint(-12, 12)), tile)


@cache
def _crooked(digit: str, size: int, degrees: int) -> Image.Image:
    """A process comes to know some hundred of them, 6 kB each."""
    tile = Image.new("L", (72, 80), 0)
    ImageDraw.Draw(tile).text((36, 40), digit, fill=255, font=ImageFont.load_default(size), anchor="mm")
    return tile.rotate(degrees, resample=Image.Resampling.BILINEAR)


def _curve(dice: random.Random) -> list[tuple[int, int]]:
    steps = range(0, WIDTH + 1, WIDTH // 6)
    return [(x, dice.randint(10, HEIGHT - 10)) for x in steps]


def _png(image: Image.Image, palette: list[int]) -> bytes:
    file, shaded = io.BytesIO(), image.point(_SHADE_OF_GREY)
    shaded.putpalette(palette)
    shaded.save(file, "PNG", bits=2, compress_type=zlib.Z_RLE)
    return file.getvalue()
