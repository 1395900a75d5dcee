"""What the parts of two networks cost, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from inceptionspec.analyses.costs import Cost, costs, total
from inceptionspec.analyses.memory import live_bytes
from inceptionspec.difference.matching import Pairs
from inceptionspec.difference.record import Figures, PartCost
from inceptionspec.graph import Graph, Node


def total_cost(old: Graph, new: Graph) -> PartCost:
    """The figures of both whole networks."""
    return PartCost("", "", _figures(old)(old.nodes), _figures(new)(new.nodes))


def part_costs(old: Graph, new: Graph, pairs: Pairs) -> tuple[PartCost, ...]:
    """The figures of each part that a summary shows as a row, in the new order.

    What was removed stands where it stood.
    """
    old_parts, new_parts = _parts(old), _parts(new)
    old_figures, new_figures = _figures(old), _figures(new)
    rows = []
    for before, after in _in_order(_pair(old_parts, new_parts, new, pairs), old_parts, new_parts):
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


def _parts(graph: Graph) -> dict[str, list[Node]]:
    parts: dict[str, list[Node]] = {}
    for node in graph.nodes:
        parts.setdefault(_part(node), []).append(node)
    return parts


def _part(node: Node) -> str:
    """A head, a group, or the first element of the path: what summaries fold to."""
    return node.head or node.group or node.path.partition("/")[0]


def _pair(
    old_parts: Mapping[str, Sequence[Node]],
    new_parts: Mapping[str, Sequence[Node]],
    new: Graph,
    pairs: Pairs,
) -> dict[str, str]:
    """The new name of each old part: its own, or that of where its layers are found."""
    names = {part: part for part in old_parts if part in new_parts}
    taken = set(names)
    for part, nodes in old_parts.items():
        if part in names:
            continue
        found = (pairs.to_new[node.index] for node in reversed(nodes))
        parts = (_part(new.nodes[index]) for index in found if index is not None)
        name = next((one for one in parts if one not in taken), None)
        if name is not None:
            names[part] = name
            taken.add(name)
    return names


def _in_order(
    names: Mapping[str, str], old_parts: Iterable[str], new_parts: Iterable[str]
) -> Iterator[tuple[str | None, str | None]]:
    """Each old part with its new one, and what one side has alone beside None."""
    before = {new: old for old, new in names.items()}
    removed: dict[str | None, list[str]] = {}  # by the part that they stood before
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
