"""How much room a text takes."""

from __future__ import annotations

import math

FONT = "Helvetica"
"""A font whose widths engines have built in; they would measure a list as Times."""

# Adobe's widths of Helvetica in thousandths of its size, from the space to the tilde.
_WIDTHS = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
    *[556] * 10, 278, 278, 584, 584, 584, 556,
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
    333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
)  # fmt: skip
_OTHER = {"\u00b7": 278, "\u00d7": 584, "\u2212": 584}
_BYTE = 278
_UNKNOWN = 1000
"""Of other characters: Chinese ones are as wide as high."""

LINE = 1.2
"""The distance of two lines in units of their size."""
ROOM = 1.16
"""Machines without Helvetica show a wider font: DejaVu Sans needs this much more."""


def text_width(text: str, size: float) -> float:
    """The width of a line in points, in Helvetica of a size."""
    return sum(map(_width, text)) * size / 1000


def engine_width(text: str, size: float) -> float:
    """The width of a line as graphviz-pure takes it: letters beyond ASCII by their bytes."""
    beyond = sum(len(letter.encode("utf-8")) for letter in text if letter > "~")
    ascii_ = "".join(letter for letter in text if letter <= "~")
    return text_width(ascii_, size) + beyond * _BYTE * size / 1000


def room_for(lines: tuple[str, ...], size: float) -> tuple[int, int]:
    """Width and height in whole points that some lines need in any usual font."""
    width = max((text_width(line, size) for line in lines), default=0.0) * ROOM
    return math.ceil(width), math.ceil(len(lines) * size * LINE)


def _width(character: str) -> int:
    place = ord(character) - 32
    if 0 <= place < len(_WIDTHS):
        return _WIDTHS[place]
    return _OTHER.get(character, _UNKNOWN)
