"""The title and the legend above a picture."""

from __future__ import annotations

from dataclasses import dataclass

from inceptionspec.drawing.diagram.colors import Paint, Scale
from inceptionspec.drawing.diagram.density import Density
from inceptionspec.drawing.diagram.labels import SEPARATOR, plain
from inceptionspec.drawing.diagram.metrics import room_for
from inceptionspec.drawing.diagram.scene import PlacedText, Rect, Scene
from inceptionspec.drawing.diagram.theme import Theme, along_scale
from inceptionspec.drawing.diagram.view import View

STEPS, STEP = 24, 8
"""Parts of a scale, and how wide each is."""
SWATCH_HEIGHT = 16
NARROWEST = 420
"""A legend is wrapped where it is wider than this and than the picture below it."""


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


def header_of(view: View, scene: Scene, *, title: bool = True, legend: bool = True) -> Header:
    """The header of a picture."""
    wide = max(max(rect.right for rect in scene.rects), NARROWEST)
    return header(view, scene.paint, scene.theme, scene.density, wide, title=title, legend=legend)


def header(
    view: View,
    paint: Paint,
    theme: Theme,
    density: Density,
    wide: float,
    *,
    title: bool = True,
    legend: bool = True,
) -> Header:
    """The header of a picture that is so wide."""
    texts: list[tuple[PlacedText, float]] = []
    swatches: list[tuple[str, Rect, str]] = []
    y = width = 0.0
    lines = [part for line in view.lines for part in _broken(plain(line), density, wide)]
    named = ((view.name, density.title), *((line, density.text) for line in lines))
    for line, size in named if title else ():
        line = plain(line)
        across, height = room_for((line,), size)
        texts.append((PlacedText((line,), Rect(0, y, across, y + height)), size))
        width = max(width, across)
        y += height + 4
    y += 4 if title else 0
    if paint.scale is not None and legend:
        long, high = _scale(paint.scale, theme, density.small, y, texts, swatches)
        width, y = max(width, long), y + high + 6
    if paint.swatches and legend:
        x = 0.0
        high = max(SWATCH_HEIGHT, room_for(("",), density.small)[1] + 5)
        for word, fill in paint.swatches:
            long = room_for((word,), density.small)[0] + 16
            if x and x + long > max(wide, width):
                x, y = 0.0, y + high + 4
            swatches.append((word, Rect(x, y, x + long, y + high), fill))
            x += long + 6
            width = max(width, x - 6)
        y += high + 6
    return Header(width, y + density.below if y else 0.0, tuple(texts), tuple(swatches))


def _broken(line: str, density: Density, wide: float) -> list[str]:
    """A line of the title; where room is dear it is broken if it is wider than the picture."""
    parts = [""]
    for word in line.split(f" {SEPARATOR} "):
        longer = f"{parts[-1]} {SEPARATOR} {word}" if parts[-1] else word
        fits = not density.brief or room_for((longer,), density.text)[0] <= wide
        if fits or not parts[-1]:
            parts[-1] = longer
        else:
            parts.append(word)
    return parts


def _scale(
    scale: Scale,
    theme: Theme,
    small: float,
    y: float,
    texts: list[tuple[PlacedText, float]],
    swatches: list[tuple[str, Rect, str]],
) -> tuple[float, float]:
    """A heat map's scale: what it counts, its fills, and the numbers under it."""
    across, height = room_for((scale.title,), small)
    texts.append((PlacedText((scale.title,), Rect(0, y, across, y + height)), small))
    top = y + height + 4
    for step in range(STEPS):
        fill = along_scale(theme.scale, step / (STEPS - 1))
        swatches.append(("", Rect(step * STEP, top, (step + 1) * STEP, top + 10), fill))
    below, length = top + 12, STEPS * STEP
    widest = 0.0
    for text, share in ((scale.low, 0.0), (scale.middle, 0.5), (scale.high, 1.0)):
        wide, high = room_for((text,), small)
        left = 0.0 if not share else length * share - wide / 2
        texts.append((PlacedText((text,), Rect(left, below, left + wide, below + high)), small))
        widest = max(widest, left + wide)
    return max(across, widest), below + height - y
