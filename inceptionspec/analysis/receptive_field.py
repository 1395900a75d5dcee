"""Receptive fields and strides."""

from __future__ import annotations

from typing import NamedTuple

from inceptionspec.ir.graph import Graph, Node
from inceptionspec.ops import OPS


class Field(NamedTuple):
    """What one output pixel sees of the input, height and width, in pixels.

    ``stride`` is the distance between the fields of neighboring output pixels; None
    where paths of different strides meet.
    """

    size: tuple[int, int]
    stride: tuple[int, int] | None


def receptive_fields(graph: Graph) -> tuple[Field | None, ...]:
    """The field of each node; None from a global pool or a dense layer on.

    It is also None from where on it no longer is a number that every reader of JSON takes:
    beyond 2^53 pixels it says nothing of an image.

    Convention: per axis, the union of the input intervals of all paths, last minus first
    plus 1, with padding ignored and nothing clipped at the edge of the image. With
    padding ignored every interval starts at the same pixel, so that the union is the
    longest.
    """
    fields: list[Field | None] = []
    for node in graph.nodes:
        fields.append(_field(node, fields))
    return tuple(fields)


def _field(node: Node, fields: list[Field | None]) -> Field | None:
    if not node.inputs:
        return Field((1, 1), (1, 1))
    sources = [fields[index] for index in node.inputs]
    window = OPS[node.op].window(node.attributes)
    if window is None or any(source is None for source in sources):
        return None
    known = [source for source in sources if source is not None]
    size = (max(field.size[0] for field in known), max(field.size[1] for field in known))
    stride = known[0].stride if len({field.stride for field in known}) == 1 else None
    if window == (POINT, POINT, POINT):
        return Field(size, stride)
    if stride is None:
        return None
    grown = [
        size[axis] + (window.kernel[axis] - 1) * window.dilation[axis] * stride[axis]
        for axis in (0, 1)
    ]
    far = (stride[0] * window.stride[0], stride[1] * window.stride[1])
    return Field((grown[0], grown[1]), far) if max(*grown, *far) <= LARGEST else None


POINT = (1, 1)
LARGEST = 1 << 53
