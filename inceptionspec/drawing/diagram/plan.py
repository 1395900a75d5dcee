"""What is drawn of a network and how much room it takes, before it has a place."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from inceptionspec.analysis.costs import costs
from inceptionspec.drawing.diagram.box_text import Words, box_lines, frame_lines, shape_labels
from inceptionspec.drawing.diagram.boxes import Box, boxes_of, drop_frames_of_branches
from inceptionspec.drawing.diagram.changes import Changes
from inceptionspec.drawing.diagram.colors import Paint, paint, paint_changes
from inceptionspec.drawing.diagram.comparison_boxes import (
    costs_of,
    counted_nodes,
    join_ways,
    mark_frames,
    marked,
)
from inceptionspec.drawing.diagram.density import Density
from inceptionspec.drawing.diagram.frames import Frames, frames_of
from inceptionspec.drawing.diagram.labels import SEPARATOR, plain
from inceptionspec.drawing.diagram.layout import Sizes
from inceptionspec.drawing.diagram.metrics import room_for
from inceptionspec.drawing.diagram.options import Direction, Options, fold_of
from inceptionspec.drawing.diagram.scene import title_size
from inceptionspec.drawing.diagram.structure import Structure, rows_of
from inceptionspec.drawing.diagram.theme import THEMES, Theme
from inceptionspec.drawing.diagram.view import MOST_READERS, View
from inceptionspec.ir.graph import Graph
from inceptionspec.ops import OPS

LONGEST_TITLE = 26
"""The most characters of a brief title in one line."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is drawn, and its sizes.

    Attributes:
        boxes: and, in the same order, their ``texts``.
        shapes: the shape after each box; ``sizes`` says which are always written.
        titles: of frames that hold something.
        structure: the rows of the network; None where it has none.
        changes: of two networks, what is different between them.
    """

    graph: Graph
    theme: Theme
    direction: Direction
    density: Density
    boxes: tuple[Box, ...]
    texts: tuple[tuple[str, ...], ...]
    shapes: Mapping[int, str]
    frames: Frames
    titles: Mapping[str, tuple[str, ...]]
    paint: Paint
    sizes: Sizes
    structure: Structure | None
    changes: Changes | None


def plan_of(
    view: View,
    options: Options,
    density: Density,
    values: Mapping[str, float] | None,
) -> Plan:
    """What is drawn of a network, painted.

    Args:
        values: the numbers of its layers, where colors are numbers.
    """
    theme, graph, changes = THEMES[options.theme], view.graph, view.changes
    frames = frames_of(graph, view.calls, view.alike)
    boxes = boxes_of(graph, fold_of(graph, options), frames, changes.states if changes else {})
    if changes is not None:
        boxes = join_ways(boxes, changes)
        mark_frames(boxes, frames, changes)
    if density.brief:
        drop_frames_of_branches(boxes, frames)
    ends = _mark_ends(boxes, view)
    painted = (
        paint(options.coloring, values, boxes, frames, view.definitions, theme)
        if changes is None
        else paint_changes(boxes, frames, changes, theme)
    )
    read = {source for box in boxes for source in box.inputs}
    counted = [box.nodes if changes is None else counted_nodes(box, changes) for box in boxes]
    every = shape_labels(boxes, counted, range(len(boxes)))
    shapes = shape_labels(boxes, counted, ends)
    if density.brief:
        outer = _outside_blocks(boxes, frames)
        shapes = {at: text for at, text in shapes.items() if at in outer or at not in read}
    each = costs(graph) if changes is None else costs_of(graph, changes)
    words = Words(density.brief, options.names, options.activations)
    texts = tuple(
        tuple(
            plain(line)
            for line in (
                *box_lines(at, boxes, counted[at], frames, each, words),
                *ends.get(at, ()),
                "" if at in read or boxes[at].kind == "output" else shapes.get(at, ""),
                *painted.lines[at],
            )
            if line
        )
        for at in range(len(boxes))
    )
    if changes is not None:
        texts = tuple(marked(lines, box, changes) for lines, box in zip(texts, boxes, strict=True))
    held = {key for box in boxes for key in frames.around(box.frame)}
    direction = options.direction or "TB"
    down = direction == "TB"
    # A title has one line next to what the frame holds, or above three or more branches.
    roomy = {key for box in boxes if len(box.inputs) > 2 for key in frames.around(box.frame)}
    titles = {
        key: tuple(map(plain, _title(key, frames, not down or key in roomy, down, density)))
        for key in sorted(held)
    }
    labeled = {at for at in shapes if at in read}
    return Plan(
        graph,
        theme,
        direction,
        density,
        tuple(boxes),
        texts,
        every,
        frames,
        titles,
        painted,
        _sizes(boxes, texts, every, labeled, titles, frames, density, down),
        rows_of(boxes, frames, view.row, compared=changes is not None),
        changes,
    )


def _title(
    key: str, frames: Frames, one_line: bool, down: bool, density: Density
) -> tuple[str, ...]:
    """The title of a frame; one that is brief makes no frame larger than what it may hold."""
    frame = frames.by_key[key]
    lines = frame_lines(frame, one_line)
    if not density.brief:
        return lines
    around = frames.by_key[frame.parent].subtitle if frame.parent else ()
    if frame.definition and any(line.endswith(f" {frame.definition}") for line in around):
        return (frame.title,)  # the repeat around it says what it calls, and how often
    if one_line and len(lines[0]) <= LONGEST_TITLE:
        return lines
    name, *rest = frame_lines(frame, False)
    if down and frame.kind == "head":
        return (name, *rest)
    return (name, f" {SEPARATOR} ".join(rest)) if rest else (name,)


def _outside_blocks(boxes: Sequence[Box], frames: Frames) -> set[int]:
    """The boxes that end a block or are in none."""

    def block(box: Box) -> str:
        *_, outermost = (
            "",
            *(key for key in frames.around(box.frame) if frames.by_key[key].kind != "group"),
        )
        return outermost

    return {
        source
        for box in boxes
        for source in box.inputs
        if not block(boxes[source]) or block(boxes[source]) != block(box)
    }


def _mark_ends(boxes: list[Box], view: View) -> Mapping[int, tuple[str, ...]]:
    """Mark where a part begins and ends, and name what is there."""
    if not view.ends:
        return {}
    ends: dict[int, tuple[str, ...]] = {}
    for number, origin in enumerate(view.origins):
        boxes[number].kind, boxes[number].frame = "input", ""
        ends[number] = (f"from {origin}",)
    readers, chosen = view.readers, set(view.ends)
    last = [
        at
        for at, box in enumerate(boxes)
        if not chosen.isdisjoint(node.index for node in box.nodes)
    ]
    more = f" and {len(readers) - MOST_READERS} more" if len(readers) > MOST_READERS else ""
    boxes.append(Box(f"{boxes[last[-1]].key} output", "output", "", boxes[last[-1]].head,
                     [view.graph.nodes[view.ends[-1]]], last))  # fmt: skip
    ends[len(boxes) - 1] = (f"to {', '.join(readers[:MOST_READERS])}{more}",) if readers else ()
    return ends | dict.fromkeys(last, ())


def _sizes(
    boxes: Sequence[Box],
    texts: Sequence[tuple[str, ...]],
    shapes: Mapping[int, str],
    labeled: Collection[int],
    titles: Mapping[str, tuple[str, ...]],
    frames: Frames,
    density: Density,
    down: bool,
) -> Sizes:
    """The room for everything, along the flow and across it."""

    def oriented(width: float, height: float) -> tuple[float, float]:
        return (height, width) if down else (width, height)

    rooms = []
    for lines in texts:
        rooms.append(oriented(*box_room(lines, density)))
    after = {at: oriented(*room_for((text,), density.small)) for at, text in shapes.items()}
    return Sizes(
        boxes=rooms,
        bars=frozenset(at for at, box in enumerate(boxes) if OPS[box.nodes[0].op].role == "merge"),
        labels={at: after[at] for at in labeled},
        shapes=after,
        titles={
            key: oriented(*room_for(lines, title_size(key, frames, density)))
            for key, lines in titles.items()
        },
        side=1 if down else -1,
        title_along=down,
        alike=down or not density.brief,
        space=density.space,
    )


def box_room(lines: tuple[str, ...], density: Density) -> tuple[int, int]:
    """Width and height of a box with some lines."""
    width, height = room_for(lines, density.text)
    return _even(width + density.margin[0]), _even(height + density.margin[1])


def _even(size: float) -> int:
    """The next even number: the middle of what is as long is a whole number."""
    return int(-(-size // 2) * 2)
