"""Bar charts drawn on the server: a few rectangles that a page styles, in its own direction, light or dark."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from django.utils.functional import cached_property
from django.utils.translation import get_language_bidi

_GAP = 0.25
_LABELS_AT_MOST = 6


@dataclass(frozen=True)
class Bar:
    """`value` and `mark` are in the chart's unit; None: nothing is known. `says` is the whole of it in words."""

    label: str
    says: str
    value: float | None
    mark: float | None = None


@dataclass(frozen=True)
class Drawn:
    """Coordinates as SVG wants them, whatever the page's language thinks of decimal points."""

    bar: Bar
    x: str
    middle: str
    width: str
    y: str
    height: str
    mark_y: str
    labelled: bool


@dataclass(frozen=True)
class Chart:
    """`whole_says` is the value of all the time together; `top` is that of the upper edge, `top_says` how it is written."""

    title: str
    whole_says: str
    bars: Sequence[Bar]
    top: float
    top_says: str
    mark_says: str = ""
    empty_says: str = ""

    # In the SVG's own unit; `outer_width` has room for half a label at either side, `foot` for its descenders, and above
    # the upper edge there is `head` for what it is worth.
    width: ClassVar[int] = 360
    height: ClassVar[int] = 130
    base: ClassVar[int] = 108
    foot: ClassVar[int] = 125
    outer_width: ClassVar[int] = 392
    head: ClassVar[int] = 14
    outer_height: ClassVar[int] = head + height

    @property
    def is_empty(self) -> bool:
        return all(bar.value is None for bar in self.bars)

    @property
    def axis_x(self) -> int:
        """Where reading begins."""
        return self.width if get_language_bidi() else 0

    @cached_property
    def drawn(self) -> list[Drawn]:
        step = self.width / max(1, len(self.bars))
        every = -(-len(self.bars) // _LABELS_AT_MOST)
        return [self._draw(place, bar, step, labelled=place % every == 0) for place, bar in enumerate(self.bars)]

    def _draw(self, place: int, bar: Bar, step: float, *, labelled: bool) -> Drawn:
        left = self.width - (place + 1) * step if get_language_bidi() else place * step
        height = self._height_of(bar.value or 0)
        return Drawn(
            bar=bar,
            x=f"{left + step * _GAP / 2:.1f}",
            middle=f"{left + step / 2:.1f}",
            width=f"{step * (1 - _GAP):.1f}",
            y=f"{self.base - height:.1f}",
            height=f"{height:.1f}",
            mark_y="" if bar.mark is None else f"{self.base - self._height_of(bar.mark):.1f}",
            labelled=labelled,
        )

    def _height_of(self, value: float) -> float:
        return min(value / self.top, 1) * (self.base - 4) if self.top else 0
