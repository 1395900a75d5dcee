"""Blocks that stand one after the other and are alike, drawn once."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from inceptionspec.drawing.diagram.view import View, renumbered
from inceptionspec.ir.graph import Block, Graph, Node


def collapsed(view: View) -> View:
    """The same, with the first block of each run of blocks that are alike.

    Two blocks are alike if nothing but the second reads the first, and all their layers
    have the same operators, attributes, shapes and connections.
    """
    graph = view.graph
    gone: set[int] = set()
    stands_for: dict[int, int] = {}
    alike = dict(view.alike)
    for run in _runs(graph):
        first, *others = run
        if gone.intersection(first.members):
            continue
        for block in others:
            gone.update(block.members)
        stands_for[run[-1].output] = first.output
        name = run[-1].path.rpartition("/")[2]
        alike[first.path] = (name, len(run))
    new: dict[int, int] = {}
    nodes: list[Node] = []
    for node in graph.nodes:
        if node.index not in gone:
            new[node.index] = len(nodes)
            inputs = tuple(new[stands_for.get(one, one)] for one in node.inputs)
            nodes.append(dataclasses.replace(node, index=len(nodes), inputs=inputs))
    blocks = [block for block in graph.blocks if not gone.issuperset(block.members)]
    new |= {last: new[first] for last, first in stands_for.items()}
    return dataclasses.replace(view, graph=renumbered(graph, nodes, new, blocks), alike=alike)


def _runs(graph: Graph) -> Iterator[Sequence[Block]]:
    """The longest runs of blocks that are alike, those of outer blocks first."""
    readers: dict[int, set[int]] = defaultdict(set)
    for node in graph.nodes:
        for source in node.inputs:
            readers[source].add(node.index)
    beside: dict[str, list[Block]] = defaultdict(list)
    for block in sorted(graph.blocks, key=lambda block: (block.path.count("/"), block.input)):
        if block.members:
            beside[block.path.rpartition("/")[0]].append(block)
    for blocks in beside.values():
        run = blocks[:1]
        for one, other in pairwise(blocks):
            if not _alike(one, other, graph) or readers[one.output] - set(other.members):
                if len(run) > 1:
                    yield run
                run = []
            run = [*run, other]
        if len(run) > 1:
            yield run


def _alike(one: Block, other: Block, graph: Graph) -> bool:
    if other.input != one.output or len(one.members) != len(other.members):
        return False
    for first, second in zip(one.members, other.members, strict=True):
        before, after = graph.nodes[first], graph.nodes[second]
        same = (before.op, before.attributes, before.shape, before.weights, before.group)
        if same != (after.op, after.attributes, after.shape, after.weights, after.group):
            return False
        if _reads(first, one, graph) != _reads(second, other, graph):
            return False
    return True


def _reads(index: int, block: Block, graph: Graph) -> tuple[int, ...]:
    """What a layer of a block reads, counted from its first layer; -1 is the block's input."""
    return tuple(
        -1 if one == block.input else one - block.members[0] for one in graph.nodes[index].inputs
    )
