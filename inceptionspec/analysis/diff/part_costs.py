"""The costs of the parts of two networks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from inceptionspec.analysis.costs import Cost, costs, total
from inceptionspec.analysis.diff.difference import Figures, PartCost
from inceptionspec.analysis.diff.matching import Pairs
from inceptionspec.analysis.diff.structure import Counterparts
from inceptionspec.analysis.memory import live_bytes
from inceptionspec.analysis.parts import part_of, parts_of
from inceptionspec.ir.graph import Graph, Node

_Parts = dict[str, list[Node]]


def total_cost(old: Graph, new: Graph) -> PartCost:
    """The figures of both whole networks."""
    return PartCost("", "", _figures(old)(old.nodes), _figures(new)(new.nodes))


def part_costs(old: Graph, new: Graph, pairs: Pairs) -> tuple[PartCost, ...]:
    """The figures of each part that a summary shows as a row, in the new order.

    A removed part keeps its place.
    """
    old_parts, new_parts = parts_of(old), parts_of(new)
    old_figures, new_figures = _figures(old), _figures(new)
    names = _pair(old_parts, new_parts, old, new, pairs)
    rows = []
    for before, after in _in_order(names, old_parts, new_parts):
        rows.append(
            PartCost(
                before,
                after,
                None if before is None else old_figures(old_parts[before]),
                None if after is None else new_figures(new_parts[after]),
            )
        )
    return tuple(rows)


def _figures(graph: Graph) -> Callable[[Iterable[Node]], Figures]:
    each, live = costs(graph), live_bytes(graph)

    def figures(nodes: Iterable[Node]) -> Figures:
        indices = [node.index for node in nodes]
        cost: Cost = total(each[index] for index in indices)
        peak = None if live is None else max(live[index] for index in indices)
        return Figures(cost.params, cost.trainable_params, cost.macs, cost.flops, peak)

    return figures


def _pair(
    old_parts: _Parts, new_parts: _Parts, old: Graph, new: Graph, pairs: Pairs
) -> dict[str, str]:
    """The new name of each old part: its own, or that of the part where its layers are now.

    A name alone makes no part the same: where all layers that were kept went to other
    parts, another part has only taken the name, as a group may take that of a layer.
    Where a part came from and where it went must agree.
    """
    shared = {
        (part_of(old.nodes[before]), part_of(new.nodes[after])) for before, after in pairs.matched()
    }
    went_on = {before for before, _ in shared}
    came_from = {after for _, after in shared}
    kept = {
        part
        for part in old_parts.keys() & new_parts.keys()
        if (part, part) in shared or (part not in went_on and part not in came_from)
    }
    went = _where(old_parts, kept, pairs.to_new, new)
    came = _where(new_parts, kept, pairs.to_old, old)
    return {part: part for part in kept} | {
        before: after for before, after in went.items() if came.get(after) == before
    }


def _where(
    parts: _Parts, kept: Collection[str], other: Counterparts, graph: Graph
) -> dict[str, str]:
    """The part of the other graph with the last layer of each part that has a counterpart."""
    found: dict[str, str] = {}
    for part, nodes in parts.items():
        if part not in kept:
            for node in nodes:
                index = other[node.index]
                if index is not None and part_of(graph.nodes[index]) not in kept:
                    found[part] = part_of(graph.nodes[index])
    return found


def _in_order(
    names: Mapping[str, str], old_parts: Iterable[str], new_parts: Iterable[str]
) -> Iterator[tuple[str | None, str | None]]:
    """Each old part with its new one; None where a network has no such part."""
    before = {new: old for old, new in names.items()}
    removed: dict[str | None, list[str]] = {}  # by the part that follows them
    open_parts: list[str] = []
    for part in old_parts:
        if part in names:
            removed[part], open_parts = open_parts, []
        else:
            open_parts.append(part)
    for part in new_parts:
        old = before.get(part)
        for gone in removed.get(old, ()) if old is not None else ():
            yield gone, None
        yield old, part
    for gone in open_parts:
        yield gone, None
