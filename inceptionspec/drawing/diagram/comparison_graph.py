"""Two networks to one graph that is drawn: a node for each layer of either.

A layer of both stands once, with its attributes in the new network. Where the new network has
other layers than the old one, or none, both ways are drawn and meet in a *junction*: a node
without a layer. Layers that were only added are on the way itself.
"""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from inceptionspec.analysis.diff.matching import Pairs
from inceptionspec.drawing.diagram.boxes import Box
from inceptionspec.drawing.diagram.changes import Side
from inceptionspec.drawing.diagram.comparison_rows import (
    Instead,
    MergedItem,
    MergedRow,
    One,
    merged_row,
    only_old,
)
from inceptionspec.drawing.diagram.frames import Frames
from inceptionspec.drawing.diagram.structure import (
    Structure,
    is_series_parallel,
    structure_of,
)
from inceptionspec.ir.graph import Block, Graph, Head, Node

JUNCTION = "junction"
"""How the nodes are named where a way that is gone meets the new one."""


@dataclass(slots=True)
class Union:
    """The graph, and which network has what.

    Attributes:
        sides: of every layer, by path.
        edges: of every edge, by the path of its reader and the number of the input.
        old_paths, new_paths: the paths in the graph by numbers in either network.
        junctions: the paths of nodes that are no layer.
    """

    graph: Graph
    sides: dict[str, Side] = field(default_factory=dict)
    edges: dict[tuple[str, int], Side] = field(default_factory=dict)
    old_paths: dict[int, str] = field(default_factory=dict)
    new_paths: dict[int, str] = field(default_factory=dict)
    junctions: set[str] = field(default_factory=set)


def union_of(old: Graph, new: Graph, pairs: Pairs, renamed: Mapping[str, str]) -> Union | None:
    """Both networks as one graph; None where layers would read each other in a circle.

    Args:
        renamed: the new path of each block or branch that has one, by its old path.
    """
    rows = _structure(old), _structure(new)
    builder = _Builder(old, new, pairs, renamed)
    if rows[0] is None or rows[1] is None:
        return builder.by_edges()
    return builder.by_rows(rows[0], rows[1])


def _structure(graph: Graph) -> Structure | None:
    """The rows of a graph without frames; None where it has none."""
    boxes = [Box(node.path, "layer", "", node.head, [node], list(node.inputs))
             for node in graph.nodes]  # fmt: skip
    if not is_series_parallel(boxes):
        return None
    return structure_of(boxes, Frames({}, []), "")


