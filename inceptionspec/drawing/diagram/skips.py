"""Edges over other boxes, as `from` makes them: what is left without them, and their lanes.

A network whose boxes are no rows and branches may be one that has some edges more, as a U-Net
is. The rest is laid out, and each of those edges goes in a lane next to all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from inceptionspec.drawing.diagram.boxes import Box
from inceptionspec.drawing.diagram.geometry import FlowRect, Layout, Route

MOST = 60
"""Networks with more edges between branches are left to another layout."""

Ends = tuple[int, int]
"""A box, and which of its inputs."""


def without_skips(
    boxes: Sequence[Box], is_nested: Callable[[Sequence[Box]], bool]
) -> tuple[list[Box], tuple[Ends, ...]] | None:
    """Boxes that are nested without some of their inputs, and those; the longest go first.

    Args:
        is_nested: whether boxes are rows and branches.
    """
    several = [at for at, box in enumerate(boxes) if len(box.inputs) > 1]
    ends = [(at, number) for at in several for number in range(len(boxes[at].inputs))]
    ends.sort(key=lambda end: _span(boxes, end), reverse=True)
    if len(ends) > MOST:
        return None
    gone: list[Ends] = []
    left = list(boxes)
    while not is_nested(left):
        one = next((end for end in ends if len(left[end[0]].inputs) > 1), None)
        if one is None:
            return None
        ends.remove(one)
        gone.append(one)
        left = _without(boxes, gone)
    for one in reversed(gone):  # those that were in nobody's way
        fewer = [end for end in gone if end != one]
        if is_nested(_without(boxes, fewer)):
            gone = fewer
    return _without(boxes, gone), tuple(gone)


def _span(boxes: Sequence[Box], end: Ends) -> int:
    return end[0] - boxes[end[0]].inputs[end[1]]


def _without(boxes: Sequence[Box], gone: Sequence[Ends]) -> list[Box]:
    left = list(boxes)
    for at in {at for at, _ in gone}:
        kept = [
            source for number, source in enumerate(boxes[at].inputs) if (at, number) not in gone
        ]
        left[at] = replace(boxes[at], inputs=kept)
    return left


def with_lanes(
    layout: Layout,
    skips: Sequence[Ends],
    inputs: Mapping[int, Sequence[int]],
    lane: float,
    side: int,
) -> Layout | None:
    """A layout with the edges that were left out, or None where one would cross a thing.

    Args:
        skips: the edges; their numbers, and those of all routes then, count all inputs.
        inputs: of each box that has such an edge.
        lane: between two edges.
        side: on which side of all that is there they go, the low one (-1) or the high one (1).
    """
    numbers = {
        at: [number for number in range(len(inputs[at])) if (at, number) not in skips]
        for at, _ in skips
    }
    layout.routes = [
        route._replace(number=numbers[route.to][route.number]) if route.to in numbers else route
        for route in layout.routes
    ]
    ways = [(inputs[at][number], at, number) for at, number in skips]
    touching = [*((to, 0, way) for way, (_, to, _) in enumerate(ways)),
                *((source, 1, way) for way, (source, _, _) in enumerate(ways))]  # fmt: skip
    at_box = {
        box: sorted(end for end in touching if end[0] == box)
        for box in {end[0] for end in touching}
    }

    def place(end: tuple[int, int, int]) -> float:
        """Where an edge meets its box: those that come in before those that leave."""
        box, others = layout.boxes[end[0]], at_box[end[0]]
        return box.s0 + (box.s1 - box.s0) * (others.index(end) + 1) / (len(others) + 1)

    taken: list[list[tuple[float, float]]] = []
    routes = []
    order = sorted(range(len(ways)), key=lambda way: ways[way][1] - ways[way][0])
    for way in order:
        source, to, number = ways[way]
        start, end = place((source, 1, way)), place((to, 0, way))
        if _meets(layout, source, start, side) or _meets(layout, to, end, side):
            return None
        level = next(
            (
                level
                for level, spans in enumerate(taken)
                if all(end < low or start > high for low, high in spans)
            ),
            len(taken),
        )
        taken[level:] = taken[level:] or [[]]
        taken[level].append((start, end))
        beside = side * ((layout.high if side > 0 else layout.low) + lane * (level + 1))
        from_, into = _border(layout.boxes[source], side), _border(layout.boxes[to], side)
        routes.append(
            Route(to, number, ((start, from_), (start, beside), (end, beside), (end, into)))
        )
    layout.routes += routes
    if side > 0:
        layout.high += lane * len(taken)
    else:
        layout.low += lane * len(taken)
    return layout


def _border(box: FlowRect, side: int) -> float:
    return box.t1 if side > 0 else box.t0


def _meets(layout: Layout, box: int, s: float, side: int) -> bool:
    """Whether a line from the side of a box to the lanes would cross what is not its own."""
    own = layout.boxes[box]
    frames = [rect for rect in layout.frames.values() if not _holds(rect, own)]
    others = [rect for at, rect in layout.boxes.items() if at != box]
    texts = [*layout.titles.values(), *layout.labels.values()]
    return any(
        rect.s0 - 1 < s < rect.s1 + 1 and side * _border(rect, side) > side * _border(own, side)
        for rect in (*frames, *others, *texts)
    )


def _holds(frame: FlowRect, box: FlowRect) -> bool:
    return frame.s0 <= box.s0 and box.s1 <= frame.s1 and frame.t0 <= box.t0 and box.t1 <= frame.t1
