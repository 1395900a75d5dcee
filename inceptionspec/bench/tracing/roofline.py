"""The roofline: the least time of a layer on a machine with two measured peaks.

S. Williams, A. Waterman, D. Patterson, "Roofline: an insightful visual performance model
for multicore architectures", CACM 52(4), 2009.
"""

from __future__ import annotations

from typing import NamedTuple

from inceptionspec.analysis.costs import FLOAT32_BYTES, costs
from inceptionspec.ir.graph import Graph, Node
from inceptionspec.ops.record import elements

CONVENTION = (
    "predicted: the larger of FLOPs / matrix peak and bytes / memory bandwidth; bytes: inputs "
    "and outputs of each image and the weights of the batch, float32, each moved once"
)

#: Operators that do nothing at inference: the tensor is passed on unchanged.
_NO_WORK = frozenset({"input", "dropout", "drop_path", "flatten", "squeeze"})


class Demand(NamedTuple):
    """What a layer demands of a machine in one step.

    Attributes:
        macs: multiply-accumulates, for all images of the batch.
        flops: floating-point operations by the convention of ``analysis.costs.Cost``, for
            all images of the batch.
        bytes: the least that must be moved: inputs and outputs of all images, and the
            weights once, float32.
    """

    macs: int
    flops: int
    bytes: int

    @property
    def intensity(self) -> float | None:
        """FLOPs for each byte moved; None where no byte is."""
        return self.flops / self.bytes if self.bytes else None


def demands(graph: Graph, batch: int) -> tuple[Demand, ...]:
    """The demand of each node, in their order. All sizes of the graph are known."""
    return tuple(
        Demand(batch * (cost.macs or 0), batch * (cost.flops or 0), _moved(node, graph, batch))
        for node, cost in zip(graph.nodes, costs(graph), strict=True)
    )


def predicted_seconds(demand: Demand, flops_per_second: float, bytes_per_second: float) -> float:
    """The least time by the roofline, in seconds."""
    return max(demand.flops / flops_per_second, demand.bytes / bytes_per_second)


def memory_bound(demand: Demand, flops_per_second: float, bytes_per_second: float) -> bool:
    """Whether moving the bytes takes longer than the operations do."""
    return demand.bytes / bytes_per_second > demand.flops / flops_per_second


def _moved(node: Node, graph: Graph, batch: int) -> int:
    if node.op in _NO_WORK:
        return 0
    tensors = (node.shape, *(graph.nodes[index].shape for index in node.inputs))
    images = sum(elements(shape) or 0 for shape in tensors)
    weights = sum(elements(weight.shape) or 0 for weight in node.weights)
    return FLOAT32_BYTES * (batch * images + weights)
