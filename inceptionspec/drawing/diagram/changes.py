"""What is different between two networks, by layer of the graph that has both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from inceptionspec.analysis.costs import Cost
from inceptionspec.analysis.diff.difference import Change
from inceptionspec.ir.graph import Node

Side = Literal["kept", "added", "removed"]
State = Literal["added", "removed", "changed", "training", "kept"]
"""``training`` are layers that differ in nothing but what only training reads."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What is different, by node of the view's graph.

    Attributes:
        names: what the two networks are called, the old one first.
        states: of every layer, by path.
        attributes: what changed in a layer, by path, or in a head, by name.
        edges: whose an edge is, by the path of its reader and the number of the input.
        reads: the edges of the old network, each by the paths of its ends.
        parts: of layers that only one network has, the outermost such part around each.
        before, after: what a layer cost and costs, where it was or is, by path.
        old_paths: the paths of the old network's layers in that network, by path.
        junctions: the paths of nodes that are no layer.
        apart: why the two networks are drawn next to each other; empty where they are not.
    """

    names: tuple[str, str]
    states: Mapping[str, State]
    attributes: Mapping[str, tuple[Change, ...]]
    edges: Mapping[tuple[str, int], Side]
    reads: frozenset[tuple[str, str]]
    parts: Mapping[str, str]
    before: Mapping[str, Cost]
    after: Mapping[str, Cost]
    old_paths: Mapping[str, str]
    junctions: frozenset[str]
    apart: str

    def of_layer(self, node: Node) -> tuple[object, ...]:
        """All that is said of a layer: layers of which it differs are not drawn once."""
        path = node.path
        return (
            self.states.get(path),
            self.attributes.get(path),
            [self.edges.get((path, number)) for number in range(len(node.inputs))],
            self.before.get(path),
            self.after.get(path),
        )

    def drawn_once(self, stands_for: Mapping[str, str]) -> Changes:
        """The same where layers are drawn for others, by path."""
        reads = frozenset(
            (stands_for.get(source, source), stands_for.get(to, to)) for source, to in self.reads
        )
        return replace(self, reads=reads)
