"""A network as a picture in points, before it is written as DOT: what is where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from inceptionspec.analysis.costs import Cost, costs
from inceptionspec.drawing.diagram.box_text import box_lines, frame_lines, shape_labels
from inceptionspec.drawing.diagram.boxes import Box, boxes_of, forks_of
from inceptionspec.drawing.diagram.colors import Paint, paint, paint_changes
from inceptionspec.drawing.diagram.comparison_view import Changes, State
from inceptionspec.drawing.diagram.frames import Frames, frames_of
from inceptionspec.drawing.diagram.geometry import FlowRect, Layout, Point
from inceptionspec.drawing.diagram.labels import plain
from inceptionspec.drawing.diagram.layout import Sizes, lay_out
from inceptionspec.drawing.diagram.metrics import room_for
from inceptionspec.drawing.diagram.options import Direction, Options, fold_of
from inceptionspec.drawing.diagram.structure import structure_of
from inceptionspec.drawing.diagram.theme import THEMES, Theme
from inceptionspec.drawing.diagram.view import MOST_READERS, View
from inceptionspec.ir.graph import Graph, Node
from inceptionspec.ops import OPS

TEXT, SMALL = 11.0, 9.0
"""Sizes of text: in boxes and titles of frames; at edges, in titles of branches and legends."""
MARGIN = (16, 10)
"""What a box has more than its text in width and height."""


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
    """

    graph: Graph
    theme: Theme
    direction: Direction
    boxes: tuple[Box, ...]
    rects: tuple[Rect, ...]
    texts: tuple[tuple[str, ...], ...]
    labels: Mapping[int, PlacedText]
    all_frames: Frames
    frames: Mapping[str, tuple[Rect, PlacedText]]
    edges: tuple[Edge, ...]
    paint: Paint


def scene_of(
    view: View,
    options: Options,
    values: Mapping[str, float] | None,
    changes: Changes | None = None,
) -> Scene:
    """Lay out what is drawn of a network and paint it.

    Args:
        values: the numbers of its layers, where colors are numbers.
        changes: of two networks, what is different between them.
    """
    theme, graph = THEMES[options.theme], view.graph
    frames = frames_of(graph, view.calls, view.alike)
    boxes = boxes_of(graph, fold_of(graph, options), frames)
    ends = _mark_ends(boxes, view)
    painted = (
        paint(options.coloring, values, boxes, frames, theme)
        if changes is None
        else paint_changes(boxes, changes, theme)
    )
    read = {source for box in boxes for source in box.inputs}
    counted = [box.nodes if changes is None else _counted(box, changes) for box in boxes]
    shapes = shape_labels(boxes, counted, ends)
    each = costs(graph) if changes is None else _costs_of(graph, changes)
    texts = tuple(
        tuple(
            plain(line)
            for line in (
                *box_lines(at, boxes, counted[at], frames, each),
                *ends.get(at, ()),
                "" if at in read or boxes[at].kind == "output" else shapes.get(at, ""),
                *painted.lines[at],
            )
            if line
        )
        for at in range(len(boxes))
    )
    labels = {at: (text,) for at, text in shapes.items() if at in read}
    held = {key for box in boxes for key in frames.around(box.frame)}
    down = options.direction == "TB"
    # A title has one line next to what the frame holds, or above three or more branches.
    roomy = {key for box in boxes if len(box.inputs) > 2 for key in frames.around(box.frame)}
    titles = {
        key: tuple(map(plain, frame_lines(frames.by_key[key], not down or key in roomy)))
        for key in sorted(held)
    }
    sizes = _sizes(boxes, texts, labels, titles, frames, down)
    layout = lay_out(structure_of(boxes, frames, view.row), sizes)
    placed = _placed(
        graph, theme, options.direction, boxes, texts, labels, frames, titles, painted, layout
    )
    return placed if changes is None else replace(placed, edges=_with_states(placed, changes))


def _with_states(scene: Scene, changes: Changes) -> tuple[Edge, ...]:
    """Edges between boxes are new or gone if all edges in them are."""
    box_of = {node.path: at for at, box in enumerate(scene.boxes) for node in box.nodes}
    states: dict[tuple[int, int], set[State]] = {}
    for (source, to), state in changes.edges.items():
        states.setdefault((box_of[source], box_of[to]), set()).add(state)
    found = []
    for edge in scene.edges:
        inside = states.get((edge.source, edge.to), set())
        found.append(edge._replace(state=next(iter(inside)) if len(inside) == 1 else "kept"))
    return tuple(found)


