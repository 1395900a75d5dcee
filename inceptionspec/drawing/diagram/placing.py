"""A plan to a scene: everything gets its place, in one line or several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from inceptionspec.drawing.diagram.boxes import Box, forks_of
from inceptionspec.drawing.diagram.changes import Changes
from inceptionspec.drawing.diagram.comparison_boxes import edge_sides
from inceptionspec.drawing.diagram.density import ROOMY
from inceptionspec.drawing.diagram.geometry import FlowRect, Layout, Point
from inceptionspec.drawing.diagram.layout import Sizes, lay_out
from inceptionspec.drawing.diagram.options import Options
from inceptionspec.drawing.diagram.plan import Plan, box_room, plan_of
from inceptionspec.drawing.diagram.scene import Edge, PlacedText, Rect, Scene
from inceptionspec.drawing.diagram.skips import with_lanes
from inceptionspec.drawing.diagram.structure import Structure
from inceptionspec.drawing.diagram.view import View
from inceptionspec.drawing.diagram.wrapping import tear, wrapped


def scene_of(view: View, options: Options, values: Mapping[str, float] | None) -> Scene:
    """Lay out what is drawn of a network and paint it.

    Args:
        values: the numbers of its layers, where colors are numbers.
    """
    return place(plan_of(view, options, ROOMY, values), options.wrap)


def place(plan: Plan, lines: int = 1) -> Scene:
    """The picture of a plan with its trunk in at most so many lines.

    A plan is placed once: frames that are torn are changed in it.
    """
    scene = _scene(plan, lines)
    if plan.changes is None:
        return scene
    return replace(scene, edges=_with_states(scene, plan.changes))


def _scene(plan: Plan, lines: int) -> Scene:
    structure, sizes, titles = plan.structure, plan.sizes, dict(plan.titles)
    if structure is None or (structure.skips and lines > 1):
        return _unplaced(plan)
    if lines > 1:
        structure, torn = wrapped(structure, sizes, plan.boxes, plan.frames, lines)
        tear(structure, torn, plan.boxes, plan.frames)
        titles |= {new: titles[old] for new, old in torn.items()}
        rooms = dict(sizes.titles) | {new: sizes.titles[old] for new, old in torn.items()}
        sizes = replace(sizes, titles=rooms)
    layout = arranged(structure, sizes, plan.boxes)
    return _unplaced(plan) if layout is None else _placed(replace(plan, titles=titles), layout)


def arranged(structure: Structure, sizes: Sizes, boxes: Sequence[Box]) -> Layout | None:
    """The layout of a structure with all its edges; None where one has no way."""
    layout = lay_out(structure, sizes)
    if not structure.skips:
        return layout
    inputs = {at: boxes[at].inputs for at, _ in structure.skips}
    return with_lanes(layout, structure.skips, inputs, sizes.space.lane, -sizes.side)


def _with_states(scene: Scene, changes: Changes) -> tuple[Edge, ...]:
    """Edges with whose they are."""
    ends = [(edge.source, edge.to, edge.number) for edge in scene.edges]
    sides = edge_sides(ends, scene.boxes, scene.graph, changes)
    return tuple(edge._replace(state=side) for edge, side in zip(scene.edges, sides, strict=True))


def _unplaced(plan: Plan) -> Scene:
    """What an engine is to lay out: boxes of the same size, and which reads which."""
    nowhere = Rect(0, 0, 0, 0)
    forks = forks_of(plan.boxes)
    edges = [
        Edge(source, at, number, (), len(box.inputs) > 1 and source == forks[at])
        for at, box in enumerate(plan.boxes)
        for number, source in enumerate(box.inputs)
    ]
    return Scene(
        plan.graph,
        plan.theme,
        plan.direction,
        plan.density,
        plan.boxes,
        tuple(Rect(0, 0, *box_room(lines, plan.density)) for lines in plan.texts),
        plan.texts,
        {at: PlacedText((plan.shapes[at],), nowhere) for at in sorted(plan.sizes.labels)},
        plan.frames,
        {
            key: (nowhere, PlacedText(plan.titles[key], nowhere))
            for key in sorted(plan.titles, key=lambda key: len([*plan.frames.around(key)]))
        },
        tuple(edges),
        plan.paint,
        placed=False,
    )


def _placed(plan: Plan, layout: Layout) -> Scene:
    """The layout in the direction of the picture, its corner at (0, 0)."""

    def point(at: Point) -> Point:
        s, t = at[0], at[1] + layout.low
        return (t, s) if plan.direction == "TB" else (s, t)

    def rect(span: FlowRect) -> Rect:
        left, top = point((span.s0, span.t0))
        right, bottom = point((span.s1, span.t1))
        return Rect(left, top, right, bottom)

    boxes, frames = plan.boxes, plan.frames
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
        plan.graph,
        plan.theme,
        plan.direction,
        plan.density,
        boxes,
        tuple(rect(layout.boxes[at]) for at in range(len(boxes))),
        plan.texts,
        {at: PlacedText((plan.shapes[at],), rect(span)) for at, span in layout.labels.items()},
        frames,
        {key: (rect(layout.frames[key]), PlacedText(plan.titles[key], rect(layout.titles[key])))
         for key in order},
        tuple(sorted(edges, key=lambda edge: not edge.shortcut)),
        plan.paint,
    )  # fmt: skip
