"""Peak activation memory of a forward pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

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
    counts = [elements(node.shape) for node in graph.nodes]
    known = [count * FLOAT32_BYTES for count in counts if count is not None]
    if len(known) < len(counts):
        return None
    return lifetimes(graph, kept).live(known)


class Lifetimes(NamedTuple):
    """When tensors come and go, whatever their sizes: it depends on connections alone.

    Attributes:
        own: whether each layer writes a tensor of its own, and does not work in place.
        freed: the layers whose tensors are freed after each layer.
    """

    own: tuple[bool, ...]
    freed: tuple[tuple[int, ...], ...]

    def live(self, sizes: Sequence[int]) -> tuple[int, ...]:
        """The bytes of all live tensors while each layer runs, by those of each layer's tensor."""
        alive, result = 0, []
        for size, own, freed in zip(sizes, self.own, self.freed, strict=True):
            alive += size if own else 0
            result.append(alive)
            for dead in freed:
                alive -= sizes[dead]
        return tuple(result)


def lifetimes(graph: Graph, kept: Iterable[int] = ()) -> Lifetimes:
    """When the tensors of a network come and go, by the convention of ``live_bytes``."""
    count = len(graph.nodes)
    last_use = list(range(count))
    for node in graph.nodes:
        for index in node.inputs:
            last_use[index] = node.index
    for index in (*_outputs(graph), *kept):
        last_use[index] = count  # the caller reads it after the last layer
    # A layer in place passes on the buffer of its input.
    buffer = list(range(count))
    freed_after = list(last_use)
    for node in graph.nodes:
        if OPS[node.op].in_place and freed_after[buffer[node.inputs[0]]] == node.index:
            owner = buffer[node.inputs[0]]
            buffer[node.index] = owner
            freed_after[owner] = last_use[node.index]
    freed: list[list[int]] = [[] for _ in buffer]
    for index, last in enumerate(freed_after):
        if buffer[index] == index and last < count:
            freed[last].append(index)
    own = tuple(owner == index for index, owner in enumerate(buffer))
    return Lifetimes(own, tuple(map(tuple, freed)))


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
