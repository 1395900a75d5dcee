"""Layouts: from the shape that a program stores a weight in to TensorFlow's."""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

from inceptionspec.ir.graph import Graph, Node
from inceptionspec.weights.naming.scheme import Layout

Shape = tuple[int, ...]

TRANSPOSED, RESHAPED = "transposed", "reshaped"


class Arrangement(NamedTuple):
    """How the axes of an array are put in order: first a shape, then axes, then a shape.

    What is None changes nothing.
    """

    first: Shape | None = None
    axes: tuple[int, ...] | None = None
    last: Shape | None = None

    @property
    def conversions(self) -> tuple[str, ...]:
        """What it does, in words."""
        transposed = (TRANSPOSED,) if self.axes is not None else ()
        return transposed + ((RESHAPED,) if self.first or self.last else ())

    def apply(self, array: Any) -> Any:
        """The array in order; a view where that is possible."""
        if self.first is not None:
            array = array.reshape(self.first)
        if self.axes is not None:
            array = array.transpose(self.axes)
        return array if self.last is None else array.reshape(self.last)


AS_IT_IS = Arrangement()
_OIHW = (2, 3, 1, 0)
_CMHW = (2, 3, 0, 1)


def arrangement(
    layout: Layout, node: Node, weight: str, stored: Shape, wanted: Shape, graph: Graph
) -> Arrangement | None:
    """How a stored array becomes a weight; None where its shape is of another weight.

    A dense layer and a convolution of 1x1 hold the same numbers.

    Args:
        layout: of the program that stored it.
        node: the layer.
        weight: its weight's name.
        stored: the shape in the file.
        wanted: the shape that the weight has here.
        graph: the network, for what a dense layer flattens.
    """
    if "norm" not in node.attributes:  # numbers for each channel, with any sides of 1
        alike = [side for side in stored if side != 1] == [side for side in wanted if side != 1]
        return AS_IT_IS if stored == wanted else Arrangement(last=wanted) if alike else None
    if len(wanted) == 1:
        return AS_IT_IS if stored == wanted else None
    found = _torch if _outputs_first(layout, stored) else _tensorflow
    return found(node, weight, stored, wanted, graph)


def class_axis(layout: Layout, stored: Shape) -> int:
    """The axis of a stored array of a last layer that counts the classes."""
    return 0 if _outputs_first(layout, stored) else -1


def _outputs_first(layout: Layout, stored: Shape) -> bool:
    """Whether an array is in PyTorch's order; `Gemm` of ONNX reads a matrix in TensorFlow's."""
    return layout == "torch" or (layout == "onnx" and len(stored) == 4)


def _tensorflow(
    node: Node, weight: str, stored: Shape, wanted: Shape, graph: Graph
) -> Arrangement | None:
    if stored == wanted:
        return AS_IT_IS
    height, width, *channels = wanted
    if weight == "depthwise_kernel" and stored == (height, width, 1, prod(channels)):
        return Arrangement(last=wanted)  # a convolution with a group for each channel
    return Arrangement(last=wanted) if _same_matrix(stored, wanted) else None


def _same_matrix(stored: Shape, wanted: Shape) -> bool:
    """Whether one is a matrix and the other the kernel of 1x1 that does the same."""
    return (
        len(stored) != len(wanted)
        and {stored[:-2], wanted[:-2]} == {(), (1, 1)}
        and (stored[-2:] == wanted[-2:])
    )


def _torch(
    node: Node, weight: str, stored: Shape, wanted: Shape, graph: Graph
) -> Arrangement | None:
    if weight == "depthwise_kernel":
        height, width, channels, multiplier = wanted
        if stored != (channels * multiplier, 1, height, width):
            return None
        return Arrangement((channels, multiplier, height, width), _CMHW)
    if len(wanted) == 4:
        if len(stored) == 4:
            fits = tuple(stored[axis] for axis in _OIHW) == wanted
            return Arrangement(axes=_OIHW) if fits else None
        fits = len(stored) == 2 and _same_matrix(stored[::-1], wanted)
        return Arrangement(axes=(1, 0), last=wanted) if fits else None
    if len(stored) == 4:
        fits = (1, 1, stored[1], stored[0]) == (*stored[2:], *wanted)
        return Arrangement(axes=_OIHW, last=wanted) if fits else None
    if stored[::-1] != wanted:
        return None
    map_shape = flattened(node, graph)
    if map_shape is None:
        return Arrangement(axes=(1, 0))
    height, width, channels = map_shape
    return Arrangement((wanted[1], channels, height, width), _OIHW, wanted)


def flattened(node: Node, graph: Graph) -> Shape | None:
    """The map of several pixels that a dense layer reads flat: PyTorch flattens C, H, W."""
    source = graph.nodes[node.inputs[0]]
    while source.op in ("dropout", "drop_path"):
        source = graph.nodes[source.inputs[0]]
    if source.op != "flatten":
        return None
    shape = tuple(side or 0 for side in graph.nodes[source.inputs[0]].shape)
    return shape if len(shape) == 3 and prod(shape[:2]) > 1 else None
