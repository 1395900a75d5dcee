"""What resamples, crops or frames maps and reorders channels, by NumPy alone and by definition.

Pools with `ceil` follow PyTorch's definition, window by window.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import ceil, floor
from typing import Any

import numpy as np

from inceptionspec.ir.graph import Node

Array = Any
Weights = Mapping[tuple[str, str], Array]


def ceil_pool(node: Node, x: Array, reduce: Callable[[Array], Array], *, mean: bool) -> Array:
    """A pool in PyTorch's ceil mode; a mean counts the declared padding alone, where asked."""
    given, rows = node.attributes, []
    counted = bool(given.get("count_padding"))
    padding = (0, 0, 0, 0) if given["padding"] == "valid" else given["padding"]
    taps = [
        _windows_of(x.shape[1 + axis], axis, given, padding[2 * axis : 2 * axis + 2])
        for axis in (0, 1)
    ]
    for down in taps[0]:
        row = []
        for across in taps[1]:
            inside = [[tap for tap in each if 0 <= tap < size]
                      for each, size in zip((down, across), x.shape[1:3], strict=True)]  # fmt: skip
            window = x[:, inside[0]][:, :, inside[1]]
            value = reduce(window)
            if mean and counted:
                axes = zip((down, across), x.shape[1:3], padding[::2], padding[1::2], strict=True)
                most = [
                    sum(-before <= tap < size + after for tap in each)
                    for each, size, before, after in axes
                ]
                value = value * (len(inside[0]) * len(inside[1])) / (most[0] * most[1])
            row.append(value)
        rows.append(np.stack(row, 1))
    return np.stack(rows, 1)


def _windows_of(
    size: int, axis: int, given: Mapping[str, Any], padding: Sequence[int]
) -> list[list[int]]:
    """The places that each window reads on an axis; negative ones lie in the padding."""
    kernel, stride = given["kernel"][axis], given["stride"][axis]
    gap, (before, after) = given["dilation"][axis], padding
    count = ceil((size + before + after - gap * (kernel - 1) - 1) / stride) + 1
    if (count - 1) * stride >= size + before:
        count -= 1
    return [[at * stride - before + tap * gap for tap in range(kernel)] for at in range(count)]


def _conv_transpose(node: Node, inputs: Sequence[Array], weights: Weights) -> Array:
    """Patches added up, then cut: by `same` to size x stride, as much before as after or less."""
    given, x = node.attributes, inputs[0]
    kernel = weights[node.path, "kernel"]
    (tall, wide), (down, across) = kernel.shape[:2], given["stride"]
    batch, height, width, _ = x.shape
    filters = kernel.shape[2]
    whole = np.zeros((batch, (height - 1) * down + max(tall, down),
                      (width - 1) * across + max(wide, across), filters))  # fmt: skip
    for row in range(height):
        for column in range(width):
            patch = np.einsum("bc,hwfc->bhwf", x[:, row, column], kernel)
            whole[:, row * down : row * down + tall, column * across : column * across + wide] += (
                patch
            )
    if given["padding"] == "valid":
        return whole
    if given["padding"] == "same":
        top, left = max(tall - down, 0) // 2, max(wide - across, 0) // 2
        return whole[:, top : top + height * down, left : left + width * across]
    top, bottom, left, right = given["padding"]
    ends = ((height - 1) * down + tall - bottom, (width - 1) * across + wide - right)
    return whole[:, top : ends[0], left : ends[1]]


def _upsample(node: Node, inputs: Sequence[Array], weights: Weights) -> Array:
    x = inputs[0]
    for axis in (0, 1):
        factor, size = node.attributes["factor"][axis], x.shape[1 + axis]
        if node.attributes["method"] == "nearest":
            x = np.repeat(x, factor, 1 + axis)
            continue
        places = (np.arange(size * factor) + 0.5) / factor - 0.5
        low = np.floor(places).astype(int)
        share = (places - low).reshape([-1, *(1,) * (2 - axis)])
        taken = [np.take(x, np.clip(at, 0, size - 1), 1 + axis) for at in (low, low + 1)]
        x = taken[0] * (1 - share) + taken[1] * share
    return x


def _adaptive(node: Node, inputs: Sequence[Array], weights: Weights) -> Array:
    x, (rows, columns) = inputs[0], node.attributes["size"]
    height, width = x.shape[1:3]
    bounds = [
        [(floor(at * size / count), ceil((at + 1) * size / count)) for at in range(count)]
        for size, count in ((height, rows), (width, columns))
    ]
    return np.stack([
        np.stack([x[:, top:bottom, left:right].mean((1, 2)) for left, right in bounds[1]], 1)
        for top, bottom in bounds[0]
    ], 1)  # fmt: skip


def _deep(node: Node, inputs: Sequence[Array], weights: Weights) -> Array:
    block, x = node.attributes["block_size"], inputs[0]
    batch, height, width, channels = x.shape
    parts = x.reshape(batch, height // block, block, width // block, block, channels)
    return parts.transpose(0, 1, 3, 2, 4, 5).reshape(batch, height // block, width // block, -1)


def _wide(node: Node, inputs: Sequence[Array], weights: Weights) -> Array:
    block, x = node.attributes["block_size"], inputs[0]
    batch, height, width, channels = x.shape
    parts = x.reshape(batch, height, width, block, block, channels // block**2)
    return parts.transpose(0, 1, 3, 2, 4, 5).reshape(batch, height * block, width * block, -1)


def _shuffle(node: Node, inputs: Sequence[Array], weights: Weights) -> Array:
    groups, x = node.attributes["groups"], inputs[0]
    parts = x.reshape(*x.shape[:-1], groups, x.shape[-1] // groups)
    return parts.swapaxes(-1, -2).reshape(x.shape)


def _crop(node: Node, inputs: Sequence[Array], weights: Weights) -> Array:
    (top, bottom, left, right), x = node.attributes["pixels"], inputs[0]
    return x[:, top : x.shape[1] - bottom, left : x.shape[2] - right]


def pad(node: Node, inputs: Sequence[Array], weights: Weights) -> Array:
    """Zeros or a reflection around a map."""
    top, bottom, left, right = node.attributes["padding"]
    mode = "reflect" if node.attributes["mode"] == "reflect" else "constant"
    return np.pad(inputs[0], ((0, 0), (top, bottom), (left, right), (0, 0)), mode)


#: The operators, each from its node, what it reads and all weights to what it yields; what follows
#: the product of a transposed convolution is left to the caller.
RULES: Mapping[str, Callable[[Node, Sequence[Array], Weights], Array]] = {
    "conv_transpose": _conv_transpose,
    "upsample": _upsample,
    "adaptive_avg_pool": _adaptive,
    "space_to_depth": _deep,
    "depth_to_space": _wide,
    "channel_shuffle": _shuffle,
    "crop": _crop,
    "pad": pad,
}
