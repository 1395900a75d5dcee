"""A network once more, changed in numbers alone, without flattening all of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from inceptionspec.frontend.expansion.tree import Scope
from inceptionspec.frontend.language.arguments import Environment
from inceptionspec.frontend.linking.flat import FlatBlock, FlatLayer, FlatNetwork
from inceptionspec.frontend.linking.flatten import Flattener
from inceptionspec.frontend.settings import Width


def rescaled(flat: FlatNetwork, width: Width) -> FlatNetwork | None:
    """The same network under another width; None where that leaves a layer no filter."""
    layers = []
    for layer in flat.layers:
        filters = layer.attributes.get("filters")
        if isinstance(filters, int) and not layer.attributes["fixed"]:
            own = layer.unscaled or filters
            scaled = width.scale(own, int(layer.item.get("at_least", 1)))
            if scaled < 1:
                return None
            attributes = {**layer.attributes, "filters": scaled}
            unscaled = None if scaled == own else own
            layer = replace(layer, attributes=attributes, unscaled=unscaled)
        layers.append(layer)
    return replace(flat, layers=layers, width=width)


def flattened_again(like: FlatNetwork, args: Environment, tree: Scope) -> FlatNetwork | None:
    """A network that differs from another one in attributes alone.

    Parts of the tree that it shares with the other one are not flattened again.

    Args:
        like: the other network.
        args: the arguments of its spec.
        tree: a tree that differs from that of the other one in parts that have a name.

    Returns:
        None where a part differs in more than attributes of its layers, or has a finding.
    """
    flattener = Flattener(like.spec, tree, args, like.width)
    layers, sources = list(like.layers), dict(like.sources)
    blocks = {block.path: block for block in like.blocks}
    for before, after in zip(like.tree.children, tree.children, strict=True):
        if before is after:
            continue
        block = blocks.get(after.name)
        if block is None or not block.members:
            return None
        members = slice(block.members.start, block.members.stop)
        flattener.restart(like, layers[: members.start], block.path)
        flattener.part(after, block.input)
        part = flattener.flat
        if flattener.findings or not _same_structure(part, like, block):
            return None
        layers[members] = part.layers[members.start :]
        sources |= part.sources
    return replace(like, tree=tree, layers=layers, sources=sources)


def _same_structure(part: FlatNetwork, like: FlatNetwork, block: FlatBlock) -> bool:
    """Whether a network up to the end of a part is another one up to there, but for attributes."""
    inside = f"{block.path}/"

    def own(path: str) -> bool:
        return path == block.path or path.startswith(inside)

    first, end = block.members.start, block.members.stop
    return (
        list(map(_place, part.layers[first:])) == list(map(_place, like.layers[first:end]))
        and part.blocks == [one for one in like.blocks if own(one.path)]
        and list(part.names.items()) == list(like.names.items())[: len(part.names)]
        and not any(map(own, list(like.names)[len(part.names) :]))
    )


def _place(layer: FlatLayer) -> tuple[Any, ...]:
    """Where a layer stands and what it reads: all but its attributes."""
    return (
        layer.path,
        layer.op.name,
        layer.inputs,
        layer.entry,
        layer.scope,
        layer.branch,
        layer.group,
        layer.fork,
        layer.branches,
    )
