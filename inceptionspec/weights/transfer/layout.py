"""Which channels of the base a layer with another number of filters takes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from inceptionspec.ir.graph import Node
from inceptionspec.weights.transfer.channels import CHANNELWISE, MERGES, NEW, SAME_VALUE, width
from inceptionspec.weights.transfer.epilogue import norm_attributes
from inceptionspec.weights.transfer.sides import Sides


def layout(sides: Sides, node: Node, base: Node, sizes: Callable[[], Any]) -> Any:
    """For each output channel of a layer of the variant the one of its counterpart it takes.

    Args:
        sides: both networks.
        node: the layer.
        base: its counterpart.
        sizes: computes the norm of each of the counterpart's output channels.
    """
    old, new = width(base), width(node)
    groups, wanted = _wanted(sides, node, base)
    if wanted is not None:
        return wanted
    own = node.attributes.get("groups", 1)
    parts = math.lcm(own, *groups)
    return spread(old, new, parts if old % parts == new % parts == 0 else own, sizes)


def _wanted(sides: Sides, node: Node, base: Node) -> tuple[list[int], Any]:
    """What readers want of a layer's output channels.

    Returns:
        the numbers of groups of those that have groups; the source of each channel, where a
        sum with a tensor that is known already settles it, else None.
    """
    groups: list[int] = []
    waiting, seen = [node.index], {node.index}
    while waiting:
        for reader in (sides.new.nodes[index] for index in sides.readers[waiting.pop()]):
            if reader.index in seen:
                continue
            seen.add(reader.index)
            counterpart = sides.counterpart(reader)
            if reader.op == "conv":
                groups.append(reader.attributes["groups"])
            elif reader.op in CHANNELWISE | SAME_VALUE or _keeps_channels(reader):
                waiting.append(reader.index)
            elif reader.op in MERGES and counterpart is not None:
                source = _beside(sides, reader, counterpart)
                fits = width(counterpart) == width(base) and width(reader) == width(node)
                if source is not None and fits:
                    return groups, source
                waiting.append(reader.index)
    return groups, None


def _keeps_channels(node: Node) -> bool:
    return node.op == "depthwise_conv" and node.attributes["depth_multiplier"] == 1


def _beside(sides: Sides, merge: Node, base: Node) -> Any:
    """The channels of a sum by those of its inputs that are known already; None for none."""
    if len(merge.inputs) != len(base.inputs):
        return None
    for index, counterpart in zip(merge.inputs, base.inputs, strict=True):
        if index in sides.channels:
            wanted = sides.meanings.ids[counterpart]
            source = sides.meanings.find(wanted, sides.channels[index]).source
            if (source != NEW).all():
                return source
    return None


def spread(old: int, new: int, parts: int, sizes: Callable[[], Any]) -> Any:
    """For each of the new channels the old one that it takes.

    More channels are copies of the old ones, in turn, which share the weights of what reads them
    (Net2WiderNet: arXiv:1511.05641); fewer are those of the largest norm, in order. Groups keep
    their own.

    Args:
        old: how many the base has.
        new: how many the variant has.
        parts: the groups that channels fall into; ignored where these do not divide both.
        sizes: computes the norm of each old channel.
    """
    if old == new:
        return np.arange(old)
    if old % parts or new % parts:
        parts = 1
    own, wanted = old // parts, new // parts
    norms: Any = sizes() if wanted < own else None
    chosen: list[Any] = []
    for part in range(parts):
        if wanted >= own:
            inside: Any = np.arange(wanted) % own
        else:
            largest = np.argsort(-norms[part * own : (part + 1) * own], kind="stable")
            inside = np.sort(largest[:wanted])
        chosen.append(inside + part * own)
    return np.concatenate(chosen)


def filter_sizes(kernel: Any, arrays: Mapping[str, Any], node: Node) -> Any:
    """The norm of each output channel of a kernel, times what the layer's norm multiplies by."""
    sizes = np.sqrt(np.square(kernel, dtype=np.float64).sum(tuple(range(kernel.ndim - 1))))
    norm = norm_attributes(node)
    if norm is not None:
        factor = np.abs(arrays.get("gamma", np.ones(len(sizes))))
        sizes = sizes * factor / np.sqrt(arrays["moving_variance"] + norm["epsilon"])
    return sizes
