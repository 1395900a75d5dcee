"""From a graph to one that gives the same outputs for less work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from inceptionspec.diagnostics.diagnostic import Diagnostic, Label, SpecError
from inceptionspec.diagnostics.source import Source
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.ir.graph import Graph
from inceptionspec.ir.traversal import ends_of
from inceptionspec.rewrites import (
    commute_pool_conv as exchange_pool,
)
from inceptionspec.rewrites import (
    dead_code_elimination as drop_unasked,
)
from inceptionspec.rewrites import (
    flatten_concat,
    fold_batch_norm,
)
from inceptionspec.rewrites import (
    fuse_linear as merge_linear,
)
from inceptionspec.rewrites import (
    fuse_parallel_pointwise as merge_pointwise,
)
from inceptionspec.rewrites.graph_rewriter import Draft
from inceptionspec.rewrites.steps import Refusal, Step
from inceptionspec.rewrites.weight_expr import Recipe


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
            "fold batch norms into the layer before them",
            fold_batch_norm.fold_batch_norm,
        ),
        merge_linear.NAME: Pass(
            "merge linear operations that follow each other", merge_linear.merge_linear
        ),
        exchange_pool.NAME: Pass(
            "exchange 1x1 convolutions and average pools where cheaper",
            exchange_pool.exchange_pool,
        ),
        merge_pointwise.NAME: Pass(
            "merge 1x1 convolutions that read the same tensor",
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


def chosen_passes(
    passes: Sequence[str] | None = None, without: Sequence[str] = ()
) -> Mapping[str, Pass]:
    """Some of the passes, in the order in which they run, whatever that of the names.

    Args:
        passes: the names of those that run; all without it.
        without: the names of those that do not.

    Raises:
        SpecError: there is no such pass (E0806).
    """
    findings = [
        Diagnostic(
            "E0806",
            f"there is no pass `{name}`",
            Label(Source(f"{option} {','.join(names)}").whole()),
            helps=did_you_mean(name, PASSES) or (f"passes are {listed(tuple(PASSES))}",),
        )
        for option, names in (("--passes", passes or ()), ("--without", without))
        for name in names
        if name not in PASSES
    ]
    if findings:
        raise SpecError(findings)
    return {
        name: one
        for name, one in PASSES.items()
        if (passes is None or name in passes) and name not in without
    }
