"""Pools that no operator is made for: with gaps in their windows, or over a grid of uneven ones."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from inceptionspec.backends.litert.emit_resample import strided
from inceptionspec.backends.litert.flatbuffer import Tensor, options
from inceptionspec.backends.litert.layer_builder import LayerBuilder, Operator
from inceptionspec.ops.pool import adaptive_shares
from inceptionspec.ops.window import window_reach


def dilated_max_pool(layer: LayerBuilder, tensor: Tensor) -> Tensor:
    """Largest value of each window of a padded map, with gaps between its pixels."""
    return _over_taps(layer, tensor, Operator.MAXIMUM)


def dilated_sum_pool(layer: LayerBuilder, tensor: Tensor) -> Tensor:
    """Sum of each window of a padded map, with gaps between its pixels."""
    return _over_taps(layer, tensor, Operator.ADD)


def _over_taps(layer: LayerBuilder, tensor: Tensor, code: int) -> Tensor:
    """What the pixels of each window come to: those of a column of it first, then of the row."""
    attributes = layer.node.attributes

    def combined(one: Tensor, other: Tensor) -> Tensor:
        given = options(schema.AddOptionsT) if code == Operator.ADD else None
        return layer.operator(code, [one, other], given)

    for axis in (0, 1):
        reach, step = window_reach(attributes, axis), attributes["stride"][axis]
        parts = []
        for tap in range(attributes["kernel"][axis]):
            start = tap * attributes["dilation"][axis]
            rest = reach - 1 - start
            if axis == 0:
                parts.append(strided(layer, tensor, (start, 0), (rest, 0), (step, 1)))
            else:
                parts.append(strided(layer, tensor, (0, start), (0, rest), (1, step)))
        tensor = reduce(combined, parts)
    return tensor


def adaptive_avg_pool(layer: LayerBuilder, inputs: Sequence[Tensor]) -> Tensor:
    """Means over a grid of windows: a product with their shares on each axis.

    A product is over the last axis, to which each side comes in turn.
    """
    size, (height, width) = layer.node.attributes["size"], inputs[0].shape[:2]
    if size == (1, 1):
        given = options(schema.ReducerOptionsT, keepDims=True)
        sides = layer.constant("sides", (1, 2), "int32")
        return layer.operator(Operator.MEAN, [*inputs, sides], given, shape=layer.node.shape)
    assert height is not None
    assert width is not None
    if height % size[0] == width % size[1] == 0:
        rows, columns = height // size[0], width // size[1]
        given = options(
            schema.Pool2DOptionsT, padding=schema.Padding.VALID, strideH=rows, strideW=columns,
            filterHeight=rows, filterWidth=columns,
        )  # fmt: skip
        code = Operator.AVERAGE_POOL_2D
        return layer.operator(code, inputs, given, shape=layer.node.shape)
    last_width = _turned(layer, inputs[0], "to_width", (0, 3, 1, 2))
    columns_ = _shared(layer, last_width, "columns", adaptive_shares(width, size[1]))
    last_height = _turned(layer, columns_, "to_height", (0, 1, 3, 2))
    rows_ = _shared(layer, last_height, "rows", adaptive_shares(height, size[0]))
    return _turned(layer, rows_, "back", (0, 3, 2, 1))


def _turned(layer: LayerBuilder, tensor: Tensor, name: str, order: tuple[int, ...]) -> Tensor:
    shape = tuple(tensor.shape[at - 1] for at in order[1:])
    places = layer.constant(name, order, "int32")
    return layer.operator(Operator.TRANSPOSE, [tensor, places], shape=shape)


def _shared(layer: LayerBuilder, tensor: Tensor, name: str, shares: list[list[float]]) -> Tensor:
    """The product of the last axis with the shares of each window."""
    given = options(schema.FullyConnectedOptionsT, keepNumDims=True)
    constants = [layer.constant(name, shares), layer.constant("none", np.zeros(len(shares)))]
    shape: tuple[Any, ...] = (*tensor.shape[:2], len(shares))
    return layer.operator(
        Operator.FULLY_CONNECTED, [tensor, *constants], given, shape=shape, version=_KEPT_AXES
    )


_KEPT_AXES = 5
"""The first version of the dense operator that keeps all axes but the last."""
