"""Parameters, multiply-accumulates, other operations and bytes, layer by layer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from inceptionspec.ir.graph import Graph, Node
from inceptionspec.ops import OPS
from inceptionspec.ops.record import Attributes, Op, Shape, Weight, elements

FLOAT32_BYTES = 4


class Cost(NamedTuple):
    """What a layer or a part costs for one image.

    Attributes:
        params: elements of all weights, moving statistics included.
        trainable_params: those that training changes.
        macs: multiply-accumulates of convolutions and dense layers.
        flops: 2 x macs, plus per output element: batch norm 2, bias 1, activation 1
            (softmax 5), pooling kernel height x width, global pooling height x width,
            add and multiply 1.
        activation_bytes: float32 tensors that are written, batch 1; layers that work in
            place write none.

    The last three are None where height and width are open.
    """

    params: int
    trainable_params: int
    macs: int | None
    flops: int | None
    activation_bytes: int | None


NOTHING = Cost(0, 0, 0, 0, 0)


def costs(graph: Graph) -> tuple[Cost, ...]:
    """The cost of each node, in the order of nodes."""
    return tuple(_cost(node, graph) for node in graph.nodes)


def total(parts: Iterable[Cost]) -> Cost:
    """The sum of costs, None where one of them is."""
    params = trainable = 0
    macs: int | None = 0
    flops: int | None = 0
    activation: int | None = 0
    for part in parts:
        params += part.params
        trainable += part.trainable_params
        macs = _plus(macs, part.macs)
        flops = _plus(flops, part.flops)
        activation = _plus(activation, part.activation_bytes)
    return Cost(params, trainable, macs, flops, activation)


def _plus(first: int | None, second: int | None) -> int | None:
    return None if first is None or second is None else first + second


def _cost(node: Node, graph: Graph) -> Cost:
    inputs = [graph.nodes[index].shape for index in node.inputs]
    return layer_cost(OPS[node.op], node.attributes, inputs, node.shape, node.weights)


def layer_cost(
    op: Op,
    attributes: Attributes,
    inputs: Sequence[Shape],
    shape: Shape,
    weights: Sequence[Weight],
) -> Cost:
    """The cost of one layer, whatever network it is in."""
    macs = op.macs(attributes, inputs, shape)
    other = op.other_flops(attributes, inputs, shape)
    sizes = [(elements(weight.shape) or 0, weight.trainable) for weight in weights]
    count = elements(shape)
    return Cost(
        params=sum(size for size, _ in sizes),
        trainable_params=sum(size for size, trainable in sizes if trainable),
        macs=macs,
        flops=None if macs is None or other is None else 2 * macs + other,
        activation_bytes=0 if op.in_place else None if count is None else count * FLOAT32_BYTES,
    )
