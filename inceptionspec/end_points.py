"""Which tensors of a network a user asks for, and what they hang on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from inceptionspec.diagnostics import Diagnostic, Label, SpecError, did_you_mean
from inceptionspec.graph import Graph
from inceptionspec.source import Source


def ends_of(graph: Graph, outputs: str | Sequence[str] | None = None) -> Mapping[str, int]:
    """The nodes that yield some outputs, by the name under which each was asked for.

    Args:
        outputs: names of ``graph.names``. Without it the logits of every head by the
            head's name, or the last tensor, under no name, where there is no head.

    Raises:
        SpecError: a name stands for nothing, or none is named (E0806).
    """
    if outputs is None and graph.heads:
        return {head.name: head.output for head in graph.heads}
    if outputs is None:
        return {"": len(graph.nodes) - 1}
    names = (outputs,) if isinstance(outputs, str) else tuple(outputs)
    place = Source(f"outputs={outputs!r}").whole()
    unknown = [
        Diagnostic(
            "E0806",
            f"`{graph.name}` has no end point `{name}`",
            Label(place),
            helps=did_you_mean(name, graph.names),
        )
        for name in names
        if name not in graph.names
    ]
    if not names:
        unknown = [
            Diagnostic(
                "E0806",
                "no output is named",
                Label(place),
                helps=("leave `outputs` out for the logits of every head",),
            )
        ]
    if unknown:
        raise SpecError(unknown)
    return {name: graph.names[name] for name in names}


def needed(graph: Graph, ends: Iterable[int]) -> tuple[int, ...]:
    """The nodes that some nodes hang on, themselves included, in order."""
    found = set(ends)
    for node in reversed(graph.nodes):
        if node.index in found:
            found.update(node.inputs)
    return tuple(sorted(found))
