"""Pairs of layers that differ in name and attributes, found by the structure around them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Hashable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from inceptionspec.analysis.diff.alignment import align
from inceptionspec.ir.graph import Graph, Node

#: A node of one graph as the number of its counterpart in the other; None where it has none.
Counterparts = Sequence[int | None]

#: What a pair of layers is worth: for the same operator, and for each trait that agrees.
_SAME_OPERATOR, _SAME_NAME = 4, 2
_WORTHS: Mapping[str, int] = {
    "kernel": 3, "stride": 1, "size": 3, "channels": 1, "enters_block": 2, "last_in_block": 2,
}  # fmt: skip


class _Traits(NamedTuple):
    """What two layers may have in common."""

    op: str
    kernel: Any
    stride: Any
    size: Any
    channels: Any
    enters_block: bool
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

    Layers between the same two pairs are aligned. A pair holds if the blocks
    around its layers are alike: at least half of their layers are pairs of each other that
    read the same.
    """
    # Equal kernels first is surer, unless most kernels are other ones.
    searches = (_Search(old, new, to_new, to_old), _Search(old, new, to_new, to_old))
    searches[0].run((True, False))
    searches[1].run((False,))
    best = max(searches, key=lambda search: len(search.alike))
    yield from _in_blocks_alike(
        sorted(best.found), best.alike, _Around(old, to_new), _Around(new, to_old)
    )


class _Search:
    """A search for pairs of layers that have no counterpart yet.

    Attributes:
        found: the pairs.
        alike: those that read pairs, too.
    """

    def __init__(self, old: Graph, new: Graph, to_new: Counterparts, to_old: Counterparts) -> None:
        self.old, self.new = old, new
        self.old_other, self.new_other = list(to_new), list(to_old)
        self.found: list[tuple[int, int]] = []
        self.alike: set[tuple[int, int]] = set()

    def run(self, kernels: Sequence[bool]) -> None:
        """Align runs of layers, for each of ``kernels`` with equal kernels or with any."""
        for one_kernel in kernels:
            for place_of in (_before_and_after, _before, _after):
                old_runs = _runs(self.old_other, place_of, translated=True)
                new_runs = _runs(self.new_other, place_of, translated=False)
                for place in old_runs.keys() & new_runs.keys():
                    runs = old_runs[place], new_runs[place]
                    for before, after in _aligned(self.old, self.new, *runs, one_kernel):
                        self.old_other[before], self.new_other[after] = after, before
                        self.found.append((before, after))
        self.alike = _reading_alike(self.found, self.old, self.new, self.old_other, self.new_other)


# Runs of layers without counterparts


class _Neighbors(NamedTuple):
    """The nearest pairs before and after a layer, as numbers of the new graph; -1 for none."""

    before: int
    after: int


def _before_and_after(neighbors: _Neighbors) -> Hashable:
    return neighbors


def _before(neighbors: _Neighbors) -> Hashable:
    return neighbors.before


def _after(neighbors: _Neighbors) -> Hashable:
    return neighbors.after


def _runs(
    other: Counterparts, place_of: Callable[[_Neighbors], Hashable], translated: bool
) -> dict[Hashable, list[int]]:
    """The nodes without counterparts by their place.

    Args:
        other: the counterpart of each node.
        place_of: what a place is.
        translated: whether to number pairs as in the other graph.
    """
    numbers = [
        index if counterpart is None or not translated else counterpart
        for index, counterpart in enumerate(other)
    ]
    after = [-1] * len(other)
    for index in range(len(other) - 2, -1, -1):
        after[index] = after[index + 1] if other[index + 1] is None else numbers[index + 1]
    runs: dict[Hashable, list[int]] = {}
    before = -1
    for index, counterpart in enumerate(other):
        if counterpart is None:
            runs.setdefault(place_of(_Neighbors(before, after[index])), []).append(index)
        else:
            before = numbers[index]
    return runs


# Their alignment


def _aligned(
    old: Graph, new: Graph, old_run: Sequence[int], new_run: Sequence[int], one_kernel: bool
) -> list[tuple[int, int]]:
    """The pairs of two runs, with equal kernels if that is asked for."""
    first, second = _candidates(old, old_run, new, new_run, one_kernel)
    if not first:
        return []
    old_traits = [_traits(old.nodes[index], old) for index in first]
    new_traits = [_traits(new.nodes[index], new) for index in second]
    if repr(old_traits) > repr(new_traits):  # so that the pairs are the same from either side
        mirrored = _aligned(new, old, new_run, old_run, one_kernel)
        return [(before, after) for after, before in mirrored]
    # Traits as numbers: comparing them takes most of the time.
    numbers: dict[_Traits, int] = {}
    rows = [numbers.setdefault(traits, len(numbers)) for traits in old_traits]
    columns = [numbers.setdefault(traits, len(numbers)) for traits in new_traits]
    count, traits_of = len(numbers), list(numbers)
    old_names = [_name(old.nodes[index]) for index in first]
    new_names = [_name(new.nodes[index]) for index in second]
    known: dict[int, int] = {}

    def similarity(row: int, column: int) -> int:
        pair = rows[row] * count + columns[column]
        value = known.get(pair)
        if value is None:
            one, other = traits_of[rows[row]], traits_of[columns[column]]
            value = known[pair] = _similarity(one, other, one_kernel)
        return value + _SAME_NAME if value and old_names[row] == new_names[column] else value

    return [
        (first[row], second[column])
        for row, column in align(_inside(old, first), _inside(new, second), similarity)
    ]


