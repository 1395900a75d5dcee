"""The kinds of layers that an engine runs for a network: what is measured once for all.

Layers of one kind compute the same on tensors of the same shapes. They are those of the graph as
the engine runs it: under `optimized` a convolution with its folded norm, bias and activation is
one, and dropout is none.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from inceptionspec.backends.engines import LEAST_HALVED, Engine, rewritten_for
from inceptionspec.bench.request.node_data import graph_data, node_data
from inceptionspec.bench.tracing.attribution import SourceLayers, source_layers
from inceptionspec.ir.graph import Graph
from inceptionspec.ir.traversal import ancestors, resolve_outputs


@dataclass(frozen=True, eq=False)
class RunGraph:
    """A network as an engine runs it.

    Attributes:
        graph: the network, after rewriting.
        ends: its outputs, by name.
        layers: what is run of it, without the input.
        sources: for each path of it, the layers of the spec with their shares of its time.
        batches: the batch, or the two parts of it that run side by side.
        kinds: the kind of each layer and part of the batch; a kind is its data as JSON.
    """

    graph: Graph
    ends: Mapping[str, int]
    layers: tuple[int, ...]
    sources: SourceLayers
    batches: tuple[int, ...]
    kinds: Mapping[tuple[int, int], str]

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each kind is run."""
        return Counter(self.kinds.values())

    @cached_property
    def data(self) -> dict[str, Any]:
        """The whole network for a worker."""
        data = graph_data(self.graph, (0, *self.layers), self.ends)
        return {**data, "batch": sum(self.batches)}


def run_graph(graph: Graph, outputs: Sequence[str], engine: Engine, batch: int) -> RunGraph:
    """A network as an engine runs it, and its kinds.

    Args:
        graph: the network, whose height and width are known.
        outputs: names of ``graph.names``.
        engine: one that runs layer by layer.
        batch: images in a step.
    """
    sources: SourceLayers
    if engine.passes:
        rewritten = rewritten_for(engine, graph, tuple(outputs))
        run, ends, sources = rewritten.graph, rewritten.outputs, source_layers(rewritten)
    else:
        run, ends = graph, resolve_outputs(graph, tuple(outputs))
        sources = {node.path: ((node.path, 1.0),) for node in graph.nodes}
    needed = [index for index in ancestors(run.nodes, ends.values()) if index]
    batches = _batches(engine, batch)
    shared = _shared_sums(run, needed, ends)
    kinds = {}
    for index in needed:
        node = run.nodes[index]
        data = {
            **node_data(node),
            "reads": [list(run.nodes[source].shape) for source in node.inputs],
            "shared": not shared.isdisjoint(node.inputs),
        }
        for part, size in enumerate(batches):
            kinds[index, part] = _text({**data, "batch": size})
    return RunGraph(run, ends, tuple(needed), sources, batches, kinds)


def _text(data: Mapping[str, Any]) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"))


def _batches(engine: Engine, batch: int) -> tuple[int, ...]:
    """The parts in which the engine computes a batch, as ``Program`` splits it."""
    if engine.split_batch and batch >= LEAST_HALVED:
        return batch - batch // 2, batch // 2
    return (batch,)


def _shared_sums(graph: Graph, needed: Sequence[int], ends: Mapping[str, int]) -> set[int]:
    """Sums that several layers read, after which the engine keeps activations apart."""
    nodes = [graph.nodes[index] for index in needed]
    readers = Counter([*ends.values(), *(index for node in nodes for index in node.inputs)])
    return {node.index for node in nodes if node.op == "add" and readers[node.index] > 1}
