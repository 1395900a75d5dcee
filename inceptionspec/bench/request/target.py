"""Which part of a network is run, and what that part costs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from inceptionspec.analysis.costs import Cost, costs, total
from inceptionspec.diagnostics.diagnostic import spec_error
from inceptionspec.diagnostics.suggest import did_you_mean, listed
from inceptionspec.ir.graph import Graph, Head
from inceptionspec.ir.traversal import ancestors

ALL = "all"
"""What stands for every head where one head is named."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a benchmark runs.

    Attributes:
        head: the head that is run, ``all``, or None where the network has none.
        outputs: the path of the tensor that the model yields, or the paths of several.
            A head's is that of its predictions, if it has them: all that belongs to a
            head is run, and the cost is the one that `summary` states for it.
        cost: of the nodes that the outputs hang on, for one image.
    """

    head: str | None
    outputs: str | tuple[str, ...]
    cost: Cost


def target(graph: Graph, head: str | None = None) -> Target:
    """The main head, a named one, or all; the last layer of a network without heads.

    Raises:
        SpecError: there is no such head.
    """
    if head is None and not graph.heads:
        return Target(None, graph.nodes[-1].path, cost_of(graph, [graph.nodes[-1].index]))
    ends = [_end(one) for one in chosen_heads(graph, head or graph.main)]
    paths = tuple(graph.nodes[end].path for end in ends)
    outputs = paths if head == ALL else paths[0]
    return Target(head or graph.main, outputs, cost_of(graph, ends))


def chosen_heads(graph: Graph, head: str) -> tuple[Head, ...]:
    """The head of a name, or every one.

    Raises:
        SpecError: there is no such head.
    """
    if head == ALL and graph.heads:
        return graph.heads
    names = [one.name for one in graph.heads]
    if head in names:
        return (graph.head(head),)
    helps = did_you_mean(head, names) or (
        f"its heads are {listed(names)}, and `{ALL}` stands for every one"
        if names
        else "it has no heads: without `--head` all of it is run",
    )
    raise spec_error("E0806", f"`{graph.name}` has no head `{head}`", f"--head {head}", *helps)


def _end(head: Head) -> int:
    return head.output if head.predictions is None else head.predictions


def cost_of(graph: Graph, ends: Iterable[int]) -> Cost:
    """The cost of some nodes and of all that they hang on, each once."""
    whole = costs(graph)
    return total(whole[index] for index in ancestors(graph.nodes, ends))
