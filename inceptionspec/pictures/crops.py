"""Which parts of a picture a network is shown: 1, 10, or the 144 of the GoogLeNet paper.

Ten are the four corners and the center of the largest square, each of 224/256 of its side, and
their mirror images (Krizhevsky et al., 2012). 144 are those of arXiv:1409.4842, section 7: the
picture at four sizes, its shorter side 256, 288, 320 and 352; of each the left, central and right
square, or the upper, central and lower one; of each square its four corners and its center of
224x224 and the whole square; and the mirror images. These sizes are for an input of 224x224:
they are scaled with the input, and a square has the input's proportions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from inceptionspec.ir.preprocessing import Preprocessing
from inceptionspec.pictures.preprocess import Box, central_box, largest_box

CROPS = (1, 10, 144)
_INPUT = 224
_SIDES = (256, 288, 320, 352)
#: Where a crop lies in what it is cut from, as shares of the room to the left and above.
_CENTER = (0.5, 0.5)
_CORNERS = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0))


class Crop(NamedTuple):
    """A part of a picture, and whether it is mirrored."""

    box: Box
    mirrored: bool = False


def crops(
    count: int, width: int, height: int, steps: Preprocessing, size: tuple[int, int]
) -> list[Crop]:
    """The parts of a picture that are shown.

    Args:
        count: one of ``CROPS``.
        width: of the picture.
        height: of the picture.
        steps: says which part is shown where it is one.
        size: height and width of the input.
    """
    if count == 1:
        return [Crop(central_box(width, height, steps, size))]
    boxes = _ten(width, height, size) if count == 10 else _paper(width, height, size)
    return [Crop(box, mirrored) for box in boxes for mirrored in (False, True)]


def _ten(width: int, height: int, size: tuple[int, int]) -> Iterator[Box]:
    square = _placed(Box(0, 0, width, height), *largest_box(width, height, size), *_CENTER)
    yield from _five(square, _INPUT / _SIDES[0])


def _paper(width: int, height: int, size: tuple[int, int]) -> Iterator[Box]:
    wide, high = largest_box(width, height, size)
    for side in _SIDES:
        for place in (0.0, 0.5, 1.0):
            square = _placed(Box(0, 0, width, height), wide, high, place, place)
            yield from _five(square, _INPUT / side)
            yield square


def _five(square: Box, share: float) -> Iterator[Box]:
    wide, high = (square.right - square.left) * share, (square.bottom - square.top) * share
    for place in (*_CORNERS, _CENTER):
        yield _placed(square, wide, high, *place)


def _placed(outer: Box, wide: float, high: float, across: float, down: float) -> Box:
    """A box of a size at a place in another one."""
    left = outer.left + (outer.right - outer.left - wide) * across
    top = outer.top + (outer.bottom - outer.top - high) * down
    return Box(left, top, left + wide, top + high)
