"""Which tensors of a network a user asks for, and what they depend on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from inceptionspec.diagnostics.diagnostic import Diagnostic, Label, SpecError
from inceptionspec.diagnostics.source import Span, external
from inceptionspec.diagnostics.suggest import suggested
from inceptionspec.ir.graph import Graph, Node


class ReadsLayers(Protocol):
    """A layer, before or after shapes, that knows which earlier layers it reads."""

    @property
    def inputs(self) -> tuple[int, ...]:
        """Indices of the layers that it reads."""
        ...


def resolve_outputs(
    graph: Graph, outputs: str | Sequence[str] | None = None, place: Span | None = None
) -> Mapping[str, int]:
    """The nodes that yield some outputs, by the name under which each was asked for.

    Args:
        outputs: names of ``graph.names``. Without it the logits of every head by the
            head's name, or the last tensor, under no name, where there is no head.
        place: what findings point at; the argument of a Python function by default.

    Raises:
        SpecError: a name stands for nothing, or none is named (E0806).
    """
    if outputs is None and graph.heads:
        return {head.name: head.output for head in graph.heads}
    if outputs is None:
        return {"": len(graph.nodes) - 1}
    names = (outputs,) if isinstance(outputs, str) else tuple(outputs)
    place = place or external(f"outputs={outputs!r}")
    unknown: list[Diagnostic] = []
    for name in names:
        if name not in graph.names:
            helps, notes = suggested(name, graph.names, unknown)
            message = f"`{graph.name}` has no end point `{name}`"
            unknown.append(Diagnostic("E0806", message, Label(place), helps=helps, notes=notes))
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


def ancestors(layers: Sequence[ReadsLayers] | Mapping[int, Node], ends: Iterable[int]) -> list[int]:
    """Some layers and all that they depend on, in order.

    Args:
        layers: what ``ends`` and the inputs of each layer are indices of.
        ends: indices of the layers to start from.
    """
    seen: set[int] = set()
    waiting = list(ends)
    while waiting:
        index = waiting.pop()
        if index not in seen:
            seen.add(index)
            waiting.extend(layers[index].inputs)
    return sorted(seen)


def dominators(layers: Sequence[ReadsLayers]) -> list[int]:
    """For each layer the nearest earlier one that every path from the input to it passes.

    It is -1 for what reads nothing. All that a layer depends on is what its dominator depends
    on, the dominator, and what lies between the two, so that sums over ancestors grow with
    the network and not with its square.
    """
    nearest: list[int] = []
    depth: list[int] = []
    for layer in layers:
        common = layer.inputs[0] if layer.inputs else -1
        for other in layer.inputs[1:]:
            while common != other:
                if depth[common] < depth[other]:
                    other = nearest[other]
                else:
                    common = nearest[common]
        nearest.append(common)
        depth.append(0 if common < 0 else depth[common] + 1)
    return nearest
