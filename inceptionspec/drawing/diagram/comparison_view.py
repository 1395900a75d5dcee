"""Two networks as one view: what both have once, and next to it what only one has.

Two networks that share few layers, or whose layers would read each other in a circle, are
drawn next to each other instead.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator

from inceptionspec.analysis.costs import costs, total
from inceptionspec.analysis.diff.compare import compare_and_pair
from inceptionspec.analysis.diff.difference import Change, Difference
from inceptionspec.analysis.diff.matching import Pairs
from inceptionspec.drawing.diagram.changes import Changes, State
from inceptionspec.drawing.diagram.comparison_graph import Union, union_of
from inceptionspec.drawing.diagram.frames import calls_of
from inceptionspec.drawing.diagram.labels import difference_texts
from inceptionspec.drawing.diagram.view import View
from inceptionspec.frontend.load import LoadedSpec
from inceptionspec.ir.graph import Block, Graph, Node

OLD = "old"
"""What the paths of the old network begin with, where it is drawn by itself."""
LEAST_SHARED = 3
"""Networks are drawn as one if they share at least one in so many layers of the smaller one."""


def comparison_view(old: LoadedSpec, new: LoadedSpec, *, training: bool = True) -> View:
    """One view of two networks, which knows what is different between them.

    Args:
        training: whether what only training reads counts as different.
    """
    found, pairs = compare_and_pair(old, new)
    apart = _too_little(old.graph, new.graph, pairs)
    union = None
    if not apart:
        union = union_of(old.graph, new.graph, pairs, {r.old: r.new for r in found.renamed})
        apart = "" if union else "their layers are in another order"
    union = union or _side_by_side(old.graph, new.graph)
    changes = _changes(old.graph, new.graph, found, union, training, apart)
    lines = difference_texts(total(costs(old.graph)), total(costs(new.graph)), ", all heads")
    title = f"{old.name} \u2192 {new.name}" if old.name != new.name else new.name
    return View(
        union.graph,
        title,
        (*lines, *_remarks(found, apart)),
        new.graph.main,
        {**calls_of(old.graph), **calls_of(new.graph)},
        changes=changes,
    )


def _too_little(old: Graph, new: Graph, pairs: Pairs) -> str:
    """Why two networks have too little in common for one picture; empty if they have not.

    Inputs and predictions are alike in most networks.
    """

    def counted(graph: Graph) -> set[int]:
        ends = {head.predictions for head in graph.heads}
        return {node.index for node in graph.nodes if node.inputs and node.index not in ends}

    layers, others = counted(old), counted(new)
    shared = sum(before in layers and after in others for before, after in pairs.matched())
    if LEAST_SHARED * shared >= min(len(layers), len(others)):
        return ""
    count = "no layer" if not shared else "1 layer" if shared == 1 else f"{shared} layers"
    return f"they have {count} in common, of {len(layers)} and {len(others)}"


def _remarks(found: Difference, apart: str) -> Iterator[str]:
    old, new = found.old, found.new
    if old.name == new.name and old.source != new.source:
        yield f"{os.path.basename(old.source)} to {os.path.basename(new.source)}"
    if apart:
        yield f"each drawn by itself: {apart}"
    if found.same:
        yield "both compute the same"
    elif found.trains_only:
        yield "both compute the same, and train differently"


def _changes(
    old: Graph, new: Graph, found: Difference, union: Union, training: bool, apart: str
) -> Changes:
    attributes: dict[str, tuple[Change, ...]] = {}
    states: dict[str, State] = dict(union.sides)
    paths = {node.path: union.new_paths[node.index] for node in new.nodes}
    gone = {node.path: union.old_paths[node.index] for node in old.nodes}
    for layer in found.changed:
        told = tuple(one for one in layer.attributes if training or not one.trains_only)
        path = paths[layer.new_path]
        if told and states[path] == "kept":
            attributes[path] = told
            states[path] = "training" if layer.trains_only else "changed"
    if found.input and not apart:
        attributes[new.nodes[0].path] = found.input
        states[new.nodes[0].path] = "changed"
    for head in () if apart else found.heads:
        if head.old is not None and head.new is not None:
            attributes[head.new] = tuple(c for c in head.changes if training or not c.trains_only)
    old_costs, new_costs = costs(old), costs(new)
    names = (found.old.name, found.new.name)
    return Changes(
        names if names[0] != names[1] else ("the old network", "the new network"),
        states,
        attributes,
        union.edges,
        frozenset(
            (union.old_paths[source], union.old_paths[node.index])
            for node in old.nodes
            for source in node.inputs
        ),
        {paths[layer.path]: layer.part for layer in found.added}
        | {gone[layer.path]: layer.part for layer in found.removed},
        {path: old_costs[index] for index, path in union.old_paths.items()},
        {path: new_costs[index] for index, path in union.new_paths.items()},
        {path: before for before, path in gone.items()},
        frozenset(union.junctions),
        apart,
    )


def _side_by_side(old: Graph, new: Graph) -> Union:
    """Both networks as one graph without an edge between them.

    The old network is drawn like a head: as rows next to the new one.
    """
    count = len(new.nodes)
    nodes = [*new.nodes, *(_apart(node, count) for node in old.nodes)]
    blocks: list[Block] = [
        dataclasses.replace(
            block,
            path=f"{OLD}/{block.path}",
            input=count + block.input,
            output=count + block.output,
            members=tuple(count + index for index in block.members),
        )
        for block in old.blocks
    ]
    heads = [
        dataclasses.replace(
            head,
            name=f"{OLD}/{head.name}",
            source=count + head.source,
            output=count + head.output,
            predictions=None if head.predictions is None else count + head.predictions,
            members=tuple(count + index for index in head.members),
        )
        for head in old.heads
    ]
    graph = dataclasses.replace(
        new,
        nodes=tuple(nodes),
        blocks=(*new.blocks, *blocks),
        heads=(*new.heads, *heads),
        names={},
        end_points={},
    )
    return Union(
        graph,
        {node.path: "added" if node.index < count else "removed" for node in nodes},
        {(node.path, at): "kept" for node in nodes for at in range(len(node.inputs))},
        {node.index: nodes[count + node.index].path for node in old.nodes},
        {node.index: node.path for node in new.nodes},
    )


def _apart(node: Node, count: int) -> Node:
    """A layer of the old network after those of the new one, under names of its own."""

    def own(path: str) -> str:
        return f"{OLD}/{path}" if path else ""

    return dataclasses.replace(
        node,
        index=count + node.index,
        path=own(node.path),
        inputs=tuple(count + source for source in node.inputs),
        scope=own(node.scope) or OLD,
        branch=own(node.branch),
        head=own(node.head) or OLD,
        group="",
    )
