"""What rewriting saves: the figures before, after each pass, and at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from inceptionspec.analysis.costs import costs, total
from inceptionspec.analysis.memory import peak_activation_bytes
from inceptionspec.ir.graph import Graph
from inceptionspec.rewrites.rewrite import PASSES, Rewritten
from inceptionspec.rewrites.steps import Refusal, Step


class Load(NamedTuple):
    """What a graph costs for one image; the last three are None where the size is open.

    Attributes:
        layers: nodes, slices and the input among them.
        params: elements of all weights.
        macs: multiply-accumulates of convolutions and dense layers.
        flops: 2 x macs and all other operations, as ``analyses.costs`` counts them.
        peak_activation_bytes: of float32 tensors that live at one time, batch 1.
    """

    layers: int
    params: int
    macs: int | None
    flops: int | None
    peak_activation_bytes: int | None


@dataclass(frozen=True, slots=True)
class PassReport:
    """One pass that ran: its words, what it did and left, the figures around it."""

    name: str
    doc: str
    steps: tuple[Step, ...]
    refusals: tuple[Refusal, ...]
    before: Load
    after: Load


@dataclass(frozen=True, slots=True)
class Savings:
    """All passes that ran, and the figures of the whole."""

    passes: tuple[PassReport, ...]
    before: Load
    after: Load


def savings(rewritten: Rewritten) -> Savings:
    """The figures of a rewritten graph beside those of the original, pass by pass."""
    before = load_of(rewritten.original)
    reports: list[PassReport] = []
    last = before
    for name, graph in rewritten.stages.items():
        after = load_of(graph)
        reports.append(
            PassReport(
                name,
                PASSES[name].doc,
                tuple(step for step in rewritten.steps if step.of == name),
                tuple(refusal for refusal in rewritten.refusals if refusal.of == name),
                last,
                after,
            )
        )
        last = after
    return Savings(tuple(reports), before, last)


def load_of(graph: Graph) -> Load:
    """The figures of one graph."""
    cost = total(costs(graph))
    return Load(len(graph.nodes), cost.params, cost.macs, cost.flops, peak_activation_bytes(graph))
