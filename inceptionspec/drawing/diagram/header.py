"""The title and the legend above a picture."""

from __future__ import annotations

from dataclasses import dataclass

from inceptionspec.drawing.diagram.colors import Scale
from inceptionspec.drawing.diagram.labels import plain
from inceptionspec.drawing.diagram.metrics import room_for
from inceptionspec.drawing.diagram.scene import SMALL, TEXT, PlacedText, Rect, Scene
from inceptionspec.drawing.diagram.theme import Theme, along_scale
from inceptionspec.drawing.diagram.view import View

TITLE = 20.0
"""The size of the title."""
STEPS, STEP = 24, 8
"""Parts of a scale, and how wide each is."""
SWATCH_HEIGHT = 16
NARROWEST = 420
"""A legend is wrapped where it is wider than this and than the picture below it."""
BELOW = 20
"""Between the legend and the picture."""


@dataclass(frozen=True, slots=True)
class Header:
    """What is above the picture, from (0, 0) on.

    Attributes:
        texts: lines with their room and the size of their letters.
        swatches: a word (or nothing) on a fill.
    """

    width: float
    height: float
    texts: tuple[tuple[PlacedText, float], ...]
    swatches: tuple[tuple[str, Rect, str], ...]


def header_of(view: View, scene: Scene) -> Header:
    """The header of a picture."""
    paint, theme = scene.paint, scene.theme
    wide = max(rect.right for rect in scene.rects)
    texts: list[tuple[PlacedText, float]] = []
    swatches: list[tuple[str, Rect, str]] = []
    y = width = 0.0
    for line, size in ((view.name, TITLE), *((line, TEXT) for line in view.lines)):
        line = plain(line)
        across, height = room_for((line,), size)
        texts.append((PlacedText((line,), Rect(0, y, across, y + height)), size))
        width = max(width, across)
        y += height + 4
    y += 4
    if paint.scale is not None:
        long, high = _scale(paint.scale, theme, y, texts, swatches)
        width, y = max(width, long), y + high + 6
    if paint.swatches:
        x = 0.0
        for word, fill in paint.swatches:
            long = room_for((word,), SMALL)[0] + 16
            if x and x + long > max(wide, width, NARROWEST):
                x, y = 0.0, y + SWATCH_HEIGHT + 4
            swatches.append((word, Rect(x, y, x + long, y + SWATCH_HEIGHT), fill))
            x += long + 6
            width = max(width, x - 6)
        y += SWATCH_HEIGHT + 6
    return Header(width, y + BELOW, tuple(texts), tuple(swatches))


def _scale(
    scale: Scale,
    theme: Theme,
    y: float,
    texts: list[tuple[PlacedText, float]],
    swatches: list[tuple[str, Rect, str]],
) -> tuple[float, float]:
    """A heat map's scale: what it counts, its fills, and the numbers under it."""
    across, height = room_for((scale.title,), SMALL)
    texts.append((PlacedText((scale.title,), Rect(0, y, across, y + height)), SMALL))
    top = y + height + 4
    for step in range(STEPS):
        fill = along_scale(theme.scale, step / (STEPS - 1))
        swatches.append(("", Rect(step * STEP, top, (step + 1) * STEP, top + 10), fill))
    below, length = top + 12, STEPS * STEP
    widest = 0.0
    for text, share in ((scale.low, 0.0), (scale.middle, 0.5), (scale.high, 1.0)):
        wide, high = room_for((text,), SMALL)
        left = 0.0 if not share else length * share - wide / 2
        texts.append((PlacedText((text,), Rect(left, below, left + wide, below + high)), SMALL))
        widest = max(widest, left + wide)
    return max(across, widest), below + height - y
