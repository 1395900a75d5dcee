"""Peak activation memory of a forward pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from inceptionspec.analysis.costs import FLOAT32_BYTES
from inceptionspec.ir.graph import Graph
from inceptionspec.ops import OPS
from inceptionspec.ops.record import elements


def live_bytes(graph: Graph, kept: Iterable[int] = ()) -> tuple[int, ...] | None:
    """Bytes of all live tensors while each layer runs; None where a shape is open.

    Args:
        kept: nodes whose tensors live to the end, in addition to the outputs of the network.

    Convention: float32, batch 1, layers in the spec's order. A tensor lives from its
    layer to its last reader; an output of the network lives to the end. Outputs are the
    logits and predictions of each head, or the last tensor where there is no head. Norms,
    activations, dropout, squeeze and flatten work in place where they are the last to read
    their input; concat copies. Weights and the backend's scratch memory are not counted.
    """
    end = len(graph.nodes) - 1
    last_use = list(range(len(graph.nodes)))
    for node in graph.nodes:
        for index in node.inputs:
            last_use[index] = node.index
    for index in (*_outputs(graph), *kept):
        last_use[index] = end + 1  # the caller reads it after the last layer
    # A layer in place passes on the buffer of its input.
    buffer = list(range(len(graph.nodes)))
    freed_after = list(last_use)
    sizes: list[int] = []
    for node in graph.nodes:
        count = elements(node.shape)
        if count is None:
            return None
        sizes.append(count * FLOAT32_BYTES)
        if OPS[node.op].in_place and freed_after[buffer[node.inputs[0]]] == node.index:
            owner = buffer[node.inputs[0]]
            buffer[node.index] = owner
            freed_after[owner] = last_use[node.index]
            sizes[-1] = 0
    return _sweep(sizes, freed_after)


def peak_activation_bytes(graph: Graph, kept: Iterable[int] = ()) -> int | None:
    """The most bytes of tensors that live at one time; None where a shape is open."""
    live = live_bytes(graph, kept)
    return None if live is None else max(live)


def _outputs(graph: Graph) -> Iterator[int]:
    if not graph.heads:
        yield len(graph.nodes) - 1
    for head in graph.heads:
        yield head.output
        if head.predictions is not None:
            yield head.predictions


def _sweep(sizes: list[int], freed_after: list[int]) -> tuple[int, ...]:
    freed: list[list[int]] = [[] for _ in sizes]
    for index, last in enumerate(freed_after):
        if last < len(sizes):
            freed[last].append(index)
    alive, result = 0, []
    for index, size in enumerate(sizes):
        alive += size
        result.append(alive)
        alive -= sum(sizes[dead] for dead in freed[index])
    return tuple(result)
