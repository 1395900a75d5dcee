"""Parts of a picture while they are laid out.

Coordinates are along the flow (``s``) and across it (``t``), so that one layout serves both
directions. The trunk of every layout runs along t = 0 and enters at s = 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

Point = tuple[float, float]


class FlowRect(NamedTuple):
    """A rectangle: from and to along the flow, from and to across it."""

    s0: float
    s1: float
    t0: float
    t1: float

    def moved(self, s: float, t: float) -> FlowRect:
        """The same at another place."""
        return FlowRect(self.s0 + s, self.s1 + s, self.t0 + t, self.t1 + t)


class Route(NamedTuple):
    """The corners of an edge from start to end, and which input of which box it is."""

    to: int
    number: int
    points: tuple[Point, ...]

    def moved(self, s: float, t: float) -> Route:
        """The same at another place."""
        return Route(self.to, self.number, moved(self.points, s, t))

    def after(self, *points: Point) -> Route:
        """The same with other points before its own."""
        return Route(self.to, self.number, (*points, *self.points))


class Tap(NamedTuple):
    """The way from a box to a head so far: it ends at the far side of its layout."""

    head: int
    points: tuple[Point, ...]

    def moved(self, s: float, t: float) -> Tap:
        """The same at another place."""
        return Tap(self.head, moved(self.points, s, t))


def moved(points: Sequence[Point], s: float, t: float) -> tuple[Point, ...]:
    """The points at another place."""
    return tuple((point[0] + s, point[1] + t) for point in points)


@dataclass(slots=True)
class Layout:
    """What has been laid out so far, around its own trunk.

    Attributes:
        along: its length; ``low`` and ``high`` how far it reaches to both sides.
        exit: the box that it ends in, and where that box ends.
        boxes, frames, titles, labels: their places, by number or key.
        routes: edges with both ends in it; ``entries`` those that come in at (0, 0).
        taps: ways to heads that start in it.
    """

    along: float
    low: float
    high: float
    exit: int
    exit_end: float
    boxes: dict[int, FlowRect] = field(default_factory=dict)
    frames: dict[str, FlowRect] = field(default_factory=dict)
    titles: dict[str, FlowRect] = field(default_factory=dict)
    labels: dict[int, FlowRect] = field(default_factory=dict)
    routes: list[Route] = field(default_factory=list)
    entries: list[Route] = field(default_factory=list)
    taps: list[Tap] = field(default_factory=list)

    def take(self, other: Layout, s: float, t: float) -> None:
        """Add everything in another layout at a place; the caller keeps its entries."""
        self.frames |= {key: span.moved(s, t) for key, span in other.frames.items()}
        self.boxes |= {key: span.moved(s, t) for key, span in other.boxes.items()}
        self.titles |= {key: span.moved(s, t) for key, span in other.titles.items()}
        self.labels |= {key: span.moved(s, t) for key, span in other.labels.items()}
        self.routes += [route.moved(s, t) for route in other.routes]
