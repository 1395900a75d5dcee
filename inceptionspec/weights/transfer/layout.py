"""Which channels of the base a layer with another number of filters takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from inceptionspec.ir.graph import Node
from inceptionspec.weights.transfer.epilogue import norm_attributes


def spread(old: int, new: int, parts: int, sizes: Any) -> Any:
    """For each of the new channels the old one that it takes.

    More channels are copies of the old ones, in turn; fewer are those of the largest norm, in
    order. Groups keep their own.

    Args:
        old: how many the base has.
        new: how many the variant has.
        parts: the groups that channels fall into; ignored where these do not divide both.
        sizes: the norm of each old channel.
    """
    if old == new:
        return np.arange(old)
    if old % parts or new % parts:
        parts = 1
    own, wanted = old // parts, new // parts
    chosen: list[Any] = []
    for part in range(parts):
        if wanted >= own:
            inside: Any = np.arange(wanted) % own
        else:
            largest = np.argsort(-sizes[part * own : (part + 1) * own], kind="stable")
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