class _Builder:
    def __init__(self, old: Graph, new: Graph, pairs: Pairs, renamed: Mapping[str, str]) -> None:
        self.old, self.new, self.pairs, self.renamed = old, new, pairs, renamed
        self.nodes: list[Node] = []
        self.union = Union(new)
        self.at_old: dict[int, int] = {}  # numbers in either network to numbers in the union
        self.at_new: dict[int, int] = {}
        self.taken = {node.path for node in new.nodes}
        self.heads = self._paired_heads()
        self.holds = Counter(part for node in new.nodes for part in _parts(node.path))
        for node in old.nodes:
            if pairs.to_new[node.index] is None:
                self.holds.update(_parts(self._place(node.path, node.head)))

    def _paired_heads(self) -> dict[str, str]:
        """The new name of each old head that goes on: its own, or that of most of its layers."""
        names = {head.name for head in self.new.heads}
        found = {head.name: head.name for head in self.old.heads if head.name in names}
        shared: Counter[tuple[str, str]] = Counter()
        for before, after in self.pairs.matched():
            first, second = self.old.nodes[before].head, self.new.nodes[after].head
            if first and second and first not in names and second not in found:
                shared[first, second] += 1
        for first, second in sorted(shared, key=lambda pair: (-shared[pair], pair)):
            if first not in found and second not in found.values():
                found[first] = second
        return found

    # Rows

    def by_rows(self, old: Structure, new: Structure) -> Union:
        """The trunk, then heads: those of the new network, and those that are gone."""
        self._row(merged_row(old.trunk, new.trunk, self.pairs), None, "kept")
        end = len(self.nodes) - 1
        last = _end_of_trunk(self.old), _end_of_trunk(self.new)
        known = {row.name: row for row in old.heads}
        came_from = {after: before for before, after in self.heads.items()}
        for row in new.heads:
            before = known.pop(came_from.get(row.name, ""), None)
            merged = merged_row(before.row if before else (), row.row, self.pairs)
            self._row(merged, end if row.source == last[1] else self.at_new[row.source], "kept")
        for row in old.heads:
            if row.name in known:
                source = end if row.source == last[0] else self.at_old[row.source]
                self._row(only_old(row.row), source, "removed")
        return self._done()

    def _row(self, row: MergedRow, before: int | None, ground: Side) -> tuple[int | None, Side]:
        """Add a row after a node; the node that it ends in, and whose the way from there is.

        ``ground`` is whose the row is: layers of both networks may be on a way of both alone.
        """
        way = ground
        for item in row:
            before, way = self._item(item, before, way, ground)
        return before, way

    def _item(
        self, item: MergedItem, before: int | None, way: Side, ground: Side
    ) -> tuple[int | None, Side]:
        if isinstance(item, One):
            at = self._layer(item, [before], [way])
            return at, "added" if self.union.sides[self.nodes[at].path] == "added" else ground
        if isinstance(item, Instead):
            if not item.old:
                return self._row(item.new, before, ground)
            start = len(self.nodes)
            was, _ = self._row(item.old, before, "removed")
            instead, _ = self._row(item.new, before, "added")
            sides: dict[Side, int | None] = {"removed": was, "added": instead}
            if not item.new:  # a way without a layer goes by on the left, away from heads
                sides = {"added": instead, "removed": was}
            return self._junction(sides, self.nodes[start:]), ground
        sources, ways = [], []
        for branch in item.branches:
            side: Side = "added" if not branch.in_old else "removed"
            side = ground if branch.in_old and branch.in_new else side
            # What was added before a fork is on every way into it.
            entry = way if side == ground else side
            last, after = before, entry
            for inner in branch.row:
                last, after = self._item(inner, last, after, side)
            sources.append(last)
            ways.append(after)
        at = self._layer(item.merge, sources, ways)
        return at, "added" if self.union.sides[self.nodes[at].path] == "added" else ground

    def _junction(self, sides: Mapping[Side, int | None], inside: Sequence[Node]) -> int:
        """A node where two ways meet, in the frame around the layers on them."""
        layers = [node for node in inside if node.path not in self.union.junctions]
        above = self._above(layers)
        path = self._free(f"{above}/{JUNCTION}" if above else JUNCTION)
        self.union.junctions.add(path)
        last = inside[-1]
        node = dataclasses.replace(
            last,
            path=path,
            op="add",
            attributes={},
            weights=(),
            scope=above,
            branch="",
            group=last.group if len({node.group for node in layers}) == 1 else "",
        )
        return self._add(node, [*sides.values()], [*sides])

    def _above(self, layers: Sequence[Node]) -> str:
        """The innermost part that holds some layers, and others as well."""
        common = _parts(layers[0].path)
        for node in layers:
            parts = _parts(node.path)
            while common and common[-1] not in parts:
                common.pop()
        return next((part for part in reversed(common) if self.holds[part] > len(layers)), "")

    # Nodes

    def _layer(self, one: One, sources: Sequence[int | None], ways: Sequence[Side]) -> int:
        """Add a layer of either network or both."""
        side: Side = "added" if one.old is None else "removed" if one.new is None else "kept"
        if one.new is not None:
            node = self.new.nodes[one.new]
        else:
            assert one.old is not None
            node = self._gone(self.old.nodes[one.old])
        at = self._add(node, sources, [way if side == "kept" else side for way in ways])
        self.union.sides[node.path] = side
        if one.old is not None:
            self.at_old[one.old] = at
            self.union.old_paths[one.old] = node.path
        if one.new is not None:
            self.at_new[one.new] = at
            self.union.new_paths[one.new] = node.path
        return at

    def _gone(self, node: Node) -> Node:
        """A layer of the old network alone, in the part that stands for its own."""
        return dataclasses.replace(
            node,
            path=self._free(self._place(node.path, node.head)),
            scope=self._place(node.scope, node.head),
            branch=self._place(node.branch, node.head),
            head=self._head(node.head),
        )

    def _head(self, name: str) -> str:
        """The name of an old head: that of the new one that it became, or a free one."""
        return self.heads.get(name) or self._free_head(name)

    def _free_head(self, name: str) -> str:
        taken = {head.name for head in self.new.heads}
        while name and name in taken:
            name += "_was"
        return name

    def _place(self, path: str, head: str) -> str:
        """A path of the old network as the new one would have it."""
        above, rest = path, ""
        while above and above not in self.renamed:
            above, _, last = above.rpartition("/")
            rest = f"/{last}{rest}"
        if above:
            return f"{self.renamed[above]}{rest}"
        if head and f"{path}/".startswith(f"{head}/"):
            return f"{self._head(head)}{path[len(head) :]}"
        return path

    def _free(self, path: str) -> str:
        """A path that no other node has."""
        while path in self.taken:
            path += "_was"
        self.taken.add(path)
        return path

    def _add(self, node: Node, sources: Sequence[int | None], ways: Sequence[Side]) -> int:
        at = len(self.nodes)
        inputs = tuple(source for source in sources if source is not None)
        self.nodes.append(dataclasses.replace(node, index=at, inputs=inputs))
        for number, way in enumerate(ways[: len(inputs)]):
            self.union.edges[node.path, number] = way
        return at

    # Any graphs

    def by_edges(self) -> Union | None:
        """All layers and all edges of both, where layers read others across branches."""
        ones = [One(self.pairs.to_old[node.index], node.index) for node in self.new.nodes]
        at_new = list(range(len(ones)))
        at_old: dict[int, int] = {one.old: at for at, one in enumerate(ones) if one.old is not None}
        for node in self.old.nodes:
            if node.index not in at_old:
                at_old[node.index] = len(ones)
                ones.append(One(node.index, None))
        reads: list[dict[int, Side]] = []
        for one in ones:
            was = [at_old[i] for i in self.old.nodes[one.old].inputs] if one.old is not None else []
            now = [at_new[i] for i in self.new.nodes[one.new].inputs] if one.new is not None else []
            ways: dict[int, Side] = {at: "kept" if at in was else "added" for at in now}
            reads.append(ways | {at: "removed" for at in was if at not in now})
        place: dict[int, int] = {}
        for at in _sorted(reads):
            sources = [place[source] for source in reads[at]]
            place[at] = self._layer(ones[at], sources, list(reads[at].values()))
        return self._done() if len(place) == len(ones) else None

    # Blocks and heads

    def _done(self) -> Union:
        self.union.graph = dataclasses.replace(
            self.new,
            nodes=tuple(self.nodes),
            blocks=tuple(self._blocks()),
            heads=(
                *(self._numbered(head, head.name, self.at_new) for head in self.new.heads),
                *self._lost_heads(),
            ),
            names={},
            end_points={},
        )
        return self.union

    def _blocks(self) -> Iterator[Block]:
        """Blocks with what either network has in them, by numbers of the union."""
        inside: dict[str, list[int]] = defaultdict(list)
        sources: dict[str, int] = {}
        ends: dict[str, int] = {}
        parts = [_parts(node.path) for node in self.nodes]
        for node in self.nodes:
            for path in parts[node.index]:
                inside[path].append(node.index)
            for source in node.inputs:
                for path in set(parts[node.index]).difference(parts[source]):
                    sources.setdefault(path, source)
                for path in set(parts[source]).difference(parts[node.index]):
                    ends[path] = max(source, ends.get(path, source))
        for block in (*self.new.blocks, *self._lost_blocks()):
            members = inside[block.path]
            end = ends.get(block.path, members[-1] if members else 0)
            yield dataclasses.replace(
                block, input=sources.get(block.path, 0), output=end, members=tuple(members)
            )

    def _numbered(self, head: Head, name: str, at: Mapping[int, int]) -> Head:
        """A head with what either network has in it, by numbers of the union."""
        return dataclasses.replace(
            head,
            name=name,
            source=at[head.source],
            output=at[head.output],
            predictions=None if head.predictions is None else at[head.predictions],
            members=tuple(node.index for node in self.nodes if node.head == name),
        )

    def _lost_blocks(self) -> Iterable[Block]:
        known = {block.path for block in self.new.blocks}
        for block in self.old.blocks:
            paths = [self.union.old_paths[index] for index in block.members]
            path = self._place(block.path, "")
            if path not in known and all(self.union.sides[one] == "removed" for one in paths):
                known.add(path)
                yield dataclasses.replace(block, path=path)

    def _lost_heads(self) -> Iterable[Head]:
        for head in self.old.heads:
            if head.name not in self.heads:
                yield self._numbered(head, self._head(head.name), self.at_old)


def _end_of_trunk(graph: Graph) -> int:
    return max(node.index for node in graph.nodes if not node.head)


def _parts(path: str) -> list[str]:
    """The paths around a path, the outermost first."""
    names = path.split("/")[:-1]
    return ["/".join(names[: count + 1]) for count in range(len(names))]


def _sorted(reads: Sequence[Mapping[int, Side]]) -> list[int]:
    """Numbers with those that they read before them; without those that read in a circle."""
    waiting = [len(ways) for ways in reads]
    readers: list[list[int]] = [[] for _ in reads]
    for at, ways in enumerate(reads):
        for source in ways:
            readers[source].append(at)
    ready = [at for at, count in enumerate(waiting) if not count]
    order: list[int] = []
    while ready:
        at = ready.pop()
        order.append(at)
        for reader in reversed(readers[at]):
            waiting[reader] -= 1
            if not waiting[reader]:
                ready.append(reader)
    return order
