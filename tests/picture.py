"""An SVG as geometry: what nodes, frames, edges and their texts cover."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from inceptionspec.backends.diagram.identity import Drawn, drawn
from inceptionspec.backends.diagram.metrics import text_width

SVG = "{http://www.w3.org/2000/svg}"
WIDER = 1.12
"""How much wider than Helvetica the fonts may be that are shown in its place."""
Point = tuple[float, float]


class Box(NamedTuple):
    """A rectangle, y downwards."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> Point:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def overlaps(self, other: Box) -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def holds(self, other: Box, slack: float = 0.01) -> bool:
        return (
            self.left <= other.left + slack
            and other.right <= self.right + slack
            and self.top <= other.top + slack
            and other.bottom <= self.bottom + slack
        )

    def shrunk(self, by: float) -> Box:
        return Box(self.left + by, self.top + by, self.right - by, self.bottom - by)

    def touches(self, point: Point, slack: float) -> bool:
        return self.shrunk(-slack).left <= point[0] <= self.shrunk(-slack).right and (
            self.shrunk(-slack).top <= point[1] <= self.shrunk(-slack).bottom
        )


@dataclass
class Shape:
    """A node or a frame."""

    id: str
    name: str
    box: Box
    texts: list[Box]
    words: list[str]
    of: Drawn | None


@dataclass
class Line:
    """An edge: its way as points close to each other, the tip of its arrow, its label."""

    id: str
    of: Drawn | None
    source: str
    to: str
    points: list[Point]
    tip: Point
    labels: list[Box]
    words: list[str]

    def crosses(self, box: Box) -> bool:
        """Whether the line runs through the inside of a box."""
        inner = box.shrunk(0.4)
        return any(_meets(one, other, inner) for one, other in pairwise([*self.points, self.tip]))


@dataclass
class Picture:
    """A whole SVG. Nodes by name, frames by the key after `cluster `."""

    nodes: dict[str, Shape] = field(default_factory=dict)
    frames: dict[str, Shape] = field(default_factory=dict)
    legend: list[Shape] = field(default_factory=list)
    edges: list[Line] = field(default_factory=list)


def read(svg: str) -> Picture:
    """The geometry of an SVG that an engine wrote."""
    picture = Picture()
    for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        kinds = (group.get("class") or "").split()
        name = group.findtext(f"{SVG}title", "")
        if "edge" in kinds:
            picture.edges.append(_line(group, name))
        elif "node" in kinds or "cluster" in kinds:
            shape = _shape(group, name)
            if {"title", "legend"} & set(kinds):
                picture.legend.append(shape)
            elif "node" in kinds:
                picture.nodes[name] = shape
            else:
                picture.frames[name.removeprefix("cluster ")] = shape
    return picture


def _shape(group: ElementTree.Element, name: str) -> Shape:
    texts = group.findall(f"{SVG}text")
    outline = group.find(f"{SVG}path")
    polygon = group.find(f"{SVG}polygon")
    if outline is not None:
        box = _bounds(_numbers(outline.get("d", "")))
    elif polygon is not None:
        box = _bounds(_numbers(polygon.get("points", "")))
    else:
        box = _bounds([number for text in texts for number in _text_box(text)])
    return Shape(
        group.get("id", ""),
        name,
        box,
        [_text_box(text) for text in texts],
        [_words(text) for text in texts],
        drawn(group.get("id", "")),
    )


def _line(group: ElementTree.Element, name: str) -> Line:
    path, arrow = group.find(f"{SVG}path"), group.find(f"{SVG}polygon")
    assert path is not None
    assert arrow is not None
    source, _, to = name.partition("->")
    numbers = _numbers(path.get("d", ""))
    controls = list(zip(numbers[::2], numbers[1::2], strict=True))
    head = _numbers(arrow.get("points", ""))
    texts = group.findall(f"{SVG}text")
    return Line(
        group.get("id", ""),
        drawn(group.get("id", "")),
        source,
        to,
        list(_curve(controls)),
        (head[2], head[3]),
        [_text_box(text) for text in texts],
        [_words(text) for text in texts],
    )


def _curve(controls: Sequence[Point]) -> Iterator[Point]:
    """Points on a chain of cubic Bezier curves."""
    yield controls[0]
    for place in range(0, len(controls) - 1, 3):
        a, b, c, d = controls[place : place + 4]
        for step in range(1, 7):
            t = step / 6
            u = 1 - t
            yield (
                u**3 * a[0] + 3 * u * u * t * b[0] + 3 * u * t * t * c[0] + t**3 * d[0],
                u**3 * a[1] + 3 * u * u * t * b[1] + 3 * u * t * t * c[1] + t**3 * d[1],
            )


def _numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", text)]


def _bounds(numbers: Sequence[float]) -> Box:
    xs, ys = numbers[::2], numbers[1::2]
    return Box(min(xs), min(ys), max(xs), max(ys))


def _words(text: ElementTree.Element) -> str:
    return (text.text or "").replace("\xa0", " ")


def _text_box(text: ElementTree.Element) -> Box:
    size, x, y = (float(text.get(key, 0)) for key in ("font-size", "x", "y"))
    width = text_width(_words(text), size) * WIDER
    left = {"start": x, "middle": x - width / 2, "end": x - width}[text.get("text-anchor", "")]
    return Box(left, y - 0.74 * size, left + width, y + 0.22 * size)


def _meets(one: Point, other: Point, box: Box) -> bool:
    """Whether a straight line meets a box (Liang and Barsky, 1984)."""
    if max(one[0], other[0]) <= box.left or min(one[0], other[0]) >= box.right:
        return False
    if max(one[1], other[1]) <= box.top or min(one[1], other[1]) >= box.bottom:
        return False
    low, high = 0.0, 1.0
    dx, dy = other[0] - one[0], other[1] - one[1]
    for delta, to_low, to_high in (
        (dx, box.left - one[0], box.right - one[0]),
        (dy, box.top - one[1], box.bottom - one[1]),
    ):
        if delta == 0:
            if to_low > 0 or to_high < 0:
                return False
            continue
        first, second = sorted((to_low / delta, to_high / delta))
        low, high = max(low, first), min(high, second)
    return low < high
