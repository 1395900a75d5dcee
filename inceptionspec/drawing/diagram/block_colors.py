"""The color of a block, from its name alone.

A theme has eight fills for blocks. A definition that the built-in networks use has a fixed one
of them, by what it does: blocks of one size, blocks that make the map smaller, parts of cells.
Any other name gets one by a hash of its letters. So a block has the same color in all views
of a network, and in all networks of a family.

Two names of one network may have the same number. Then one of the table keeps it, or else the
first in the alphabet, and the other takes the next number that is free. Which definitions the
whole network calls decides that, and not which are drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from zlib import crc32

from inceptionspec.ir.graph import Graph

FAMILIES: tuple[tuple[str, ...], ...] = (
    ("inception", "inception_a", "block35", "bottleneck", "block", "dense_layer", "fire", "mbconv",
     "middle", "normal"),
    ("inception_b", "block17", "residual"),
    ("inception_c", "block8", "classifier"),
    ("reduction", "reduction_a", "project", "downsample", "downsampling", "transition"),
    ("reduction_b", "reduce", "halve"),
    ("separable",),
    ("squeeze",),
    ("adjust",),
)  # fmt: skip
"""Names of definitions by the number of their fill. No two of one network share a row."""

_KNOWN: Mapping[str, int] = MappingProxyType(
    {name: number for number, names in enumerate(FAMILIES) for name in names}
)


def definitions_of(graph: Graph) -> tuple[str, ...]:
    """The names of all definitions that a network calls."""
    return tuple(dict.fromkeys(block.definition for block in graph.blocks if block.definition))


def block_fills(definitions: Iterable[str], fills: tuple[str, ...]) -> Mapping[str, str]:
    """The fill of each definition of a network; more than there are fills have none."""
    taken: dict[int, str] = {}
    for name in sorted(set(definitions), key=lambda name: (name not in _KNOWN, name)):
        wanted = _KNOWN[name] if name in _KNOWN else crc32(name.encode("utf-8"))
        numbers = ((wanted + step) % len(fills) for step in range(len(fills)))
        number = next((number for number in numbers if number not in taken), None)
        if number is not None:
            taken[number] = name
    return {name: fills[number] for number, name in sorted(taken.items())}
