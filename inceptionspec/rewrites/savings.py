"""What rewriting saves: the figures before, after each pass, and at the end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from inceptionspec.analysis.costs import costs, total
from inceptionspec.analysis.memory import peak_activation_bytes
from inceptionspec.ir.graph import Graph
from inceptionspec.rewrites.rewrite import PASSES, Rewritten
from inceptionspec.rewrites.steps import Skipped, Step


class GraphCost(NamedTuple):
    """What a graph costs for one image; the last three are None where the size is open.

    Attributes:
        layers: nodes, slices and the input included.
        params: elements of all weights.
        macs: multiply-accumulates of convolutions and dense layers.
        flops: 2 x macs and all other operations, as ``analysis.costs`` counts them.
        peak_activation_bytes: of float32 tensors that live at one time, batch 1.
    """

    layers: int
    params: int
    macs: int | None
    flops: int | None
    peak_activation_bytes: int | None


@dataclass(frozen=True, slots=True)
class PassReport:
    """One pass that ran: what it is for, what it did and skipped, and the figures around it."""

    name: str
    doc: str
    steps: tuple[Step, ...]
    skipped: tuple[Skipped, ...]
    before: GraphCost
    after: GraphCost


@dataclass(frozen=True, slots=True)
class Savings:
    """All passes that ran, and the figures of the whole."""

    passes: tuple[PassReport, ...]
    before: GraphCost
    after: GraphCost


def savings(rewritten: Rewritten) -> Savings:
    """The figures of a rewritten graph next to those of the original, pass by pass."""
    before = graph_cost(rewritten.original, rewritten.outputs)
    reports: list[PassReport] = []
    last = before
    for name, graph in rewritten.stages.items():
        after = graph_cost(graph, rewritten.outputs)
        reports.append(
            PassReport(
                name,
                PASSES[name].doc,
                tuple(step for step in rewritten.steps if step.of == name),
                tuple(skipped for skipped in rewritten.skipped if skipped.of == name),
                last,
                after,
            )
        )
        last = after
    return Savings(tuple(reports), before, last)


def graph_cost(graph: Graph, outputs: Iterable[str] = ()) -> GraphCost:
    """The figures of one graph, of which some outputs were asked for by name."""
    cost = total(costs(graph))
    peak = peak_activation_bytes(graph, [graph.names[name] for name in outputs if name])
    return GraphCost(len(graph.nodes), cost.params, cost.macs, cost.flops, peak)
