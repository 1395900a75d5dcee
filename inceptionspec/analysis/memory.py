"""Peak activation memory of a forward pass."""

from __future__ import annotations

from inceptionspec.analysis.costs import FLOAT32_BYTES
from inceptionspec.ir.graph import Graph
from inceptionspec.ops import OPS
from inceptionspec.ops.record import elements


def live_bytes(graph: Graph) -> tuple[int, ...] | None:
    """Bytes of all live tensors while each layer runs; None where a shape is open.

    Convention: float32, batch 1, layers in the spec's order. A tensor lives from its
    layer to its last reader. Norms, activations, dropout, squeeze and flatten work in
    place where they are the last to read their input; concat copies. Weights and the
    backend's scratch memory are not counted.
    """
    last_reader = list(range(len(graph.nodes)))
    for node in graph.nodes:
        for index in node.inputs:
            last_reader[index] = node.index
    # A tensor is held by the node that made it; what works in place passes it on.
    holder = list(range(len(graph.nodes)))
    until = list(last_reader)
    sizes: list[int] = []
    for node in graph.nodes:
        count = elements(node.shape)
        if count is None:
            return None
        sizes.append(count * FLOAT32_BYTES)
        if OPS[node.op].in_place and until[holder[node.inputs[0]]] == node.index:
            owner = holder[node.inputs[0]]
            holder[node.index] = owner
            until[owner] = last_reader[node.index]
            sizes[-1] = 0
    return _sweep(sizes, until)


def peak_activation_bytes(graph: Graph) -> int | None:
    """The most bytes of tensors that live at one time; None where a shape is open."""
    live = live_bytes(graph)
    return None if live is None else max(live)


def _sweep(sizes: list[int], until: list[int]) -> tuple[int, ...]:
    ending: list[list[int]] = [[] for _ in sizes]
    for index, end in enumerate(until):
        ending[end].append(index)
    alive, result = 0, []
    for index, size in enumerate(sizes):
        alive += size
        result.append(alive)
        alive -= sum(sizes[ended] for ended in ending[index])
    return tuple(result)
