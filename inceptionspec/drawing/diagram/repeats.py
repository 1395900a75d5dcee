"""Equal blocks in a row, drawn once."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from inceptionspec.drawing.diagram.view import View, renumbered
from inceptionspec.ir.graph import Block, Graph, Node


def collapsed(view: View) -> View:
    """The same view with only the first block of each run of equal blocks.

    Two blocks are equal if nothing but the second reads the first, and all their layers
    have the same operators, attributes, shapes and connections.
    """
    graph = view.graph
    dropped: set[int] = set()
    stands_for: dict[int, int] = {}
    alike = dict(view.alike)
    for run in _runs(graph):
        first, *others = run
        if dropped.intersection(first.members):
            continue
        for block in others:
            dropped.update(block.members)
        stands_for[run[-1].output] = first.output
        name = run[-1].path.rpartition("/")[2]
        alike[first.path] = (name, len(run))
    new: dict[int, int] = {}
    nodes: list[Node] = []
    for node in graph.nodes:
        if node.index not in dropped:
            new[node.index] = len(nodes)
            inputs = tuple(new[_drawn(source, stands_for)] for source in node.inputs)
            nodes.append(dataclasses.replace(node, index=len(nodes), inputs=inputs))
    blocks = [block for block in graph.blocks if not dropped.issuperset(block.members)]
    new |= {last: new[_drawn(last, stands_for)] for last in stands_for}
    return dataclasses.replace(view, graph=renumbered(graph, nodes, new, blocks), alike=alike)


def _drawn(index: int, stands_for: Mapping[int, int]) -> int:
    """The node that is drawn for another: a run of blocks may begin with a run inside a block."""
    while index in stands_for:
        index = stands_for[index]
    return index


def _runs(graph: Graph) -> Iterator[Sequence[Block]]:
    """The longest runs of equal blocks, those of outer blocks first."""
    readers: dict[int, set[int]] = defaultdict(set)
    for node in graph.nodes:
        for source in node.inputs:
            readers[source].add(node.index)
    siblings: dict[str, list[Block]] = defaultdict(list)
    for block in sorted(graph.blocks, key=lambda block: (block.path.count("/"), block.input)):
        if block.members:
            siblings[block.path.rpartition("/")[0]].append(block)
    for blocks in siblings.values():
        run = blocks[:1]
        for block, following in pairwise(blocks):
            if not _equal(block, following, graph) or readers[block.output] - set(
                following.members
            ):
                if len(run) > 1:
                    yield run
                run = []
            run = [*run, following]
        if len(run) > 1:
            yield run


def _equal(block: Block, following: Block, graph: Graph) -> bool:
    """Whether a block reads another one and has the same layers."""
    if following.input != block.output or len(block.members) != len(following.members):
        return False
    for first, second in zip(block.members, following.members, strict=True):
        before, after = graph.nodes[first], graph.nodes[second]
        same = (before.op, before.attributes, before.shape, before.weights, before.group)
        if same != (after.op, after.attributes, after.shape, after.weights, after.group):
            return False
        if _reads(first, block, graph) != _reads(second, following, graph):
            return False
    return True


def _reads(index: int, block: Block, graph: Graph) -> tuple[int, ...]:
    """What a layer of a block reads, counted from its first layer; -1 is the block's input."""
    return tuple(
        -1 if source == block.input else source - block.members[0]
        for source in graph.nodes[index].inputs
    )
