"""The text of the boxes, frames and edges of a diagram."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from inceptionspec.analysis.costs import Cost, total
from inceptionspec.drawing.diagram.boxes import Box
from inceptionspec.drawing.diagram.frames import Frame, Frames
from inceptionspec.drawing.diagram.labels import (
    SEPARATOR,
    cost_text,
    details_text,
    epilogue_text,
    layer_count,
    operator_text,
    shown_shape,
)
from inceptionspec.ir.graph import Node

LONGEST_RUN = 12
"""A run of layers has at most this many lines."""

SHORT = 3
"""Brief details of at most so many characters stand in the line of the operator."""


class Words(NamedTuple):
    """Which words boxes have, see ``Options`` and ``Density``."""

    brief: bool = False
    names: bool = False
    activations: bool = False


def box_lines(
    at: int,
    boxes: Sequence[Box],
    counted: Sequence[Node],
    frames: Frames,
    costs: Sequence[Cost],
    words: Words,
) -> tuple[str, ...]:
    """The lines of a box; its shape is among them only where no edge can show it.

    Args:
        at: the number of the box.
        boxes: all boxes.
        counted: the layers whose number and cost a folded box shows.
        frames: the frames around boxes.
        costs: what each layer costs.
        words: what is written of them.
    """
    box = boxes[at]
    if box.kind in ("input", "output"):
        return (box.kind,)
    if box.kind == "junction":
        return ()
    if box.kind == "block":
        return _folded(counted, frames.by_key[box.key], costs, words.brief)
    node = box.nodes[0]
    inner = frames.of_node[node.index]
    is_named = inner != box.frame and (words.names or not words.brief)
    name = frames.by_key[inner].title if inner and is_named else ""
    lines = _run(box, words) if box.kind == "run" else _layer(node, words)
    return tuple(line for line in (name, *lines) if line)


def frame_lines(frame: Frame, one_line: bool) -> tuple[str, ...]:
    """The title of a frame."""
    parts = (frame.title, *frame.subtitle)
    return (f" {SEPARATOR} ".join(parts),) if one_line else parts


def shape_labels(
    boxes: Sequence[Box], counted: Sequence[Sequence[Node]], given: Collection[int] = ()
) -> Mapping[int, str]:
    """The shape that comes out of each box which changes it, or is given."""
    shapes = [nodes[-1].shape for nodes in counted]
    return {
        at: shown_shape(shapes[at])
        for at, box in enumerate(boxes)
        if at in given or {shapes[source] for source in box.inputs} != {shapes[at]}
    }


def _folded(
    counted: Sequence[Node], frame: Frame, costs: Sequence[Cost], brief: bool
) -> tuple[str, ...]:
    """The name of what is folded, what it is, and what it costs."""
    title = (frame.title, *(frame.subtitle or (layer_count(len(counted)),)))
    cost = cost_text(total(costs[node.index] for node in counted))
    cost = f"{cost} each" if frame.stands_for > 1 else cost
    if brief and len(one_line := f" {SEPARATOR} ".join(title)) <= len(cost):
        return (one_line, cost)
    return (*title, cost)


def _layer(node: Node, words: Words) -> tuple[str, ...]:
    name = node.path.rpartition("/")[2] if words.names else ""
    operator, details = operator_text(node, words.brief), details_text(node, words.brief)
    if words.brief and len(details) <= SHORT:
        operator, details = ", ".join(filter(None, (operator, details))), ""
    return (
        "" if name == node.op else name,
        operator,
        details,
        epilogue_text(node) if words.activations else "",
    )


def _run(box: Box, words: Words) -> tuple[str, ...]:
    lines = []
    for node in box.nodes:
        name, *parts = _layer(node, words)
        text = ", ".join(filter(None, parts))
        lines.append(f"{name}: {text}" if name else text)
    if len(lines) > LONGEST_RUN:
        left_out = len(lines) - LONGEST_RUN + 1
        lines = [*lines[: LONGEST_RUN - 2], f"{left_out} more", lines[-1]]
    return tuple(lines)