def _candidates(
    old: Graph, old_run: Sequence[int], new: Graph, new_run: Sequence[int], one_kernel: bool
) -> tuple[list[int], list[int]]:
    """The layers of two runs whose operator, and kernel if asked for, is in the other run."""

    def key(node: Node) -> tuple[str, Any]:
        return node.op, node.attributes.get("kernel") if one_kernel else None

    common = {key(old.nodes[index]) for index in old_run}
    common &= {key(new.nodes[index]) for index in new_run}
    return (
        [index for index in old_run if key(old.nodes[index]) in common],
        [index for index in new_run if key(new.nodes[index]) in common],
    )


def _inside(graph: Graph, run: Sequence[int]) -> list[bool]:
    """Whether each layer of a run is in the block of the one before it."""
    scopes = [graph.nodes[index].scope for index in run]
    return [False, *(one == other != "" for one, other in pairwise(scopes))]


def _traits(node: Node, graph: Graph) -> _Traits:
    inside = f"{node.scope}/" if node.scope else ""
    return _Traits(
        node.op,
        node.attributes.get("kernel"),
        node.attributes.get("stride"),
        node.shape[:-1],
        node.shape[-1],
        not any(graph.nodes[index].path.startswith(inside) for index in node.inputs),
        bool(node.scope) and _above(node) == node.scope and not node.branch,
    )


def _name(node: Node) -> str:
    return node.path.rpartition("/")[2]


def _above(node: Node) -> str:
    return node.path.rpartition("/")[0]


def _similarity(one: _Traits, other: _Traits, one_kernel: bool) -> int:
    if one.op != other.op or (one_kernel and one.kernel != other.kernel):
        return 0
    return _SAME_OPERATOR + sum(
        worth for trait, worth in _WORTHS.items() if getattr(one, trait) == getattr(other, trait)
    )


# The blocks around them


def _reading_alike(
    found: Sequence[tuple[int, int]],
    old: Graph,
    new: Graph,
    old_other: Counterparts,
    new_other: Counterparts,
) -> set[tuple[int, int]]:
    """The pairs whose inputs are pairs, looking through layers that only one graph has."""
    old_sources, new_sources = _sources(old, old_other), _sources(new, new_other)

    def read(node: Node, sources: Sequence[int]) -> list[int]:
        return [sources[index] for index in node.inputs]

    return {
        (before, after)
        for before, after in found
        if [old_other[index] for index in read(old.nodes[before], old_sources)]
        == read(new.nodes[after], new_sources)
    }


def _sources(graph: Graph, other: Counterparts) -> list[int]:
    """For each node itself, or the last paired one that it reads through single inputs."""
    sources: list[int] = []
    for node in graph.nodes:
        through = other[node.index] is None and len(node.inputs) == 1
        sources.append(sources[node.inputs[0]] if through else node.index)
    return sources


class _Around:
    """The blocks around the nodes of one graph, and how many layers each has to be paired."""

    def __init__(self, graph: Graph, other: Counterparts) -> None:
        self.outer = lone_parts(graph, other)
        self.nodes = graph.nodes
        self.sizes: Counter[str] = Counter()
        for node in graph.nodes:
            if other[node.index] is None:
                self.sizes.update(set(self.parts(node.index)))

    def parts(self, index: int) -> tuple[str, str]:
        """The innermost and the outermost part, the layer itself where it is in no block."""
        node = self.nodes[index]
        return node.scope or node.path, self.outer.get(index, node.scope or node.path)


def _in_blocks_alike(
    found: Sequence[tuple[int, int]],
    alike: Container[tuple[int, int]],
    old: _Around,
    new: _Around,
) -> Iterator[tuple[int, int]]:
    around = [
        {(part, other) for part in old.parts(before) for other in new.parts(after)}
        for before, after in found
    ]
    common: Counter[tuple[str, str]] = Counter()
    for pair, parts in zip(found, around, strict=True):
        if pair in alike:
            common.update(parts)
    for pair, parts in zip(found, around, strict=True):
        if any(4 * common[one, other] >= old.sizes[one] + new.sizes[other] for one, other in parts):
            yield pair
