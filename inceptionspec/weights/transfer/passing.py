"""What layers without weights hand on: the channels that they read, in one order or another."""

from __future__ import annotations

import numpy as np

from inceptionspec.ir.graph import Node
from inceptionspec.weights.transfer.channels import (
    CHANNELWISE,
    MERGES,
    NEW,
    SAME_VALUE,
    Channels,
    is_across_channels,
    is_identity,
    is_single_pixel,
    latest,
    new_channels,
    width,
)
from inceptionspec.weights.transfer.sides import Sides


def handed_on(sides: Sides, node: Node) -> Channels:
    """The channels that a layer of the variant without weights yields."""
    inputs = [sides.channels[index] for index in node.inputs]
    base = sides.counterpart(node)
    if node.op == "input":
        return _of_input(sides, node)
    if node.op == "concat":
        return Channels(*(np.concatenate(parts) for parts in zip(*inputs, strict=True)))
    if node.op in SAME_VALUE:
        return inputs[0]
    if node.op == "flatten":
        return _flattened(sides, node, base, inputs[0])
    if node.op in MERGES:
        return _merged(sides, node, base, inputs)
    if node.op in CHANNELWISE:
        return _passed_on(sides, node, base, inputs[0])
    return new_channels(width(node))


def _of_input(sides: Sides, node: Node) -> Channels:
    """The channels of the network's input."""
    before = sides.old.nodes[0]
    old, new = width(before), width(node)
    ids = sides.meanings.ids[0]
    if new == 1 and old > 1:
        ids = np.array([sides.meanings.mixed])
    elif old == 1:
        ids = np.repeat(ids, new)
    else:
        ids = np.concatenate([ids[:new], np.full(max(new - old, 0), NEW)])
    return Channels(ids, np.full(new, before.shape[:2] == node.shape[:2]))


def _passed_on(sides: Sides, node: Node, base: Node | None, given: Channels) -> Channels:
    """Channels with other values, each from one."""
    if base is None or base.op not in CHANNELWISE:
        return given.changed()
    source, same, _ = sides.found(base, given)
    ids = sides.meanings.ids[base.index]
    handed = np.where(source == NEW, given.ids, ids[np.maximum(source, 0)])
    alike = _is_equal(base, node)
    if is_across_channels(node):
        alike = alike and is_identity(source, len(ids)) and bool(same.all())
    return Channels(handed, same & alike)


def _flattened(sides: Sides, node: Node, base: Node | None, given: Channels) -> Channels:
    """A map as a vector: features are known where both have as many pixels."""
    read = sides.new.nodes[node.inputs[0]]
    if is_single_pixel(read):
        return given
    before = None if base is None else sides.old.nodes[base.inputs[0]]
    if base is None or before is None or base.op != "flatten":
        return new_channels(width(node))
    if before.shape[:-1] != read.shape[:-1]:
        return new_channels(width(node))
    source, same, _ = sides.found(base, given)
    pixels = width(node) // max(len(source), 1)
    ids = sides.meanings.ids[base.index].reshape(pixels, -1)
    taken = np.where(source == NEW, NEW, ids[:, np.maximum(source, 0)])
    return Channels(taken.ravel(), np.tile(same & (source != NEW), pixels))


def _merged(sides: Sides, node: Node, base: Node | None, inputs: list[Channels]) -> Channels:
    """A sum or a product: channels are known by what goes into them."""
    if base is None or base.op not in MERGES:
        return Channels(latest([given.ids for given in inputs]), np.zeros(width(node), bool))
    wanted = [sides.meanings.ids[index] for index in base.inputs]
    source = np.full(width(node), NEW)
    same = np.full(width(node), len(wanted) == len(inputs) and _is_equal(base, node))
    for position, given in enumerate(inputs):
        every = [sides.meanings.find(ids, given) for ids in wanted]
        every = every[position : position + 1] + every  # the first of equals is taken
        found = max(every, key=lambda each: int((each.source != NEW).sum()))
        same &= found.same & ((source == NEW) | (source == found.source))
        source = np.where(source == NEW, found.source, source)
    ids = sides.meanings.ids[base.index]
    if is_across_channels(node):
        same &= is_identity(source, len(ids)) and bool(same.all())
    return Channels(np.where(source == NEW, NEW, ids[np.maximum(source, 0)]), same)


def _is_equal(base: Node, variant: Node) -> bool:
    """Whether two layers without weights compute the same at inference."""
    ignored = {"clip", "follows_input", "keep_dims", "rate"}
    names = (base.attributes.keys() | variant.attributes.keys()) - ignored
    return base.op == variant.op and all(
        base.attributes.get(name) == variant.attributes.get(name) for name in names
    )
