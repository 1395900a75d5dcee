"""The sheet that a picture is drawn on."""

from __future__ import annotations

from typing import NamedTuple


class Sheet(NamedTuple):
    """Where a picture is on its page, in its own units, and how large these are.

    Attributes:
        scale: points to a unit.
        page: width and height of the page in points; None for a picture that is as large as
            what is drawn.
        margin: of the page.
        left, top: where the picture is, ``top`` below the header.
    """

    scale: float
    page: tuple[float, float] | None
    margin: float
    left: float
    top: float


PLAIN = Sheet(1.0, None, 0.0, 0.0, 0.0)
