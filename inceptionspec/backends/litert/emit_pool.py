"""Pools. A maximum never sees the padding; a mean sees it only where asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from inceptionspec.backends.litert.emit_odd_pool import dilated_max_pool, dilated_sum_pool
from inceptionspec.backends.litert.flatbuffer import Tensor, options
from inceptionspec.backends.litert.layer_builder import LayerBuilder, Operator
from inceptionspec.backends.undecided import undecided_padding
from inceptionspec.ops.record import Pads
from inceptionspec.ops.window import has_gaps, in_floor_mode, padding_pixels, slide


def max_pool(layer: LayerBuilder, inputs: Sequence[Tensor]) -> Tensor:
    """Largest value of each window."""
    if _keeps_all(layer):
        return inputs[0]
    _, attributes = in_floor_mode(layer.node.attributes, inputs[0].shape)
    layer.take(attributes)
    if has_gaps(attributes):
        pads = _known_pads(layer, inputs[0])
        padded = layer.pad(inputs[0], pads, lowest=True) if any(pads) else inputs[0]
        return dilated_max_pool(layer, padded)
    tensor, padding = layer.padded(inputs[0], lowest=True)
    return _pooled(layer, Operator.MAX_POOL_2D, tensor, padding)


def avg_pool(layer: LayerBuilder, inputs: Sequence[Tensor]) -> Tensor:
    """Mean of each window, with or without its padding.

    LiteRT's own mean leaves out the padding of `same`. Zeros that are added before a pool count;
    where they must not, the mean is divided by the share of each window that is not padding.
    """
    tensor = inputs[0]
    if _keeps_all(layer):
        return tensor
    zeros, attributes = in_floor_mode(layer.node.attributes, tensor.shape)
    layer.take(attributes)
    if zeros is not None:
        tensor = layer.pad(tensor, zeros)
    if has_gaps(attributes):
        return _dilated_avg_pool(layer, tensor)
    counted = attributes["count_padding"]
    pads = padding_pixels(attributes, tensor.shape)
    if pads is None:
        # The padding of `same` depends on an open size: the runtime computes its share.
        mean = _mean(layer, tensor, schema.Padding.SAME)
        return _times(layer, mean, _open_share(layer, tensor)) if counted else mean
    if not any(pads):
        return _mean(layer, tensor, schema.Padding.VALID)
    if not counted and layer.is_same(tensor.shape):
        return _mean(layer, tensor, schema.Padding.SAME)
    mean = _mean(layer, layer.pad(tensor, pads), schema.Padding.VALID)
    if counted:
        return mean
    if None in tensor.shape:
        share = _mean(layer, layer.pad(_ones(layer, tensor), pads), schema.Padding.VALID)
        return layer.operator(Operator.DIV, [mean, share])
    return _times(layer, mean, layer.constant("per_share", 1 / _share(layer, tensor, pads)))


def _dilated_avg_pool(layer: LayerBuilder, tensor: Tensor) -> Tensor:
    """Mean of each window with gaps: its sum by the number of pixels that count."""
    attributes, pads = layer.node.attributes, _known_pads(layer, tensor)
    height, width = attributes["kernel"]
    total = dilated_sum_pool(layer, layer.pad(tensor, pads) if any(pads) else tensor)
    if attributes["count_padding"] or not any(pads):
        return _times(layer, total, layer.constant("per_pixel", 1 / (height * width)))
    if None not in tensor.shape:
        share = height * width * _share(layer, tensor, pads)
        return _times(layer, total, layer.constant("per_pixel", 1 / share))
    ones = dilated_sum_pool(layer, layer.pad(_ones(layer, tensor), pads))
    return layer.operator(Operator.DIV, [total, ones], options(schema.DivOptionsT))


def _known_pads(layer: LayerBuilder, tensor: Tensor) -> Pads:
    pads = padding_pixels(layer.node.attributes, tensor.shape)
    if pads is None:
        raise undecided_padding(layer.node)
    return pads


def global_avg_pool(layer: LayerBuilder, inputs: Sequence[Tensor]) -> Tensor:
    """Mean of the whole map."""
    return _whole_map(layer, Operator.MEAN, inputs)


def global_max_pool(layer: LayerBuilder, inputs: Sequence[Tensor]) -> Tensor:
    """Largest value of the whole map."""
    return _whole_map(layer, Operator.REDUCE_MAX, inputs)


def _keeps_all(layer: LayerBuilder) -> bool:
    """Whether a pool does nothing; XNNPACK (LiteRT 2.3) computes two of those in a row wrongly."""
    return bool(layer.node.attributes["kernel"] == layer.node.attributes["stride"] == (1, 1))


def _whole_map(layer: LayerBuilder, code: int, inputs: Sequence[Tensor]) -> Tensor:
    given = options(schema.ReducerOptionsT, keepDims=layer.node.attributes["keep_dims"])
    sides = layer.constant("sides", (1, 2), "int32")
    return layer.operator(code, [*inputs, sides], given, shape=layer.node.shape)


def _pooled(layer: LayerBuilder, code: int, tensor: Tensor, padding: int) -> Tensor:
    attributes = layer.node.attributes
    given = options(
        schema.Pool2DOptionsT,
        padding=padding,
        strideH=attributes["stride"][0],
        strideW=attributes["stride"][1],
        filterHeight=attributes["kernel"][0],
        filterWidth=attributes["kernel"][1],
    )
    return layer.operator(code, [tensor], given, shape=(*layer.node.shape[:2], tensor.shape[2]))


def _mean(layer: LayerBuilder, tensor: Tensor, padding: int) -> Tensor:
    return _pooled(layer, Operator.AVERAGE_POOL_2D, tensor, padding)


def _times(layer: LayerBuilder, tensor: Tensor, factor: Tensor) -> Tensor:
    return layer.operator(Operator.MUL, [tensor, factor], options(schema.MulOptionsT))


def _share(layer: LayerBuilder, tensor: Tensor, pads: tuple[int, int, int, int]) -> Any:
    """The share of each window that is not padding: height x width x 1."""
    attributes = layer.node.attributes
    sides = slide(attributes, [tensor.shape])
    shares = []
    for axis, before in ((0, pads[0]), (1, pads[2])):
        size, window = tensor.shape[axis], attributes["kernel"][axis]
        starts = np.arange(sides[axis]) * attributes["stride"][axis] - before
        taps = starts[:, None] + np.arange(window) * attributes["dilation"][axis]
        shares.append(((taps >= 0) & (taps < size)).mean(1))
    return (shares[0][:, None] * shares[1])[..., None]


def _ones(layer: LayerBuilder, tensor: Tensor) -> Tensor:
    """A map of ones of the height and width that a map has when the model runs."""
    shape = (*tensor.shape[:2], 1)
    first = layer.constant("first", (0, 0, 0, 0), "int32")
    one = layer.constant("one_channel", (-1, -1, -1, 1), "int32")
    channel = layer.operator(Operator.SLICE, [tensor, first, one], shape=shape)
    integers = schema.TensorType.INT32
    sizes = layer.operator(
        Operator.SHAPE,
        [channel],
        options(schema.ShapeOptionsT, outType=integers),
        shape=(4,),
        kind=integers,
        per_image=False,
    )
    return layer.operator(Operator.FILL, [sizes, layer.constant("one", 1.0)], shape=shape)


def _open_share(layer: LayerBuilder, tensor: Tensor) -> Tensor:
    """The share of each window of `same` that is no padding: a convolution adds up ones."""
    attributes = layer.node.attributes
    height, width = attributes["kernel"]
    given = options(
        schema.Conv2DOptionsT,
        padding=schema.Padding.SAME,
        strideH=attributes["stride"][0],
        strideW=attributes["stride"][1],
    )
    window = layer.constant("window", np.full((1, height, width, 1), 1 / (height * width)))
    none = layer.constant("none", np.zeros(1))
    return layer.operator(
        Operator.CONV_2D,
        [_ones(layer, tensor), window, none],
        given,
        shape=(*layer.node.shape[:2], 1),
    )
