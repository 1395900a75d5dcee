"""An SVG as geometry: what nodes, frames, edges and their texts cover."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from typing import NamedTuple

from inceptionspec.drawing.diagram.element_ids import Drawn, drawn
from inceptionspec.drawing.diagram.metrics import text_width

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
        name = group.findtext(f"{SVG}title", "") or group.get("id", "")
        if "edge" in kinds:
            picture.edges.append(_line(group, name))
        elif "node" in kinds or "cluster" in kinds:
            shape = _shape(group, name)
            if {"title", "legend"} & set(kinds):
                picture.legend.append(shape)
            elif "node" in kinds:
                picture.nodes[name] = shape
            else:
                # Pieces of a frame have one name.
                picture.frames[name if name not in picture.frames else shape.id] = shape
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


# What can be wrong


def faults(picture: Picture) -> Iterator[tuple[str, object]]:
    """Everything that is not as it should be: what kind of fault, and where."""
    yield from _overlaps(picture)
    yield from _texts(picture)
    yield from _nesting(picture)
    yield from _edges(picture)


def _overlaps(picture: Picture) -> Iterator[tuple[str, object]]:
    solid = [*picture.nodes.values(), *picture.legend]
    solid.sort(key=lambda shape: shape.box.top)
    for place, one in enumerate(solid):
        for other in solid[place + 1 :]:
            if other.box.top >= one.box.bottom:
                break
            bare = "legend" in one.name and "legend" in other.name
            if one.box.shrunk(0.01 if bare else 0).overlaps(other.box):
                yield "nodes overlap", (one.name, other.name)


def _texts(picture: Picture) -> Iterator[tuple[str, object]]:
    for shape in (*picture.nodes.values(), *picture.frames.values()):
        for text in shape.texts:
            if not shape.box.holds(text):
                yield "a text leaves its box", shape.name
    labels = list(_loose_texts(picture))
    nodes = list(picture.nodes.values())
    for place, (name, label) in enumerate(labels):
        yield from (
            ("a label lies on a node", (name, node.name))
            for node in nodes
            if label.overlaps(node.box)
        )
        yield from (
            ("two labels overlap", (name, other))
            for other, box in labels[place + 1 :]
            if label.overlaps(box)
        )
        for frame in picture.frames.values():
            if label.overlaps(frame.box) and not frame.box.holds(label):
                yield "a label lies on the border of a frame", (name, frame.name)


def _loose_texts(picture: Picture) -> Iterator[tuple[str, Box]]:
    """Labels of edges and titles of frames."""
    for edge in picture.edges:
        for label in edge.labels:
            yield f"{edge.source}->{edge.to}", label
    for frame in picture.frames.values():
        for text in frame.texts:
            yield frame.name, text


def _nesting(picture: Picture) -> Iterator[tuple[str, object]]:
    for one, other in combinations(picture.frames.values(), 2):
        nested = one.box.holds(other.box) or other.box.holds(one.box)
        if one.box.overlaps(other.box) and not nested:
            yield "frames overlap", (one.name, other.name)
    for node in picture.nodes.values():
        for frame in picture.frames.values():
            if frame.box.overlaps(node.box) and not frame.box.holds(node.box):
                yield "a node lies on the border of a frame", (node.name, frame.name)


def _edges(picture: Picture) -> Iterator[tuple[str, object]]:
    labels = list(_loose_texts(picture))
    for edge in picture.edges:
        ends = picture.nodes[edge.source], picture.nodes[edge.to]
        way = _reach(edge)
        yield from _hangs(edge, *ends)
        for node in picture.nodes.values():
            if node not in ends and way.overlaps(node.box) and edge.crosses(node.box):
                yield "an edge crosses a node", (edge.id, node.name)
        for frame in picture.frames.values():
            foreign = not any(frame.box.holds(end.box) for end in ends)
            if foreign and way.overlaps(frame.box) and edge.crosses(frame.box):
                yield "an edge crosses a foreign frame", (edge.id, frame.name)
        for name, label in labels:
            if way.overlaps(label) and edge.crosses(label):
                yield "an edge crosses a label", (edge.id, name)


def _hangs(edge: Line, source: Shape, to: Shape) -> Iterator[tuple[str, object]]:
    """Whether an edge starts at one node and ends at the other."""
    if not source.box.touches(edge.points[0], 0.5) or source.box.shrunk(1).touches(
        edge.points[0], 0
    ):
        yield "an edge does not start at its node", edge.id
    if not to.box.touches(edge.tip, 2) or to.box.shrunk(1).touches(edge.tip, 0):
        yield "an edge does not end at its node", edge.id


def _reach(edge: Line) -> Box:
    xs = [x for x, _ in (*edge.points, edge.tip)]
    ys = [y for _, y in (*edge.points, edge.tip)]
    return Box(min(xs) - 0.1, min(ys) - 0.1, max(xs) + 0.1, max(ys) + 0.1)
