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
"""The name that stands for every head."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a benchmark runs.

    Attributes:
        head: the head that is run, ``all``, or None where the network has none.
        outputs: the path of the model's output, or the paths of several. A head's output is
            that of its predictions, if it has them: the whole head is run, and its cost is
            the one that `summary` prints.
        cost: of the nodes that the outputs depend on, for one image.
    """

    head: str | None
    outputs: str | tuple[str, ...]
    cost: Cost

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of all outputs."""
        return (self.outputs,) if isinstance(self.outputs, str) else self.outputs


def target(graph: Graph, head: str | None = None) -> Target:
    """The main head, a named one, or all; the last layer of a network without heads.

    Raises:
        SpecError: there is no such head (E0806).
    """
    if head is None and not graph.heads:
        return Target(None, graph.nodes[-1].path, cost_of(graph, [graph.nodes[-1].index]))
    ends = [_end(chosen) for chosen in chosen_heads(graph, head or graph.main)]
    paths = tuple(graph.nodes[end].path for end in ends)
    outputs = paths if head == ALL else paths[0]
    return Target(head or graph.main, outputs, cost_of(graph, ends))


def chosen_heads(graph: Graph, head: str) -> tuple[Head, ...]:
    """The head of a name, or every head.

    Raises:
        SpecError: there is no such head (E0806).
    """
    if head == ALL and graph.heads:
        return graph.heads
    names = [known.name for known in graph.heads]
    if head in names:
        return (graph.head(head),)
    helps = did_you_mean(head, names) or (
        f"its heads are {listed(names)}, and `{ALL}` stands for all of them"
        if names
        else "it has no heads: leave `--head` out to run all of it",
    )
    raise spec_error("E0806", f"`{graph.name}` has no head `{head}`", f"--head {head}", *helps)


def cost_of(graph: Graph, ends: Iterable[int]) -> Cost:
    """The cost of some nodes and of all that they depend on, each counted once."""
    by_node = costs(graph)
    return total(by_node[index] for index in ancestors(graph.nodes, ends))


def _end(head: Head) -> int:
    return head.output if head.predictions is None else head.predictions
