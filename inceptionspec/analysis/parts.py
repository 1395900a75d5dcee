"""The parts of a network that people speak of: its blocks, groups, heads and single layers."""

from __future__ import annotations

from inceptionspec.ir.graph import Graph, Node


def part_of(node: Node) -> str:
    """A head, a group, or the first element of the path: what summaries fold to."""
    return node.head or node.group or node.path.partition("/")[0]


def parts_of(graph: Graph) -> dict[str, list[Node]]:
    """The nodes of each part, parts and nodes in the order of the graph."""
    parts: dict[str, list[Node]] = {}
    for node in graph.nodes:
        parts.setdefault(part_of(node), []).append(node)
    return parts
