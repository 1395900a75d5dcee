"""What the outputs of an imported network need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from inceptionspec.importers.imported_network import ImportedLayer


def ancestors(layers: Mapping[str, ImportedLayer], ends: Iterable[str]) -> set[str]:
    """What some layers need, themselves included; the input has no name."""
    needed: set[str] = set()
    waiting = list(ends)
    while waiting:
        name = waiting.pop()
        if name and name not in needed:
            needed.add(name)
            waiting += layers[name].inputs
    return needed


def pruned(
    layers: Mapping[str, ImportedLayer], ends: Iterable[str], twins: Mapping[str, str]
) -> tuple[list[ImportedLayer], list[str]]:
    """The layers that the outputs need, and the outputs.

    Args:
        layers: by name.
        ends: names of the outputs.
        twins: pools that were made a second time, as a map, to those that are vectors. Where a
            twin is needed alone, it takes the pool's name.
    """
    ends = list(ends)
    needed = ancestors(layers, ends)
    new = {twin: pool for twin, pool in twins.items() if twin in needed and pool not in needed}
    kept = [
        replace(
            layer,
            name=new.get(name, name),
            inputs=tuple(new.get(source, source) for source in layer.inputs),
        )
        for name, layer in layers.items()
        if name in needed
    ]
    return kept, [new.get(end, end) for end in ends]
