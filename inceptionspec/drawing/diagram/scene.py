"""A picture in points, before it is written as DOT: what is where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from inceptionspec.drawing.diagram.boxes import Box
from inceptionspec.drawing.diagram.changes import State
from inceptionspec.drawing.diagram.colors import Paint
from inceptionspec.drawing.diagram.density import Density
from inceptionspec.drawing.diagram.frames import Frames
from inceptionspec.drawing.diagram.geometry import Point
from inceptionspec.drawing.diagram.options import Direction
from inceptionspec.drawing.diagram.theme import Theme
from inceptionspec.ir.graph import Graph


class Rect(NamedTuple):
    """A rectangle in points, y downwards."""

    left: float
    top: float
    right: float
    bottom: float


class PlacedText(NamedTuple):
    """Some lines and the room that they have."""

    lines: tuple[str, ...]
    room: Rect


class Edge(NamedTuple):
    """An edge by its corners, from its start to the tip of its arrow."""

    source: int
    to: int
    number: int
    points: tuple[Point, ...]
    shortcut: bool
    state: State = "kept"


@dataclass(frozen=True, slots=True)
class Scene:
    """What is drawn, without title and legend.

    Attributes:
        boxes: and, in the same order, their ``rects`` and ``texts``.
        labels: the text after some boxes.
        frames: those that hold something, outer ones first, and their titles.
        placed: whether everything has its place; otherwise rectangles tell sizes alone, edges
            have no points, and an engine lays it out.
    """

    graph: Graph
    theme: Theme
    direction: Direction
    density: Density
    boxes: tuple[Box, ...]
    rects: tuple[Rect, ...]
    texts: tuple[tuple[str, ...], ...]
    labels: Mapping[int, PlacedText]
    all_frames: Frames
    frames: Mapping[str, tuple[Rect, PlacedText]]
    edges: tuple[Edge, ...]
    paint: Paint
    placed: bool = True

    @property
    def extent(self) -> Point:
        """How wide and how high all is together."""
        rects = [
            *self.rects,
            *(rect for rect, _ in self.frames.values()),
            *(label.room for label in self.labels.values()),
        ]
        points = [point for edge in self.edges for point in edge.points]
        return (
            max([rect.right for rect in rects] + [point[0] for point in points]),
            max([rect.bottom for rect in rects] + [point[1] for point in points]),
        )


def title_size(key: str, frames: Frames, density: Density) -> float:
    """The size in which the title of a frame is written."""
    return density.small if frames.by_key[key].kind == "branch" else density.text
