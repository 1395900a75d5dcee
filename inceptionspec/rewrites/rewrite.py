"""From a graph to one that gives the same outputs for less work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from inceptionspec.diagnostics.diagnostic import SpecError, finding
from inceptionspec.diagnostics.sanitize import sanitize
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.ir.graph import Graph
from inceptionspec.ir.traversal import resolve_outputs
from inceptionspec.rewrites import (
    commute_pool_conv,
    dead_code_elimination,
    flatten_concat,
    fold_batch_norm,
    fuse_linear,
    fuse_parallel_pointwise,
)
from inceptionspec.rewrites.graph_rewriter import GraphRewriter
from inceptionspec.rewrites.steps import Skipped, Step
from inceptionspec.rewrites.weight_expr import WeightExpr


class Pass(NamedTuple):
    """One kind of rewrite: what it does, in a line, and the function that does it."""

    doc: str
    run: Callable[[GraphRewriter], Iterator[Step | Skipped]]


#: The passes in the order in which they run: each builds on what earlier ones have done.
PASSES: Mapping[str, Pass] = MappingProxyType(
    {
        dead_code_elimination.NAME: Pass(
            "drop dropout, and layers and heads that no output needs",
            dead_code_elimination.dead_code_elimination,
        ),
        flatten_concat.NAME: Pass(
            "turn a concat of concats into one", flatten_concat.flatten_concat
        ),
        fold_batch_norm.NAME: Pass(
            "fold batch norms into the layer before them",
            fold_batch_norm.fold_batch_norm,
        ),
        fuse_linear.NAME: Pass(
            "merge linear operations that follow each other", fuse_linear.fuse_linear
        ),
        commute_pool_conv.NAME: Pass(
            "exchange 1x1 convolutions and average pools where cheaper",
            commute_pool_conv.commute_pool_conv,
        ),
        fuse_parallel_pointwise.NAME: Pass(
            "merge 1x1 convolutions that read the same tensor",
            fuse_parallel_pointwise.fuse_parallel_pointwise,
        ),
    }
)


@dataclass(frozen=True, slots=True, repr=False)
class Rewritten:
    """A graph that was rewritten for inference, and where its weights come from.

    Attributes:
        original: the graph as it was.
        graph: the graph as it is now, without the names of tensors that it no longer computes.
        outputs: the nodes of ``graph`` that were asked for, by name.
        weights: for each weight of ``graph``, by path and name, how it is computed from
            those of ``original``.
        steps: what was done, pass by pass.
        skipped: what was considered and left as it was, and why.
        stages: the graph after each pass that ran, by the pass's name.
    """

    original: Graph
    graph: Graph
    outputs: Mapping[str, int]
    weights: Mapping[tuple[str, str], WeightExpr]
    steps: tuple[Step, ...]
    skipped: tuple[Skipped, ...]
    stages: Mapping[str, Graph]

    def __repr__(self) -> str:
        name, steps = sanitize(self.original.name), len(self.steps)
        return f"<{type(self).__name__} {name}: {steps} rewrites, {len(self.graph.nodes)} layers>"


def rewrite(
    graph: Graph,
    outputs: str | Sequence[str] | None = None,
    passes: Mapping[str, Pass] = PASSES,
) -> Rewritten:
    """The same outputs at inference from fewer or cheaper layers.

    Every pass is exact up to rounding; its file says why, and under which condition. A pass
    takes steps in proportion to n log n, where n counts layers and their inputs.

    Args:
        graph: the network.
        outputs: a name of ``graph.names`` or several; the logits of every head, or the
            last tensor, without one.
        passes: those that run, in this order.

    Raises:
        SpecError: an output does not exist (E0806).
    """
    rewriter = GraphRewriter(graph, resolve_outputs(graph, outputs))
    steps: list[Step] = []
    skipped: list[Skipped] = []
    stages: dict[str, Graph] = {}
    for name, chosen in passes.items():
        for result in chosen.run(rewriter):
            if isinstance(result, Step):
                steps.append(result)
            else:
                skipped.append(result)
        stages[name] = rewriter.graph_now()
    return Rewritten(
        original=graph,
        graph=rewriter.graph_now(),
        outputs=rewriter.outputs_now(),
        weights=MappingProxyType(rewriter.weights),
        steps=tuple(steps),
        skipped=tuple(skipped),
        stages=MappingProxyType(stages),
    )


def chosen_passes(
    passes: str | Sequence[str] | None = None, without: str | Sequence[str] = ()
) -> Mapping[str, Pass]:
    """Some of the passes, in the order in which they run, whatever the order of the names.

    Args:
        passes: the names of those that run; all by default.
        without: the names of those that do not.

    Raises:
        SpecError: there is no such pass (E0806).
    """
    passes = (passes,) if isinstance(passes, str) else passes
    without = (without,) if isinstance(without, str) else without
    findings = [
        finding(
            "E0806",
            f"there is no pass `{name}`" if name else "the name of a pass is empty",
            f"{option} {','.join(names)}",
            *(did_you_mean(name, PASSES) or (f"passes are {listed(tuple(PASSES))}",)),
        )
        for option, names in (("--passes", passes or ()), ("--without", without))
        for name in dict.fromkeys(names)
        if name not in PASSES
    ]
    if findings:
        raise SpecError(findings)
    return {
        name: known
        for name, known in PASSES.items()
        if (passes is None or name in passes) and name not in without
    }