def _costs_of(graph: Graph, changes: Changes) -> Sequence[Cost]:
    """What each layer costs in the network that has it, in the new one if both do."""
    every = {**changes.before, **changes.after}
    return [every[node.path] for node in graph.nodes]


def _counted(box: Box, changes: Changes) -> Sequence[Node]:
    """The layers of one network in a box that may have layers of both.

    They are those of the new network, or of the old one if the new one has none there.
    """
    return [node for node in box.nodes if node.path in changes.after] or box.nodes


def _mark_ends(boxes: list[Box], view: View) -> Mapping[int, tuple[str, ...]]:
    """Mark where a part begins and ends, and name what is there."""
    if view.output is None:
        return {}
    ends: dict[int, tuple[str, ...]] = {}
    if view.origin:
        boxes[0].kind = "input"
        ends[0] = (f"from {view.origin}",)
    node, readers = view.output
    last = next(
        at for at, box in enumerate(boxes) if node in [member.index for member in box.nodes]
    )
    more = f" and {len(readers) - MOST_READERS} more" if len(readers) > MOST_READERS else ""
    boxes.append(Box(f"{boxes[last].key} output", "output", "", boxes[last].head,
                     [view.graph.nodes[node]], [last]))  # fmt: skip
    ends[len(boxes) - 1] = (f"to {', '.join(readers[:MOST_READERS])}{more}",) if readers else ()
    ends[last] = ()
    return ends


def title_size(key: str, frames: Frames) -> float:
    """The size in which the title of a frame is written."""
    return SMALL if frames.by_key[key].kind == "branch" else TEXT


def _sizes(
    boxes: Sequence[Box],
    texts: Sequence[tuple[str, ...]],
    labels: Mapping[int, tuple[str, ...]],
    titles: Mapping[str, tuple[str, ...]],
    frames: Frames,
    down: bool,
) -> Sizes:
    """The room for everything, along the flow and across it."""

    def oriented(width: float, height: float) -> tuple[float, float]:
        return (height, width) if down else (width, height)

    rooms = []
    for lines in texts:
        width, height = room_for(lines, TEXT)
        rooms.append(oriented(_even(width + MARGIN[0]), _even(height + MARGIN[1])))
    return Sizes(
        boxes=rooms,
        bars=frozenset(at for at, box in enumerate(boxes) if OPS[box.nodes[0].op].role == "merge"),
        labels={at: oriented(*room_for(lines, SMALL)) for at, lines in labels.items()},
        titles={
            key: oriented(*room_for(lines, title_size(key, frames)))
            for key, lines in titles.items()
        },
        side=1 if down else -1,
        title_along=down,
    )


def _even(size: float) -> int:
    """The next even number: the middle of what is as long is a whole number."""
    return int(-(-size // 2) * 2)


def _placed(
    graph: Graph,
    theme: Theme,
    direction: Direction,
    boxes: Sequence[Box],
    texts: tuple[tuple[str, ...], ...],
    labels: Mapping[int, tuple[str, ...]],
    frames: Frames,
    titles: Mapping[str, tuple[str, ...]],
    painted: Paint,
    layout: Layout,
) -> Scene:
    """The layout in the direction of the picture, its corner at (0, 0)."""

    def point(at: Point) -> Point:
        s, t = at[0], at[1] + layout.low
        return (t, s) if direction == "TB" else (s, t)

    def rect(span: FlowRect) -> Rect:
        left, top = point((span.s0, span.t0))
        right, bottom = point((span.s1, span.t1))
        return Rect(left, top, right, bottom)

    forks = forks_of(boxes)
    edges = []
    for route in sorted(layout.routes, key=lambda route: route[:2]):
        inputs = boxes[route.to].inputs
        if inputs:
            source = inputs[route.number]
            shortcut = len(inputs) > 1 and source == forks[route.to]
            way = tuple(map(point, route.points))
            edges.append(Edge(source, route.to, route.number, way, shortcut))
    order = sorted(layout.frames, key=lambda key: (len([*frames.around(key)]), layout.frames[key]))
    return Scene(
        graph,
        theme,
        direction,
        tuple(boxes),
        tuple(rect(layout.boxes[at]) for at in range(len(boxes))),
        texts,
        {at: PlacedText(labels[at], rect(span)) for at, span in layout.labels.items()},
        frames,
        {key: (rect(layout.frames[key]), PlacedText(titles[key], rect(layout.titles[key])))
         for key in order},
        tuple(sorted(edges, key=lambda edge: not edge.shortcut)),
        painted,
    )  # fmt: skip
