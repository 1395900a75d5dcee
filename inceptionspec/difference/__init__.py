"""What differs between two networks, by path: two Networks to a Difference."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING

from inceptionspec.difference.heads import head_changes, head_pairs, main_change
from inceptionspec.difference.layers import (
    attributes_that_count,
    layer_changes,
    layers_alone,
    renames,
)
from inceptionspec.difference.matching import match, one_by_one
from inceptionspec.difference.parts import part_costs, total_cost
from inceptionspec.difference.record import Data, Difference, Side
from inceptionspec.difference.values import changes
from inceptionspec.digest import network_digest
from inceptionspec.graph import Graph, Node
from inceptionspec.ops.kinds import write_real
from inceptionspec.ops.record import shape_text

if TYPE_CHECKING:
    from inceptionspec.network import Network


def difference(old: Network, new: Network) -> Difference:
    """Compare two networks, each under the knobs that it was read with."""
    sides = _side(old), _side(new)
    return _graphs(old.graph, new.graph, *sides)


def _side(network: Network) -> Side:
    return Side(network.name, network.source.name, network_digest(network.graph))


def _graphs(old: Graph, new: Graph, one: Side, other: Side) -> Difference:
    same = one.digest == other.digest
    counting = attributes_that_count(old), attributes_that_count(new)
    pairs = one_by_one(len(old.nodes)) if same else match(old, new, *counting)
    heads = head_pairs(old, new, pairs, same)
    order = [number for _, number in pairs.matched()]
    return Difference(
        old=one,
        new=other,
        same=same,
        common=_by_operator(old.nodes[number] for number, _ in pairs.matched()),
        input=tuple(changes(_input(old), _input(new))),
        main=main_change(old, new, heads),
        heads=tuple(head_changes(old, new, pairs, heads)),
        added=tuple(layers_alone(new, counting[1], pairs.to_old, [after for _, after in heads])),
        removed=tuple(layers_alone(old, counting[0], pairs.to_new, [head for head, _ in heads])),
        changed=tuple(layer_changes(old, new, *counting, pairs, heads)),
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
