"""W0105: a branch that computes what another one computes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from inceptionspec.checks.warnings.allow import watched
from inceptionspec.diagnostics.diagnostic import Diagnostic, Label
from inceptionspec.frontend.linking.misfit import calls_of
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.graph import Graph


def copied_branches(loaded: LoadedSpec) -> Iterator[Diagnostic]:
    """W0105: a branch that was pasted and not changed costs twice and adds nothing.

    Branches that hand on what comes in have no layer to repeat.
    """
    numbers = _computations(loaded.graph)
    for layer, node in watched(loaded, "W0105"):
        if layer.fork is None:
            continue
        first: dict[int, int] = {}
        for branch, (end, source) in enumerate(zip(layer.inputs, node.inputs, strict=True)):
            twin = first.setdefault(numbers[source], branch)
            if twin == branch or end == layer.fork:
                continue
            yield Diagnostic(
                "W0105",
                f"`{layer.branches[branch]}` is a copy of `{layer.branches[twin]}`",
                Label(layer.branch_places[branch], "the same layers with the same attributes"),
                (Label(layer.branch_places[twin], "as here"), *calls_of(layer)),
                helps=("give it other layers or attributes, or remove it and widen its twin",),
            )


def _computations(graph: Graph) -> list[int]:
    """A number for each node, the same for nodes that compute the same of the same input."""
    known: dict[Any, int] = {}
    numbers: list[int] = []
    for node in graph.nodes:
        inputs = tuple(numbers[index] for index in node.inputs)
        key = (node.op, inputs, tuple(map(_hashable, node.attributes.values())))
        numbers.append(known.setdefault(key, node.index))
    return numbers


def _hashable(value: Any) -> Any:
    """A settled attribute as part of a key: of these, a norm alone is a mapping."""
    return tuple(value.items()) if isinstance(value, dict) else value
