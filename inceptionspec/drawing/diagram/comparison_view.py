"""Two networks as one view: what both have, and next to it what only one has.

Layers that only the old network has keep their places: between the layers around them, as
one more branch. Where that cannot be drawn as rows and branches, since too much is
different, the whole old network is next to the new one.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from inceptionspec.analysis.costs import Cost, costs
from inceptionspec.analysis.diff.compare import compare_and_pair
from inceptionspec.analysis.diff.difference import Change, Difference, LayerChange
from inceptionspec.analysis.diff.matching import Pairs
from inceptionspec.drawing.diagram.boxes import Box, forks_of
from inceptionspec.drawing.diagram.frames import calls_of
from inceptionspec.drawing.diagram.labels import change_text, difference_texts
from inceptionspec.drawing.diagram.structure import is_series_parallel
from inceptionspec.drawing.diagram.view import View
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.graph import Block, Graph, Head, Node

State = Literal["kept", "changed", "added", "removed"]
OLD = "old"
"""What the paths of the old network begin with, where it is drawn by itself."""
MOST_LINES = 3
"""At most this many changes of a layer are shown."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What is different, by node of the view's graph.

    Attributes:
        states: of every layer, by path.
        edges: of every edge between two layers, by their paths.
        lines: what changed in a layer, by path.
        before, after: what a layer cost and costs, where it was or is, by path.
        apart: whether the two networks are drawn next to each other.
    """

    states: Mapping[str, State]
    edges: Mapping[tuple[str, str], State]
    lines: Mapping[str, tuple[str, ...]]
    before: Mapping[str, Cost]
    after: Mapping[str, Cost]
    apart: bool


def comparison_view(old: LoadedSpec, new: LoadedSpec) -> tuple[View, Changes]:
    """One view of two networks, and what is different between them."""
    found, pairs = compare_and_pair(old, new)
    union = _Union(old.graph, new.graph, pairs)
    if not union.fits:
        union = _Union(old.graph, new.graph, None)
    lines = {
        change.new_path: tuple(map(change_text, _first_changes(change))) for change in found.changed
    }
    view = View(
        union.graph,
        f"{old.name} \u2192 {new.name}" if old.name != new.name else new.name,
        tuple(_title(found)),
        new.graph.main,
        {**calls_of(old.graph), **calls_of(new.graph)},
    )
    return view, union.changes(found, lines)


def _first_changes(layer: LayerChange) -> Sequence[Change]:
    """The changes of a layer that are shown: what it computes before how it trains."""
    return sorted(layer.attributes, key=lambda change: change.trains_only)[:MOST_LINES]


def _title(found: Difference) -> Sequence[str]:
    old, new = found.old, found.new
    lines = [*difference_texts(found.total)]
    if old.name == new.name and old.source != new.source:
        lines.append(f"{os.path.basename(old.source)} to {os.path.basename(new.source)}")
    if found.same:
        lines.append("both compute the same")
    return lines


class _Union:
    """A graph of all layers of both networks; without pairs, of two separate networks."""

    def __init__(self, old: Graph, new: Graph, pairs: Pairs | None) -> None:
        self.old, self.new, self.pairs = old, new, pairs
        self.new_paths = frozenset(node.path for node in new.nodes)
        self.taken = set(self.new_paths)
        self.path_of_old: dict[int, str] = {}
        for node in old.nodes:
            twin = None if pairs is None else pairs.to_new[node.index]
            self.path_of_old[node.index] = (
                new.nodes[twin].path if twin is not None else self._free(node.path)
            )
        self.edges = self._edges()
        ordered = self._ordered()
        self.fits = ordered is not None
        self.graph = self._graph(ordered or ())
        if self.fits and pairs is not None:
            self.fits = _has_rows(self.graph)

    def _free(self, path: str) -> str:
        """A path for a layer of the old network that no other has."""
        path = f"{OLD}/{path}" if self.pairs is None else path
        while path in self.taken:
            path += "_was"
        self.taken.add(path)
        return path

    def _edges(self) -> dict[str, list[str]]:
        """What each layer reads in either network, in branch order.

        A layer that was inserted or removed is between its two neighbors: no edge leads
        around it.
        """
        reads = {
            node.path: [self.new.nodes[source].path for source in node.inputs]
            for node in self.new.nodes
        }
        old_reads = {
            self.path_of_old[node.index]: [self.path_of_old[source] for source in node.inputs]
            for node in self.old.nodes
        }
        new_names = {node.index: node.path for node in self.new.nodes}
        removed_after = _last_known(self.old, self.path_of_old, self.new_paths)
        inserted_after = _last_known(self.new, new_names, old_reads)
        for path, inputs in old_reads.items():
            known = reads.setdefault(path, [])
            parted = {inserted_after[source] for source in known if source not in old_reads}
            for number, source in enumerate(inputs):
                if source in known or source in parted:
                    continue
                around = removed_after[source]
                if source not in self.new_paths and around in known and around not in inputs:
                    known[known.index(around)] = source
                    continue
                before = inputs[number - 1] if number else ""
                known.insert(known.index(before) + 1 if before in known else 0, source)
        return reads

    def _ordered(self) -> list[str] | None:
        """All paths, inputs before readers; None if layers read each other in a circle."""
        done: dict[str, bool] = {}
        order: list[str] = []
        for start in self.edges:
            stack = [] if start in done else [(start, iter(self.edges[start]))]
            while stack:
                path, sources = stack[-1]
                done[path] = False
                source = next((source for source in sources if not done.get(source)), None)
                if source is None:
                    done[path] = True
                    order.append(path)
                    stack.pop()
                elif source in done:
                    return None
                else:
                    stack.append((source, iter(self.edges[source])))
        return order

    def _graph(self, order: Sequence[str]) -> Graph:
        nodes = {self.path_of_old[node.index]: node for node in self.old.nodes}
        old_only = set(nodes) - {node.path for node in self.new.nodes}
        nodes |= {node.path: node for node in self.new.nodes}
        at = {path: index for index, path in enumerate(order)}
        ends = self._old_ends(order)

        def node(path: str) -> Node:
            found = nodes[path]
            apart: dict[str, Any] = {}
            if path in ends:
                apart = {"head": f"{found.head}_was"}
            elif path in old_only and self.pairs is None:
                apart = self._apart(found)
            inputs = tuple(at[source] for source in self.edges[path])
            return dataclasses.replace(found, index=at[path], path=path, inputs=inputs, **apart)

        return dataclasses.replace(
            self.new,
            nodes=tuple(node(path) for path in order),
            blocks=self._blocks(old_only),
            heads=(*self.new.heads, *self._old_heads(old_only)),
            names={},
            end_points={},
        )

    def _old_ends(self, order: Sequence[str]) -> set[str]:
        """Layers of the old network that no layer of the new one depends on: drawn aside."""
        if self.pairs is None:
            return set()
        leads = set(self.new_paths)
        for path in reversed(order):
            if path in leads:
                leads.update(self.edges[path])
        heads = {head.name for head in self.new.heads} | {""}
        old = {self.path_of_old[node.index]: node for node in self.old.nodes}
        return {path for path in order if path not in leads and old[path].head in heads}

    def _apart(self, node: Node) -> dict[str, Any]:
        """The old network by itself is drawn like a head: as a row next to the new one."""
        head = f"{OLD}/{node.head}" if node.head else OLD
        return {
            "scope": f"{OLD}/{node.scope}" if node.scope else OLD,
            "branch": f"{OLD}/{node.branch}" if node.branch else "",
            "head": head,
            "group": "",
        }

    def _blocks(self, old_only: set[str]) -> tuple[Block, ...]:
        """Blocks of the new network, and blocks of the old one that lost all layers."""
        if self.pairs is None:
            apart = (
                dataclasses.replace(block, path=f"{OLD}/{block.path}") for block in self.old.blocks
            )
            return (*self.new.blocks, *apart)
        known = {block.path for block in self.new.blocks}
        removed = (
            block
            for block in self.old.blocks
            if block.path not in known
            and all(self.path_of_old[index] in old_only for index in block.members)
        )
        return (*self.new.blocks, *removed)

    def _old_heads(self, old_only: set[str]) -> list[Head]:
        known = {head.name for head in self.new.heads}
        if self.pairs is None:
            return [dataclasses.replace(head, name=f"{OLD}/{head.name}") for head in self.old.heads]
        return [
            head
            for head in self.old.heads
            if head.name not in known and self.path_of_old[head.output] in old_only
        ]

    def changes(self, found: Difference, lines: Mapping[str, tuple[str, ...]]) -> Changes:
        """The state of everything."""
        added = {layer.path for layer in found.added}
        removed = {layer.path for layer in found.removed}
        changed = {change.new_path for change in found.changed if change.attributes}
        was_changed = {change.old_path for change in found.changed if change.attributes}
        states: dict[str, State] = {}
        for node in self.old.nodes:
            state: State = "changed" if node.path in was_changed else "kept"
            states[self.path_of_old[node.index]] = "removed" if node.path in removed else state
        for node in self.new.nodes:
            states[node.path] = (
                "added" if node.path in added else "changed" if node.path in changed else "kept"
            )
        if self.pairs is None:
            lines = {**lines, f"{OLD}/{self.old.nodes[0].path}": ("of the old network",)}
        old_costs, new_costs = costs(self.old), costs(self.new)
        return Changes(
            states,
            self._edge_states(),
            lines,
            {self.path_of_old[node.index]: old_costs[node.index] for node in self.old.nodes},
            {node.path: new_costs[node.index] for node in self.new.nodes},
            self.pairs is None,
        )

    def _edge_states(self) -> dict[tuple[str, str], State]:
        before = {
            (self.path_of_old[source], self.path_of_old[node.index])
            for node in self.old.nodes
            for source in node.inputs
        }
        after = {
            (self.new.nodes[source].path, node.path)
            for node in self.new.nodes
            for source in node.inputs
        }
        if self.pairs is None:  # each has all of its edges
            return dict.fromkeys(before | after, "kept")
        return {
            edge: "kept" if edge in before & after else "added" if edge in after else "removed"
            for edge in before | after
        }


def _last_known(graph: Graph, names: Mapping[int, str], known: Container[str]) -> dict[str, str]:
    """For each layer the last one on every way to it that the other network has, too."""
    boxes = [Box("", "layer", "", "", [], list(node.inputs)) for node in graph.nodes]
    last: list[str] = []
    for index, fork in enumerate(forks_of(boxes)):
        name = names[index]
        last.append(name if name in known or not index else last[fork])
    return {names[index]: name for index, name in enumerate(last)}


def _has_rows(graph: Graph) -> bool:
    """Whether a graph can be laid out as rows and branches."""
    return is_series_parallel(
        [Box(node.path, "layer", "", node.head, [node], list(node.inputs)) for node in graph.nodes]
    )
