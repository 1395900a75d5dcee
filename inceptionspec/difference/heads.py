"""Heads that were added, removed or changed, by their keys in a spec."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inceptionspec.difference.matching import Pairs
from inceptionspec.difference.record import Change, Data, HeadChange
from inceptionspec.difference.values import changes
from inceptionspec.graph import Graph, Head
from inceptionspec.language import PREDICTIONS
from inceptionspec.ops.kinds import NONE, write_real

# What a head has without a word about it.
_UNSAID: Data = {"loss_weight": None, "label_smoothing": 0, "predictions": NONE}


def head_pairs(old: Graph, new: Graph, pairs: Pairs, same: bool) -> list[tuple[Head, Head]]:
    """The heads that both have: of one name, or with one tensor as their output."""
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


def main_change(old: Graph, new: Graph, heads: Sequence[tuple[Head, Head]]) -> Change | None:
    """The main head, where another one took its place."""
    names = {before.name: after.name for before, after in heads}
    if names.get(old.main, old.main) == new.main:
        return None
    return Change("main", old.main or None, new.main or None)


def head_changes(
    old: Graph, new: Graph, pairs: Pairs, heads: Sequence[tuple[Head, Head]]
) -> Iterator[HeadChange]:
    """Heads that changed or were removed, then those that were added."""
    kept = {before.name: after for before, after in heads}
    for head in old.heads:
        other = kept.get(head.name)
        if other is None:
            lost = tuple(changes(_said(head, old), {}))
            yield HeadChange(head.name, None, lost, len(head.members))
            continue
        found = tuple(
            change
            for change in changes(_values(head, old), _values(other, new))
            # One tensor may go by two names.
            if change.name != "from" or pairs.to_new[head.source] != other.source
        )
        if found:
            yield HeadChange(head.name, other.name, found, len(other.members))
    there = {after.name for _, after in heads}
    for head in new.heads:
        if head.name not in there:
            gained = tuple(changes({}, _said(head, new)))
            yield HeadChange(None, head.name, gained, len(head.members))


def _said(head: Head, graph: Graph) -> Data:
    values = _values(head, graph)
    return {key: values[key] for key in values if values[key] != _UNSAID.get(key, ...)}


def _values(head: Head, graph: Graph) -> Data:
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
