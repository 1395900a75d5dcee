"""Two networks to their Difference: what only one has, and what differs in both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from inceptionspec.analysis.diff.difference import (
    Change,
    Data,
    Difference,
    HeadChange,
    Layer,
    LayerChange,
    NetworkRef,
)
from inceptionspec.analysis.diff.matching import Pairs, match, pairs_in_order
from inceptionspec.analysis.diff.part_costs import part_costs, total_cost
from inceptionspec.analysis.diff.renames import renames
from inceptionspec.analysis.diff.structure import Counterparts, lone_parts
from inceptionspec.frontend.language.forms import PREDICTIONS
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.frontend.writing.digest import STEERING, network_digest
from inceptionspec.frontend.writing.expanded_spec import written
from inceptionspec.ir.graph import Graph, Head, Node
from inceptionspec.ir.preprocessing import preprocessing_data
from inceptionspec.ops import OPS
from inceptionspec.ops.attribute_types import NONE, write_real
from inceptionspec.ops.record import shape_text

# The values of a head that a spec leaves out.
_HEAD_DEFAULTS: Data = {"loss_weight": None, "label_smoothing": 0, "predictions": NONE}


def compare(old: LoadedSpec, new: LoadedSpec) -> Difference:
    """Compare two networks, each under the settings that it was read with."""
    return compare_and_pair(old, new)[0]


def compare_and_pair(old: LoadedSpec, new: LoadedSpec) -> tuple[Difference, Pairs]:
    """Compare two networks; also give the pairs of layers that are the same layer."""
    networks = _reference(old), _reference(new)
    same = networks[0].digest == networks[1].digest
    counting = _attributes_that_count(old.graph), _attributes_that_count(new.graph)
    count = len(old.graph.nodes)
    pairs = pairs_in_order(count) if same else match(old.graph, new.graph, *counting)
    return _difference(old.graph, new.graph, *networks, counting, pairs), pairs


def _reference(loaded: LoadedSpec) -> NetworkRef:
    return NetworkRef(loaded.name, loaded.source.name, network_digest(loaded.graph))


def _difference(
    old: Graph,
    new: Graph,
    old_network: NetworkRef,
    new_network: NetworkRef,
    counting: tuple[Sequence[Data], Sequence[Data]],
    pairs: Pairs,
) -> Difference:
    same = old_network.digest == new_network.digest
    heads = _head_pairs(old, new, pairs, same)
    order = [number for _, number in pairs.matched()]
    return Difference(
        old=old_network,
        new=new_network,
        same=same,
        common=_by_operator(old.nodes[number] for number, _ in pairs.matched()),
        input=tuple(_changes(_input(old), _input(new))),
        preprocessing=tuple(_changes(_preprocessing(old), _preprocessing(new))),
        main=_main_change(old, new, heads),
        heads=tuple(_head_changes(old, new, pairs, heads)),
        added=tuple(_layers_alone(new, counting[1], pairs.to_old, [after for _, after in heads])),
        removed=tuple(_layers_alone(old, counting[0], pairs.to_new, [head for head, _ in heads])),
        changed=tuple(_layer_changes(old, new, *counting, pairs, heads)),
        renamed=renames(old, new, pairs),
        reordered=any(first > second for first, second in pairwise(order)),
        parts=part_costs(old, new, pairs),
        total=total_cost(old, new),
    )


def _by_operator(nodes: Iterable[Node]) -> dict[str, tuple[str, ...]]:
    paths: dict[str, list[str]] = {}
    for node in nodes:
        paths.setdefault(node.op, []).append(node.path)
    return {op: tuple(found) for op, found in paths.items()}


def _input(graph: Graph) -> Data:
    shape, bounds = graph.nodes[0].shape, graph.value_range
    return {
        "size": "any" if None in shape else shape_text(shape[:2]),
        "channels": shape[2],
        "range": None if bounds is None else [write_real(bound) for bound in bounds],
    }


def _preprocessing(graph: Graph) -> Data:
    steps = graph.preprocessing
    return {} if steps is None else preprocessing_data(replace(steps, source=""))


def _changes(old: Data, new: Data) -> Iterator[Change]:
    """The values that differ, in the old order, then those that are only new."""
    for name in (*old, *(name for name in new if name not in old)):
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        if name == "norm" and isinstance(before, dict) and isinstance(after, dict):
            for inner in _changes(before, after):
                yield inner._replace(name=f"{name}.{inner.name}")
        else:
            yield Change(name, before, after)


# Layers


def _attributes_that_count(graph: Graph) -> list[Data]:
    """The attributes of every node that make a difference, as YAML values."""
    return [
        {
            name: value
            for name, value in written(OPS[node.op], node.attributes).items()
            if name not in STEERING
        }
        for node in graph.nodes
    ]


def _layers_alone(
    graph: Graph, attributes: Sequence[Data], other: Counterparts, heads: Sequence[Head]
) -> Iterator[Layer]:
    """The layers without a counterpart.

    The predictions of heads that both networks have are changes of these heads.
    """
    predictions = {head.predictions for head in heads}
    parts = lone_parts(graph, other)
    for node in graph.nodes:
        if other[node.index] is None and node.index not in predictions:
            yield Layer(
                node.path,
                parts.get(node.index, node.path),
                node.op,
                attributes[node.index],
                _input_paths(node, graph),
                node.shape,
            )


def _layer_changes(
    old: Graph,
    new: Graph,
    old_attributes: Sequence[Data],
    new_attributes: Sequence[Data],
    pairs: Pairs,
    heads: Sequence[tuple[Head, Head]],
) -> Iterator[LayerChange]:
    """The layers of both networks that differ, in the old order."""
    old_reads = _reads(old, pairs.to_new, [before for before, _ in heads])
    new_reads = _reads(new, pairs.to_old, [after for _, after in heads])
    predictions = {before.predictions for before, _ in heads}
    for old_index, new_index in pairs.matched():
        before, after = old.nodes[old_index], new.nodes[new_index]
        attributes: tuple[Change, ...] = ()
        inputs = shapes = None
        if old_index not in predictions:
            attributes = _attribute_changes(
                before, after, old_attributes[old_index], new_attributes[new_index]
            )
            read = [pairs.to_new[i] if i >= 0 else i for i in old_reads[old_index]]
            if read != new_reads[new_index]:
                inputs = _input_paths(before, old), _input_paths(after, new)
        if before.shape != after.shape and before.inputs:  # the shape of the input is under `input`
            shapes = before.shape, after.shape
        if attributes or shapes or inputs:
            yield LayerChange(before.path, after.path, before.op, attributes, shapes, inputs)


def _attribute_changes(old: Node, new: Node, before: Data, after: Data) -> tuple[Change, ...]:
    if old.op == new.op:
        return tuple(_changes(before, after))
    before = {name: before[name] for name in before if name in after or _is_set(name, old)}
    after = {name: after[name] for name in after if name in before or _is_set(name, new)}
    return (Change("op", old.op, new.op), *_changes(before, after))


def _is_set(name: str, node: Node) -> bool:
    """Whether an attribute has another value than its default."""
    attribute = next(item for item in OPS[node.op].attributes if item.name == name)
    return attribute.required or node.attributes[name] != attribute.kind.parse(attribute.default)


def _input_paths(node: Node, graph: Graph) -> tuple[str, ...]:
    """What a node reads, as a spec names it: a block by its own path, not that of its merge."""
    paths = []
    for index in node.inputs:
        path = graph.nodes[index].path
        above = path.rpartition("/")[0]
        is_block = OPS[graph.nodes[index].op].role == "merge" and graph.names.get(above) == index
        paths.append(above if is_block else path)
    return tuple(paths)


def _reads(graph: Graph, other: Counterparts, heads: Sequence[Head]) -> list[list[int]]:
    """What each node reads, looking through parts that have no counterpart.

    These are layers with one input and whole blocks. What a head reads by its `from` is a
    change of the head: here it is -1 for the first head, -2 for the second, and so on.
    """
    sources = {head.name: (head.source, -number) for number, head in enumerate(heads, start=1)}
    entries = {
        block.output: block.input  # an outer block comes after its inner ones
        for block in graph.blocks
        if block.members and all(other[index] is None for index in block.members)
    }
    origin: list[int] = []

    def read(node: Node, index: int) -> int:
        source, number = sources.get(node.head, (None, 0))
        return number if index == source else origin[index]

    for node in graph.nodes:
        between = other[node.index] is None and (len(node.inputs) == 1 or node.index in entries)
        entry = entries.get(node.index, node.inputs[0] if node.inputs else 0)
        origin.append(read(node, entry) if between else node.index)
    return [[read(node, index) for index in node.inputs] for node in graph.nodes]


# Heads


def _head_pairs(old: Graph, new: Graph, pairs: Pairs, same: bool) -> list[tuple[Head, Head]]:
    """The heads of both networks: with the same name, or the same tensor as output."""
    if same:
        return list(zip(old.heads, new.heads, strict=True))
    named = {head.name: head for head in new.heads}
    old_names = {head.name for head in old.heads}
    renamed = {head.output: head for head in new.heads if head.name not in old_names}
    found = []
    for head in old.heads:
        other = named.get(head.name)
        output = pairs.to_new[head.output]
        if other is None and output is not None:
            other = renamed.pop(output, None)
        if other is not None:
            found.append((head, other))
    return found


def _main_change(old: Graph, new: Graph, heads: Sequence[tuple[Head, Head]]) -> Change | None:
    """The main head, where another one took its place."""
    names = {before.name: after.name for before, after in heads}
    if names.get(old.main, old.main) == new.main:
        return None
    return Change("main", old.main or None, new.main or None)


def _head_changes(
    old: Graph, new: Graph, pairs: Pairs, heads: Sequence[tuple[Head, Head]]
) -> Iterator[HeadChange]:
    """Heads that changed or were removed, then those that were added."""
    kept = {before.name: after for before, after in heads}
    for head in old.heads:
        other = kept.get(head.name)
        if other is None:
            lost = tuple(_changes(_head_settings(head, old), {}))
            yield HeadChange(head.name, None, lost, len(head.members))
            continue
        found = tuple(
            change
            for change in _changes(_head_values(head, old), _head_values(other, new))
            # One tensor may go by two names.
            if change.name != "from" or pairs.to_new[head.source] != other.source
        )
        if found:
            yield HeadChange(head.name, other.name, found, len(other.members))
    there = {after.name for _, after in heads}
    for head in new.heads:
        if head.name not in there:
            gained = tuple(_changes({}, _head_settings(head, new)))
            yield HeadChange(None, head.name, gained, len(head.members))


def _head_settings(head: Head, graph: Graph) -> Data:
    values = _head_values(head, graph)
    return {key: values[key] for key in values if values[key] != _HEAD_DEFAULTS.get(key, ...)}


def _head_values(head: Head, graph: Graph) -> Data:
    weight = head.loss_weight
    return {
        "from": head.source_path,
        "loss_weight": None if weight is None else write_real(weight),
        "label_smoothing": write_real(head.label_smoothing),
        "predictions": _predictions(head, graph),
    }


def _predictions(head: Head, graph: Graph) -> str:
    if head.predictions is None:
        return NONE
    node = graph.nodes[head.predictions]
    return next(
        name
        for name, (op, attributes) in PREDICTIONS.items()
        if op == node.op and all(node.attributes[key] == attributes[key] for key in attributes)
    )
