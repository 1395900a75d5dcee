"""Equal blocks in a row, drawn once."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from inceptionspec.drawing.diagram.view import View, renumbered
from inceptionspec.ir.graph import Block, Graph, Node


def collapsed(view: View, *, outermost: bool = False) -> View:
    """The same view with only the first block of each run of equal blocks.

    Where blocks are drawn as one box, only the outermost may be left out: the figures of a box
    count all that is in it.

    Two blocks are equal if nothing but the second reads the first, nothing reads what is
    inside them, and all their layers have the same operators, attributes, shapes and
    connections.
    """
    graph = view.graph
    dropped: set[int] = set()
    stands_for: dict[int, int] = {}
    drawn_for: dict[str, str] = {}
    alike = dict(view.alike)
    for run in _runs(view):
        if outermost and "/" in run[0].path:
            continue
        first, *others = run
        if dropped.intersection(first.members):
            continue
        for block in others:
            dropped.update(block.members)
            drawn_for |= {
                graph.nodes[index].path: graph.nodes[drawn].path
                for index, drawn in zip(block.members, first.members, strict=True)
            }
        stands_for[run[-1].output] = first.output
        name = run[-1].path.rpartition("/")[2]
        alike[first.path] = (name, len(run))
    if not dropped:
        return view
    new: dict[int, int] = {}
    nodes: list[Node] = []
    for node in graph.nodes:
        if node.index not in dropped:
            new[node.index] = len(nodes)
            inputs = tuple(new[_drawn(source, stands_for)] for source in node.inputs)
            nodes.append(dataclasses.replace(node, index=len(nodes), inputs=inputs))
    blocks = [block for block in graph.blocks if not dropped.issuperset(block.members)]
    new |= {last: new[_drawn(last, stands_for)] for last in stands_for}
    changes = None if view.changes is None else view.changes.drawn_once(drawn_for)
    return dataclasses.replace(
        view,
        graph=renumbered(graph, nodes, new, blocks),
        alike=alike,
        ends=tuple(new[end] for end in view.ends),
        changes=changes,
    )


def _drawn(index: int, stands_for: Mapping[int, int]) -> int:
    """The node that is drawn for another: a run of blocks may begin with a run inside a block."""
    while index in stands_for:
        index = stands_for[index]
    return index


def _runs(view: View) -> Iterator[Sequence[Block]]:
    """The longest runs of equal blocks, those of outer blocks first."""
    graph = view.graph
    readers: dict[int, set[int]] = defaultdict(set)
    for node in graph.nodes:
        for source in node.inputs:
            readers[source].add(node.index)
    for end in view.ends:
        readers[end].add(len(graph.nodes))  # what reads the part
    siblings: dict[str, list[Block]] = defaultdict(list)
    for block in sorted(graph.blocks, key=lambda block: (block.path.count("/"), block.input)):
        if block.members:
            siblings[block.path.rpartition("/")[0]].append(block)
    for blocks in siblings.values():
        blocks = [block for block in blocks if not _is_read_inside(block, readers)]
        run = blocks[:1]
        for block, following in pairwise(blocks):
            if not _equal(block, following, view) or readers[block.output] - set(following.members):
                if len(run) > 1:
                    yield run
                run = []
            run = [*run, following]
        if len(run) > 1:
            yield run


def _is_read_inside(block: Block, readers: Mapping[int, set[int]]) -> bool:
    """Whether something outside a block reads more of it than its output."""
    members = set(block.members)
    return any(
        index != block.output and not members.issuperset(readers[index]) for index in members
    )


def _equal(block: Block, following: Block, view: View) -> bool:
    """Whether a block reads another one and has the same layers, changed in the same way."""
    graph, changes = view.graph, view.changes
    if following.input != block.output or len(block.members) != len(following.members):
        return False
    for first, second in zip(block.members, following.members, strict=True):
        before, after = graph.nodes[first], graph.nodes[second]
        same = (before.op, before.attributes, before.shape, before.weights, before.group)
        if same != (after.op, after.attributes, after.shape, after.weights, after.group):
            return False
        if _reads(first, block, graph) != _reads(second, following, graph):
            return False
        if changes is not None and changes.of_layer(before) != changes.of_layer(after):
            return False
    return True


def _reads(index: int, block: Block, graph: Graph) -> tuple[int, ...]:
    """What a layer of a block reads, as numbers that equal blocks share.

    It is -1 for the block's input, a number from 0 on for a layer of the block, and one from
    -2 on, downwards, for a layer outside.
    """
    first = block.members[0]
    return tuple(
        -1 if source == block.input else source - first if source >= first else -2 - source
        for source in graph.nodes[index].inputs
    )
