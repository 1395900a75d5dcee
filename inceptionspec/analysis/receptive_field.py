"""Receptive fields and strides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from inceptionspec.ir.graph import Graph, Node
from inceptionspec.ops import OPS
from inceptionspec.ops.record import POINTWISE, Window
from inceptionspec.ops.window import padding_pixels

LARGEST = 1 << 53
"""The largest number that every reader of JSON takes; larger fields are left out."""


class Field(NamedTuple):
    """The pixels of the input that one output pixel sees, height and width.

    Attributes:
        first: the first row and column that the output pixel (0, 0) sees. It is negative
            where that pixel sees padding.
        last: the last row and column that it sees.
        strides: the distance between the fields of neighboring output pixels, per axis;
            None on an axis where paths of different strides meet in a single pixel.
    """

    first: tuple[int, int]
    last: tuple[int, int]
    strides: tuple[int | None, int | None]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels: last minus first plus 1."""
        height, width = (self.last[axis] - self.first[axis] + 1 for axis in (0, 1))
        return height, width

    @property
    def stride(self) -> tuple[int, int] | None:
        """Both strides, or None where one is unknown."""
        height, width = self.strides
        return None if height is None or width is None else (height, width)


class _Interval(NamedTuple):
    """A field on one axis."""

    first: int
    last: int
    stride: int | None


def receptive_fields(graph: Graph) -> tuple[Field | None, ...]:
    """The field of each node, in the order of nodes.

    It is None from a global pool or a dense layer on, where paths of different strides
    meet in a map (its pixels see fields of different sizes), and beyond 2^53 pixels.

    Convention: per axis, the union of the intervals of all paths; nothing is clipped at
    the edge of the image, and padding counts as pixels. Where each path's interval starts
    follows its padding. A factor that a product spreads over a map (a gate) sees the whole
    image and is left out. An open side counts as a multiple of every stride.
    """
    fields: list[Field | None] = []
    for node in graph.nodes:
        fields.append(_field(node, graph.nodes, fields))
    return tuple(fields)


def _field(node: Node, nodes: Sequence[Node], fields: Sequence[Field | None]) -> Field | None:
    if not node.inputs:
        return Field((0, 0), (0, 0), (1, 1))
    sides = node.shape[:-1]
    # What has other sides than the result is spread over it.
    sources = [fields[index] for index in node.inputs if nodes[index].shape[:-1] == sides]
    if len(node.inputs) == 1:
        sources = [fields[node.inputs[0]]]
    known = [source for source in sources if source is not None]
    source_shape = nodes[node.inputs[0]].shape
    window = OPS[node.op].window(node.attributes)
    if window is None and source_shape[:2] == node.shape[:2] == (1, 1):
        window = POINTWISE  # the whole of a map of one pixel
    if window is None or len(known) < len(sources):
        return None
    # On an open side the padding is that of a multiple of the stride.
    shape = tuple(
        step if side is None else side
        for side, step in zip(source_shape, (*window.stride, 0), strict=False)
    )
    pads = padding_pixels(node.attributes, shape) if "padding" in node.attributes else None
    axes = []
    for axis in (0, 1):
        met = _union(known, axis, None if len(sides) < 2 else sides[axis])
        grown = None if met is None else _grown(met, window, axis, pads[2 * axis] if pads else 0)
        if grown is None:
            return None
        axes.append(grown)
    height, width = axes
    return Field(
        (height.first, width.first), (height.last, width.last), (height.stride, width.stride)
    )


def _union(fields: Sequence[Field], axis: int, side: int | None) -> _Interval | None:
    """What the first pixel sees through all paths; None where paths of different strides meet."""
    strides = {field.strides[axis] for field in fields}
    if len(strides) > 1 and side != 1:
        return None
    return _Interval(
        min(field.first[axis] for field in fields),
        max(field.last[axis] for field in fields),
        strides.pop() if len(strides) == 1 else None,
    )


def _grown(source: _Interval, window: Window, axis: int, before: int) -> _Interval | None:
    """A field after a window, with some pixels of padding before the map."""
    after = (window.kernel[axis] - 1) * window.dilation[axis] - before
    if source.stride is None:
        return source if before == after == 0 else None
    grown = _Interval(
        source.first - before * source.stride,
        source.last + after * source.stride,
        source.stride * window.stride[axis],
    )
    largest = max(grown.last - grown.first + 1, source.stride * window.stride[axis])
    return grown if largest <= LARGEST else None
