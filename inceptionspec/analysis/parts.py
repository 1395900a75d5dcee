"""The parts of a network: its outermost blocks, groups, heads and single layers."""

from __future__ import annotations

from inceptionspec.ir.graph import Graph, Node


def part_of(node: Node) -> str:
    """The head, the group, or the first element of the path: a row of a summary."""
    return node.head or node.group or node.path.partition("/")[0]


def parts_of(graph: Graph) -> dict[str, list[Node]]:
    """The nodes of each part; parts and nodes keep the order of the graph."""
    parts: dict[str, list[Node]] = {}
    for node in graph.nodes:
        parts.setdefault(part_of(node), []).append(node)
    return parts
