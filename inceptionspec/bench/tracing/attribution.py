"""From operations that ran to the layers of a spec: who took how long."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import NamedTuple

from inceptionspec.analysis.costs import costs
from inceptionspec.bench.tracing.owners import owners
from inceptionspec.bench.tracing.profile import Layer
from inceptionspec.bench.tracing.roofline import demands
from inceptionspec.bench.tracing.shares import Shared, shared
from inceptionspec.bench.tracing.trace import Traced
from inceptionspec.ir.graph import Graph
from inceptionspec.rewrites.rewrite import Rewritten
from inceptionspec.rewrites.weight_expr import leaves

#: For a path the layers that stand behind it, each with its share; shares add up to 1.
Parts = Mapping[str, tuple[tuple[str, float], ...]]


def parts(rewritten: Rewritten) -> Parts:
    """Which layers of the original network each layer of a rewritten one computes.

    One that was made of several convolutions is theirs by their MACs. What a rewriting
    adds, as the slice of a merged convolution, is its layer's: paths say so before a dot.
    """
    macs = {
        node.path: cost.macs or 0
        for node, cost in zip(rewritten.original.nodes, costs(rewritten.original), strict=True)
    }
    found: dict[str, tuple[tuple[str, float], ...]] = {}
    for node in rewritten.graph.nodes:
        recipes = [rewritten.weights[node.path, weight.name] for weight in node.weights]
        made_of = {one.path for recipe in recipes for one in leaves(recipe) if macs.get(one.path)}
        whole = sum(macs[path] for path in made_of)
        if len(made_of) > 1:
            found[node.path] = tuple((p, macs[p] / whole) for p in macs if p in made_of)
        elif node.path in macs:
            found[node.path] = ((node.path, 1.0),)
        else:
            owner = node.path.partition(".")[0]
            owners = made_of or ({owner} if owner in macs else set())
            found[node.path] = tuple((path, 1.0) for path in owners)
    return found


class Attributed(NamedTuple):
    """The time of traced steps, each figure the median over the steps, in seconds.

    Attributes:
        layers: by path.
        outside: operations that belong to no layer.
        idle: no operation ran.
        overlapped: operations ran at once.
    """

    layers: Mapping[str, float]
    outside: float
    idle: float
    overlapped: float


def attributed(traced: Sequence[Traced], parts: Parts) -> Attributed:
    """Lead the time of operations to the layers that stand behind them.

    Args:
        traced: steps of one function, at least one.
        parts: for each path that names of operations may hold, the layers behind it.
    """
    steps = [shared(step.ops) for step in traced]
    owner = owners(dict.fromkeys(name for step in steps for name in step.by_name), parts)
    by_layer = [_by_layer(step, owner, parts) for step in steps]
    paths = dict.fromkeys(path for step in by_layer for path in step)
    layers = {path: median(step.get(path, 0.0) for step in by_layer) for path in paths}
    outside = layers.pop("", 0.0)
    idle = median(one.seconds - step.busy for one, step in zip(traced, steps, strict=True))
    return Attributed(layers, outside, max(idle, 0.0), median(one.overlapped for one in steps))


def _by_layer(step: Shared, owner: Mapping[str, str], parts: Parts) -> Mapping[str, float]:
    """Seconds by layer; those of no layer under an empty path."""
    seconds: defaultdict[str, float] = defaultdict(float)
    for name, taken in step.by_name.items():
        behind = parts[owner[name]] if name in owner else ()
        for path, share in behind or (("", 1.0),):
            seconds[path] += taken * share
    return seconds


def layers(
    graph: Graph, run: Iterable[int], batch: int, seconds: Mapping[str, float], parts: Parts
) -> tuple[Layer, ...]:
    """The layers of a profile: those nodes of a graph that were run, but for the input."""
    asked = demands(graph, batch)
    partners: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for behind in parts.values():
        for path, _ in behind:
            partners[path].update((other, None) for other, _ in behind if other != path)
    return tuple(
        Layer(
            path=node.path,
            op=node.op,
            block=node.scope if node.scope != node.head else "",
            head=node.head,
            group=node.head or node.group or node.path.split("/")[0],
            shape=node.shape,
            demand=asked[node.index],
            seconds=seconds.get(node.path, 0.0),
            shared_with=tuple(partners[node.path]),
        )
        for node in (graph.nodes[index] for index in run)
        if node.inputs
    )
