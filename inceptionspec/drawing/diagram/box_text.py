"""The text of the boxes, frames and edges of a diagram."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from inceptionspec.analysis.costs import Cost, total
from inceptionspec.drawing.diagram.boxes import Box
from inceptionspec.drawing.diagram.frames import Frame, Frames
from inceptionspec.drawing.diagram.labels import (
    SEPARATOR,
    cost_text,
    details_text,
    layer_count,
    operator_text,
)
from inceptionspec.ir.graph import Node
from inceptionspec.ops.record import shape_text

LONGEST_RUN = 12
"""A run of layers has at most this many lines."""


def box_lines(
    at: int, boxes: Sequence[Box], counted: Sequence[Node], frames: Frames, costs: Sequence[Cost]
) -> tuple[str, ...]:
    """The lines of a box; its shape is among them only where no edge can show it.

    Args:
        at: the number of the box.
        boxes: all boxes.
        counted: the layers whose number and cost a folded box shows.
        frames: the frames around boxes.
        costs: what each layer costs.
    """
    box = boxes[at]
    if box.kind in ("input", "output"):
        return (box.kind,)
    if box.kind == "block":
        return _folded(counted, frames.by_key[box.key], costs)
    inner = frames.of_node[box.nodes[0].index]
    name = frames.by_key[inner].title if inner != box.frame else ""
    node = box.nodes[0]
    lines = _run(box) if box.kind == "run" else (operator_text(node), details_text(node))
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
        at: shape_text(shapes[at])
        for at, box in enumerate(boxes)
        if at in given or {shapes[source] for source in box.inputs} != {shapes[at]}
    }


def _folded(counted: Sequence[Node], frame: Frame, costs: Sequence[Cost]) -> tuple[str, ...]:
    subtitle = frame.subtitle or (layer_count(len(counted)),)
    return (frame.title, *subtitle, cost_text(total(costs[node.index] for node in counted)))


def _run(box: Box) -> tuple[str, ...]:
    lines = [
        ", ".join(filter(None, (operator_text(node), details_text(node)))) for node in box.nodes
    ]
    if len(lines) > LONGEST_RUN:
        left_out = len(lines) - LONGEST_RUN + 1
        lines = [*lines[: LONGEST_RUN - 2], f"{left_out} more", lines[-1]]
    return tuple(lines)
