"""The colours of diagrams: one for each category of operators.

Hues follow Okabe and Ito, which the common kinds of colour blindness keep apart, and no
two fills have the same lightness, so that a greyscale print keeps them apart too.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

INK = "#1b2430"
"""Text."""
LINE = "#7b8794"
"""Edges and outlines."""
SHORTCUT = "#3b4754"
"""Edges of branches without a layer."""
FRAMES = ("#f4f6f8", "#e9edf1")
"""Backgrounds of frames, by turns as they nest."""
FRAME_LINE = "#d3dae1"
AUXILIARY = "#8a4b08"
"""Outline and title of auxiliary heads."""
MIXED = "mixed"
"""The category of a box that stands for layers of several categories."""


class Colour(NamedTuple):
    """How boxes of one category are filled, and the colour in which text is read on it."""

    fill: str
    text: str = INK


PALETTE: Mapping[str, Colour] = MappingProxyType(
    {
        "input": Colour("#ffffff"),
        "convolution": Colour("#b0d2f2"),
        "pooling": Colour("#f2a257"),
        "merge": Colour("#fdf3b4"),
        "normalisation": Colour("#b596d4"),
        "activation": Colour("#86cf9c"),
        "regularisation": Colour("#c4728a"),
        "dense": Colour("#2f66a8", "#ffffff"),
        "reshape": Colour("#8d9aa6"),
        MIXED: Colour("#cfe8e0"),
    }
)
