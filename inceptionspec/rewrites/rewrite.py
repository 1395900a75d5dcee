"""From a graph to one that gives the same outputs for less work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from inceptionspec.end_points import ends_of
from inceptionspec.graph import Graph
from inceptionspec.rewrites import (
    drop_unasked,
    exchange_pool,
    flatten_concat,
    fold_batch_norm,
    merge_linear,
    merge_pointwise,
)
from inceptionspec.rewrites.draft import Draft
from inceptionspec.rewrites.recipes import Recipe
from inceptionspec.rewrites.steps import Refusal, Step


class Pass(NamedTuple):
    """One kind of rewriting: what it does, in a line, and the function that does it."""

    doc: str
    run: Callable[[Draft], Iterator[Step | Refusal]]


#: The passes in the order in which they run: each finds what those before it have freed.
PASSES: Mapping[str, Pass] = MappingProxyType(
    {
        drop_unasked.NAME: Pass(
            "drop dropout, and layers and heads that no output needs", drop_unasked.drop_unasked
        ),
        flatten_concat.NAME: Pass(
            "turn a concat of concats into one", flatten_concat.flatten_concat
        ),
        fold_batch_norm.NAME: Pass(
            "fold batch norms into the convolution or dense layer before them",
            fold_batch_norm.fold_batch_norm,
        ),
        merge_linear.NAME: Pass(
            "merge linear operations that follow each other", merge_linear.merge_linear
        ),
        exchange_pool.NAME: Pass(
            "let a 1x1 convolution and an average pool change places where that is cheaper",
            exchange_pool.exchange_pool,
        ),
        merge_pointwise.NAME: Pass(
            "merge 1x1 convolutions that read the same tensor, and slice the result",
            merge_pointwise.merge_pointwise,
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A graph that was rewritten for inference, and where its weights come from.

    Attributes:
        original: the graph as it was.
        graph: the graph as it is now. Names of tensors that it no longer computes are gone.
        outputs: the nodes of ``graph`` that were asked for, by name.
        weights: for each weight of ``graph``, by path and name, how it is computed from
            those of ``original``.
        steps: what was done, pass by pass.
        refusals: what was looked at and left, and why.
        stages: the graph after each pass that ran, by the pass's name.
    """

    original: Graph
    graph: Graph
    outputs: Mapping[str, int]
    weights: Mapping[tuple[str, str], Recipe]
    steps: tuple[Step, ...]
    refusals: tuple[Refusal, ...]
    stages: Mapping[str, Graph]


def rewrite(
    graph: Graph,
    outputs: str | Sequence[str] | None = None,
    passes: Mapping[str, Pass] = PASSES,
) -> Rewritten:
    """The same outputs at inference from fewer or cheaper layers.

    Every pass is exact but for rounding; its file says why, and under which condition.

    Args:
        graph: the network.
        outputs: a name of ``graph.names`` or several; the logits of every head, or the
            last tensor, without one.
        passes: those that run, in this order.

    Raises:
        SpecError: an output does not exist (E0806).
    """
    draft = Draft(graph, ends_of(graph, outputs))
    steps: list[Step] = []
    refusals: list[Refusal] = []
    stages: dict[str, Graph] = {}
    for name, one in passes.items():
        for found in one.run(draft):
            if isinstance(found, Step):
                steps.append(found)
            else:
                refusals.append(found)
        stages[name] = draft.graph_now()
    return Rewritten(
        original=graph,
        graph=draft.graph_now(),
        outputs=draft.outputs_now(),
        weights=MappingProxyType(draft.weights),
        steps=tuple(steps),
        refusals=tuple(refusals),
        stages=MappingProxyType(stages),
    )
