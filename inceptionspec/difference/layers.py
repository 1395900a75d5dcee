"""Layers that one network has alone, that both have and that differ, and new names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from inceptionspec.difference.matching import Counterparts, Pairs
from inceptionspec.difference.record import Change, Data, Layer, LayerChange, Rename
from inceptionspec.difference.values import changes
from inceptionspec.expanded import written
from inceptionspec.graph import Graph, Head, Node
from inceptionspec.ops import OPS

# They steer how other attributes come about and compute nothing: the network digest, too,
# leaves them out.
_KNOBS = ("clip", "fixed")


def attributes_that_count(graph: Graph) -> list[Data]:
    """The attributes of every node that make a difference, as YAML values."""
    return [
        {
            name: value
            for name, value in written(OPS[node.op], node.attributes).items()
            if name not in _KNOBS
        }
        for node in graph.nodes
    ]


def layers_alone(
    graph: Graph, attributes: Sequence[Data], other: Counterparts, heads: Sequence[Head]
) -> Iterator[Layer]:
    """The layers without a counterpart.

    The predictions of some heads, which both networks have, are left to these to tell.
    """
    told = {head.predictions for head in heads}
    parts: dict[int, str] = {}
    for path, members in (
        *((block.path, block.members) for block in graph.blocks),  # the inner ones first
        *((head.name, head.members) for head in graph.heads),
    ):
        if all(other[index] is None for index in members):
            parts.update(dict.fromkeys(members, path))
    for node in graph.nodes:
        if other[node.index] is None and node.index not in told:
            yield Layer(
                node.path,
                parts.get(node.index, node.path),
                node.op,
                attributes[node.index],
                _input_paths(node, graph),
                node.shape,
            )


def layer_changes(
    old: Graph,
    new: Graph,
    old_attributes: Sequence[Data],
    new_attributes: Sequence[Data],
    pairs: Pairs,
    heads: Sequence[tuple[Head, Head]],
) -> Iterator[LayerChange]:
    """The layers that both have and that differ, in the old order."""
    old_reads = _reads(old, pairs.to_new, [before for before, _ in heads])
    new_reads = _reads(new, pairs.to_old, [after for _, after in heads])
    told = {before.predictions for before, _ in heads}
    for old_index, new_index in pairs.matched():
        one, other = old.nodes[old_index], new.nodes[new_index]
        attributes: tuple[Change, ...] = ()
        inputs = shapes = None
        if old_index not in told:
            attributes = _attribute_changes(
                one, other, old_attributes[old_index], new_attributes[new_index]
            )
            read = [pairs.to_new[i] if i >= 0 else i for i in old_reads[old_index]]
            if read != new_reads[new_index]:
                inputs = _input_paths(one, old), _input_paths(other, new)
        if one.shape != other.shape and one.inputs:  # that of the input is told there
            shapes = one.shape, other.shape
        if attributes or shapes or inputs:
            yield LayerChange(one.path, other.path, one.op, attributes, shapes, inputs)


def renames(old: Graph, new: Graph, pairs: Pairs) -> tuple[Rename, ...]:
    """Paths that changed, each where it parts: a block once, not again for its layers."""
    found: Counter[tuple[str, str]] = Counter()
    for old_index, new_index in pairs.matched():
        before, after = old.nodes[old_index].path, new.nodes[new_index].path
        if before != after:
            found[_parting(before, after, old, new)] += 1
    return tuple(Rename(*paths, layers) for paths, layers in found.items())


def _attribute_changes(old: Node, new: Node, before: Data, after: Data) -> tuple[Change, ...]:
    if old.op == new.op:
        return tuple(changes(before, after))
    before = {name: before[name] for name in before if name in after or _said(name, old)}
    after = {name: after[name] for name in after if name in before or _said(name, new)}
    return (Change("op", old.op, new.op), *changes(before, after))


def _said(name: str, node: Node) -> bool:
    """Whether an attribute has another value than its operator gives it by itself."""
    attribute = next(one for one in OPS[node.op].attributes if one.name == name)
    return attribute.required or node.attributes[name] != attribute.kind.parse(attribute.default)


def _input_paths(node: Node, graph: Graph) -> tuple[str, ...]:
    """What a node reads, as a spec names it: a block by its own path, not by its merge's."""
    paths = []
    for index in node.inputs:
        path = graph.nodes[index].path
        above = path.rpartition("/")[0]
        is_block = OPS[graph.nodes[index].op].role == "merge" and graph.names.get(above) == index
        paths.append(above if is_block else path)
    return tuple(paths)


def _reads(graph: Graph, other: Counterparts, heads: Sequence[Head]) -> list[list[int]]:
    """What each node reads, behind all that has no counterpart and only stands between.

    That is a layer with one input, or a whole block. What a head reads through its
    `from` is told of the head: here it is -1 for the first of some heads, -2 for the second.
    """
    sources = {head.name: (head.source, -number) for number, head in enumerate(heads, start=1)}
    entries = {
        block.output: block.input  # an outer block comes after its inner ones
        for block in graph.blocks
        if block.members and all(other[index] is None for index in block.members)
    }
    behind: list[int] = []

    def read(node: Node, index: int) -> int:
        source, number = sources.get(node.head, (None, 0))
        return number if index == source else behind[index]

    for node in graph.nodes:
        between = other[node.index] is None and (len(node.inputs) == 1 or node.index in entries)
        entry = entries.get(node.index, node.inputs[0] if node.inputs else 0)
        behind.append(read(node, entry) if between else node.index)
    return [[read(node, index) for index in node.inputs] for node in graph.nodes]


def _parting(before: str, after: str, old: Graph, new: Graph) -> tuple[str, str]:
    """Two paths without the end that they share, as far as it leaves what was renamed.

    A part that still is, or was there before, was not renamed: the layer was moved.
    """
    while True:
        above, _, last = before.rpartition("/")
        theirs, _, other = after.rpartition("/")
        renamed = above and theirs and above not in new.names and theirs not in old.names
        if last != other or not renamed:
            return before, after
        before, after = above, theirs
