"""Pairs of layers that differ in name and attributes, found by the structure around them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from inceptionspec.analysis.diff.alignment import align
from inceptionspec.ir.graph import Graph, Node

#: A node of one graph as the number of its counterpart in the other; None where it has none.
Counterparts = Sequence[int | None]

#: What a pair of layers is worth: for the same operator, and for each trait that agrees.
_SAME_OPERATOR = 4
_WORTHS: Mapping[str, int] = {
    "kernel": 3, "stride": 1, "size": 3, "channels": 1, "name": 2, "last_in_block": 2,
}  # fmt: skip


class _Traits(NamedTuple):
    """What two layers may have in common."""

    op: str
    kernel: Any
    stride: Any
    size: Any
    channels: Any
    name: str
    last_in_block: bool


def lone_parts(graph: Graph, other: Counterparts) -> dict[int, str]:
    """The outermost block or head around each node in which no node has a counterpart."""
    parts: dict[int, str] = {}
    for path, members in (
        *((block.path, block.members) for block in graph.blocks),  # the inner ones first
        *((head.name, head.members) for head in graph.heads),
    ):
        if all(other[index] is None for index in members):
            parts.update(dict.fromkeys(members, path))
    return parts


def structural_pairs(
    old: Graph, new: Graph, to_new: Counterparts, to_old: Counterparts
) -> Iterator[tuple[int, int]]:
    """Pairs of layers that have no counterpart yet, in the order in which both run.

    Layers that stand between the same two pairs are aligned. A pair holds if the blocks
    around its layers are alike: at least half of their layers are pairs of each other.
    """
    found: list[tuple[int, int]] = []
    old_open, new_open = _open(to_new), _open(to_old)
    for between in (_between_pairs, _after_pair, _before_pair):
        old_runs = between(old_open, to_new, translated=True)
        new_runs = between(new_open, to_old, translated=False)
        for place, old_run in old_runs.items():
            new_run = new_runs.get(place)
            if new_run:
                found += _aligned(old, new, old_run, new_run)
        old_open -= {before for before, _ in found}
        new_open -= {after for _, after in found}
    yield from _in_blocks_alike(found, _Around(old, to_new), _Around(new, to_old))


# Runs of layers without counterparts


def _open(other: Counterparts) -> set[int]:
    return {index for index, counterpart in enumerate(other) if counterpart is None}


def _neighbors(
    open_nodes: set[int], other: Counterparts, translated: bool
) -> Iterator[tuple[int, int, int]]:
    """Each open node with the nearest pairs around it, as numbers of the new graph."""

    def number(index: int) -> int:
        counterpart = other[index]
        return index if not translated or counterpart is None else counterpart

    after = [len(other)] * len(other)
    nearest = -1
    for index in range(len(other) - 1, -1, -1):
        after[index] = nearest
        if other[index] is not None:
            nearest = number(index)
    nearest = -1
    for index, counterpart in enumerate(other):
        if counterpart is not None:
            nearest = number(index)
        elif index in open_nodes:
            yield index, nearest, after[index]


def _runs(placed: Iterable[tuple[Hashable, int]]) -> dict[Hashable, list[int]]:
    runs: dict[Hashable, list[int]] = {}
    for place, index in placed:
        runs.setdefault(place, []).append(index)
    return runs


def _between_pairs(
    open_nodes: set[int], other: Counterparts, translated: bool
) -> dict[Hashable, list[int]]:
    found = _neighbors(open_nodes, other, translated)
    return _runs(((before, after), index) for index, before, after in found)


def _after_pair(
    open_nodes: set[int], other: Counterparts, translated: bool
) -> dict[Hashable, list[int]]:
    found = _neighbors(open_nodes, other, translated)
    return _runs((before, index) for index, before, _ in found)


def _before_pair(
    open_nodes: set[int], other: Counterparts, translated: bool
) -> dict[Hashable, list[int]]:
    found = _neighbors(open_nodes, other, translated)
    return _runs((after, index) for index, _, after in found)


# Their alignment


def _aligned(
    old: Graph, new: Graph, old_run: Sequence[int], new_run: Sequence[int]
) -> list[tuple[int, int]]:
    first = [_traits(old.nodes[index]) for index in old_run]
    second = [_traits(new.nodes[index]) for index in new_run]
    if repr(first) > repr(second):  # so that the pairs are the same from either side
        return [(before, after) for after, before in _aligned(new, old, new_run, old_run)]
    known: dict[tuple[_Traits, _Traits], int] = {}

    def similarity(row: int, column: int) -> int:
        pair = first[row], second[column]
        value = known.get(pair)
        if value is None:
            value = known[pair] = _similarity(*pair)
        return value

    return [
        (old_run[row], new_run[column])
        for row, column in align(len(first), len(second), similarity)
    ]


def _traits(node: Node) -> _Traits:
    above, _, name = node.path.rpartition("/")
    return _Traits(
        node.op,
        node.attributes.get("kernel"),
        node.attributes.get("stride"),
        node.shape[:-1],
        node.shape[-1],
        name,
        bool(node.scope) and above == node.scope and not node.branch,
    )


def _similarity(one: _Traits, other: _Traits) -> int:
    if one.op != other.op:
        return 0
    return _SAME_OPERATOR + sum(
        worth
        for trait, worth in _WORTHS.items()
        if getattr(one, trait) == getattr(other, trait)
    )


# The blocks around them


class _Around:
    """The blocks around the nodes of one graph, and how many layers each has to be paired."""

    def __init__(self, graph: Graph, other: Counterparts) -> None:
        self.outer = lone_parts(graph, other)
        self.nodes = graph.nodes
        self.sizes: Counter[str] = Counter()
        for index in _open(other):
            self.sizes.update(set(self.parts(index)))

    def parts(self, index: int) -> tuple[str, str]:
        """The innermost and the outermost part, the layer itself where it is in no block."""
        node = self.nodes[index]
        return node.scope or node.path, self.outer.get(index, node.scope or node.path)


def _in_blocks_alike(
    found: Sequence[tuple[int, int]], old: _Around, new: _Around
) -> Iterator[tuple[int, int]]:
    common: Counter[tuple[str, str]] = Counter()
    around = [
        {(one, other) for one in old.parts(before) for other in new.parts(after)}
        for before, after in found
    ]
    for parts in around:
        common.update(parts)
    for pair, parts in zip(found, around, strict=True):
        if any(4 * common[one, other] >= old.sizes[one] + new.sizes[other] for one, other in parts):
            yield pair
