"""Two graphs to pairs of nodes that are the same layer.

Names decide first. Other layers are paired by their place: they read, or are read by, layers
that are paired already. Blocks with both another name and other attributes are paired by
their structure: the layers between two pairs are aligned.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from inceptionspec.analysis.diff.structure import Counterparts, structural_pairs
from inceptionspec.ir.graph import Graph
from inceptionspec.ops import OPS

#: The rounds that pair layers with different paths, the surest first: the order in which
#: they visit nodes, and what two layers must share. Downwards, a pair helps to pair its
#: readers; upwards, its inputs. Later rounds let attributes differ, and ask for the same
#: parent or for the same inputs and readers instead.
_ROUNDS = (
    ("down", ("op", "attributes", "inputs")),
    ("up", ("op", "attributes", "readers")),
    ("down", ("op", "parent", "inputs")),
    ("up", ("op", "parent", "readers")),
    ("down", ("op", "inputs", "readers")),
    ("down", ("op", "inputs", "users")),
    ("down", ("category", "inputs", "readers")),
)
# Pairs of late rounds help early ones. The rounds repeat a few times at most, so that the
# time grows in proportion to the layers.
_TIMES = 4


@dataclass(frozen=True, slots=True)
class Pairs:
    """The pairs of two graphs, by old node and by new node."""

    to_new: Counterparts
    to_old: Counterparts

    def matched(self) -> Iterable[tuple[int, int]]:
        """Each pair, in the order of the old nodes."""
        return ((old, new) for old, new in enumerate(self.to_new) if new is not None)


def pairs_in_order(count: int) -> Pairs:
    """The pairs of two graphs that compute the same: all nodes in order."""
    return Pairs(range(count), range(count))


def match(
    old: Graph,
    new: Graph,
    old_attributes: Sequence[Mapping[str, Any]],
    new_attributes: Sequence[Mapping[str, Any]],
) -> Pairs:
    """Pair the nodes of two graphs, given the attributes that make a difference."""
    sides = _Side(old, old_attributes), _Side(new, new_attributes)
    matcher = _Matcher(*sides)
    matcher.by_predictions()
    matcher.by_path()
    matcher.by_all_places()
    for pair in list(structural_pairs(old, new, sides[0].other, sides[1].other)):
        matcher.pair(*pair)
    matcher.by_all_places()
    return Pairs(tuple(sides[0].other), tuple(sides[1].other))


class _Side:
    """One graph, the counterparts of its nodes so far, and the readers of each node."""

    def __init__(self, graph: Graph, attributes: Sequence[Mapping[str, Any]]) -> None:
        self.graph = graph
        self.attributes = attributes
        self.other: list[int | None] = [None] * len(graph.nodes)
        self.readers: list[list[tuple[int, int]]] = [[] for _ in graph.nodes]
        for node in graph.nodes:
            for position, index in enumerate(node.inputs):
                self.readers[index].append((node.index, position))

    def open(self, upwards: bool) -> list[int]:
        """The nodes without a counterpart."""
        found = [index for index, other in enumerate(self.other) if other is None]
        return found[::-1] if upwards else found


class _Place:
    """What describes a node of one graph, in numbers and paths of the new graph.

    An aspect can be compared, or is None where it is not known yet.
    """

    def __init__(self, side: _Side, number: Counterparts, parents: Mapping[str, str]) -> None:
        self.side = side
        self.number = number
        self.parents = dict(parents)

    def key(self, index: int, aspects: Iterable[str]) -> Hashable | None:
        """All aspects together, or None if one is unknown."""
        values = tuple(_ASPECTS[aspect](self, index) for aspect in aspects)
        return None if None in values else values

    def op(self, index: int) -> Hashable:
        return self.side.graph.nodes[index].op

    def category(self, index: int) -> Hashable:
        return OPS[self.side.graph.nodes[index].op].category

    def attributes(self, index: int) -> Hashable:
        return repr(self.side.attributes[index])

    def inputs(self, index: int) -> Hashable | None:
        found = tuple(self.number[source] for source in self.side.graph.nodes[index].inputs)
        return found if found and None not in found else None

    def readers(self, index: int) -> frozenset[tuple[int | None, int]] | None:
        found = [(self.number[reader], position) for reader, position in self.side.readers[index]]
        known = all(number is not None for number, _ in found)
        return frozenset(found) if found and known else None

    def users(self, index: int) -> Hashable | None:
        """The readers, in whatever branch they read it."""
        found = self.readers(index)
        return None if found is None else frozenset(number for number, _ in found)

    def parent(self, index: int) -> Hashable:
        return self._renamed(_above(self.side.graph.nodes[index].path))

    def _renamed(self, path: str) -> str:
        """A path of this graph in the new graph, by the nearest part that is paired."""
        rest: list[str] = []
        above = path
        while above and above not in self.parents:
            above, _, last = above.rpartition("/")
            rest.append(last)
        found = "/".join(filter(None, (self.parents.get(above, above), *reversed(rest))))
        self.parents[path] = found
        return found


_ASPECTS: Mapping[str, Callable[[_Place, int], Hashable | None]] = MappingProxyType(
    {
        "op": _Place.op,
        "category": _Place.category,
        "attributes": _Place.attributes,
        "inputs": _Place.inputs,
        "readers": _Place.readers,
        "users": _Place.users,
        "parent": _Place.parent,
    }
)


class _Matcher:
    def __init__(self, old: _Side, new: _Side) -> None:
        self.old = old
        self.new = new
        self.count = 0

    def by_all_places(self) -> None:
        """Go through all rounds until they find no more pairs."""
        for _ in range(_TIMES):
            before = self.count
            for direction, aspects in _ROUNDS:
                self.by_place(direction == "up", aspects)
            if self.count == before:
                break

    def by_predictions(self) -> None:
        """Pair the predictions of heads: their paths change with the main head."""
        new = {head.name: head.predictions for head in self.new.graph.heads}
        for head in self.old.graph.heads:
            predictions = new.get(head.name)
            if head.predictions is not None and predictions is not None:
                self.pair(head.predictions, predictions)

    def by_path(self) -> None:
        """Pair nodes with the same path."""
        new = {self.new.graph.nodes[i].path: i for i in self.new.open(upwards=False)}
        for index in self.old.open(upwards=False):
            found = new.get(self.old.graph.nodes[index].path)
            if found is not None:
                self.pair(index, found)

    def by_place(self, upwards: bool, aspects: Sequence[str]) -> None:
        """Pair nodes that share some aspects, in order."""
        parents = self._parents() if "parent" in aspects else {}
        old = _Place(self.old, self.old.other, parents)
        new = _Place(self.new, range(len(self.new.other)), {})
        waiting: dict[Hashable, deque[int]] = {}
        for index in self.new.open(upwards):
            key = new.key(index, aspects)
            if key is not None:
                waiting.setdefault(key, deque()).append(index)
        for index in self.old.open(upwards):
            found = waiting.get(old.key(index, aspects))
            if found:
                self.pair(index, found.popleft())

    def _parents(self) -> dict[str, str]:
        """The old and new paths of what is around paired layers: blocks and branches.

        A block that kept a layer kept its name, wherever its other layers went. Others
        correspond where each holds most of the layers of the other.
        """
        shared: Counter[tuple[str, str]] = Counter()
        for old, new in enumerate(self.old.other):
            if new is not None:
                before = _above(self.old.graph.nodes[old].path)
                after = _above(self.new.graph.nodes[new].path)
                shared[before, after] += 1
        mutual = set(_most_shared(shared, 0).values()) & set(_most_shared(shared, 1).values())
        return {
            before: after
            for before, after in shared
            if before == after
            or (
                (before, after) in mutual
                and (before, before) not in shared
                and (after, after) not in shared
            )
        }

    def pair(self, old: int, new: int) -> None:
        """Make two layers counterparts."""
        self.old.other[old] = new
        self.new.other[new] = old
        self.count += 1


def _most_shared(
    shared: Mapping[tuple[str, str], int], side: int
) -> dict[str, tuple[str, str] | None]:
    """The pair of parts with the most layers for each part of a side; None where two tie."""
    most: dict[str, tuple[str, str] | None] = {}
    counts: dict[str, int] = {}
    for pair, count in shared.items():
        part = pair[side]
        if count > counts.get(part, 0):
            most[part], counts[part] = pair, count
        elif count == counts[part]:
            most[part] = None
    return most


def _above(path: str) -> str:
    return path.rpartition("/")[0]
