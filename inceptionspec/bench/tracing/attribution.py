"""From the operations that ran to the layers of a spec: which layer took how long."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import NamedTuple

from inceptionspec.analysis.costs import costs
from inceptionspec.bench.tracing.owners import owners
from inceptionspec.bench.tracing.profile import LayerProfile
from inceptionspec.bench.tracing.roofline import demands
from inceptionspec.bench.tracing.shares import OpTimes, share_time
from inceptionspec.bench.tracing.trace import TracedStep
from inceptionspec.ir.graph import Graph
from inceptionspec.rewrites.rewrite import Rewritten
from inceptionspec.rewrites.weight_expr import leaves

#: For the path of a layer that is run, the layers of the spec that it computes, each with its
#: share of the time; shares add up to 1.
SourceLayers = Mapping[str, tuple[tuple[str, float], ...]]


def source_layers(rewritten: Rewritten) -> SourceLayers:
    """Which layers of the original network each layer of a rewritten one computes.

    A layer that was made of several convolutions is shared among them by their MACs. A layer
    that a rewriting adds, as the slice of a merged convolution, belongs to the layer whose path
    precedes the dot in its own.
    """
    macs = {
        node.path: cost.macs or 0
        for node, cost in zip(rewritten.original.nodes, costs(rewritten.original), strict=True)
    }
    sources: dict[str, tuple[tuple[str, float], ...]] = {}
    for node in rewritten.graph.nodes:
        expressions = [rewritten.weights[node.path, weight.name] for weight in node.weights]
        merged = {
            leaf.path
            for expression in expressions
            for leaf in leaves(expression)
            if macs.get(leaf.path)
        }
        total = sum(macs[path] for path in merged)
        if len(merged) > 1:
            sources[node.path] = tuple((p, macs[p] / total) for p in macs if p in merged)
        elif node.path in macs:
            sources[node.path] = ((node.path, 1.0),)
        else:
            owner = node.path.partition(".")[0]
            paths = merged or ({owner} if owner in macs else set())
            sources[node.path] = tuple((path, 1.0) for path in paths)
    return sources


class LayerTimes(NamedTuple):
    """The time of traced steps, each figure the median over the steps, in seconds.

    Attributes:
        layers: by path.
        outside: operations that belong to no layer.
        idle: no operation ran.
        overlapped: several operations ran at once.
    """

    layers: Mapping[str, float]
    outside: float
    idle: float
    overlapped: float


def layer_times(traced: Sequence[TracedStep], sources: SourceLayers) -> LayerTimes:
    """Attribute the time of operations to the layers that they compute.

    Args:
        traced: steps of one function, at least one.
        sources: for each path that names of operations may hold, the spec's layers.
    """
    steps = [share_time(step.ops) for step in traced]
    owner = owners(dict.fromkeys(name for step in steps for name in step.by_name), sources)
    by_layer = [_by_layer(step, owner, sources) for step in steps]
    paths = dict.fromkeys(path for step in by_layer for path in step)
    layers = {path: median(step.get(path, 0.0) for step in by_layer) for path in paths}
    outside = layers.pop("", 0.0)
    idle = median(whole.seconds - step.busy for whole, step in zip(traced, steps, strict=True))
    overlapped = median(step.overlapped for step in steps)
    return LayerTimes(layers, outside, max(idle, 0.0), overlapped)


def _by_layer(
    step: OpTimes, owner: Mapping[str, str], sources: SourceLayers
) -> Mapping[str, float]:
    """Seconds by layer; the empty path stands for no layer."""
    by_layer: defaultdict[str, float] = defaultdict(float)
    for name, seconds in step.by_name.items():
        computed = sources[owner[name]] if name in owner else ()
        for path, share in computed or (("", 1.0),):
            by_layer[path] += seconds * share
    return by_layer


def layer_profiles(
    graph: Graph,
    run: Iterable[int],
    batch: int,
    seconds: Mapping[str, float],
    sources: SourceLayers,
) -> tuple[LayerProfile, ...]:
    """The layers of a profile: the nodes of a graph that were run, without the input."""
    demand = demands(graph, batch)
    partners: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for computed in sources.values():
        for path, _ in computed:
            partners[path].update((other, None) for other, _ in computed if other != path)
    return tuple(
        LayerProfile(
            path=node.path,
            op=node.op,
            block=node.scope if node.scope != node.head else "",
            head=node.head,
            group=node.head or node.group or node.path.split("/")[0],
            shape=node.shape,
            demand=demand[node.index],
            seconds=seconds.get(node.path, 0.0),
            shared_with=tuple(partners[node.path]),
        )
        for node in (graph.nodes[index] for index in run)
        if node.inputs
    )
