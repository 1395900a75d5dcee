"""Operators that resample, crop or reflect a map, or pick and reorder its channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ai_edge_litert import schema_py_generated as schema

from inceptionspec.backends.litert.flatbuffer import Tensor, options
from inceptionspec.backends.litert.layer_builder import LayerBuilder, Operator
from inceptionspec.ops.channels import shuffled
from inceptionspec.ops.record import Pads

_INTEGERS = schema.TensorType.INT32


def upsample(layer: LayerBuilder, inputs: Sequence[Tensor]) -> Tensor:
    """A map made larger by copies of pixels or between their centers."""
    given = layer.node.attributes
    sides = _sides(layer, inputs[0], given["factor"])
    if given["method"] == "bilinear":
        code = Operator.RESIZE_BILINEAR
        how = options(schema.ResizeBilinearOptionsT, alignCorners=False, halfPixelCenters=True)
        return layer.operator(code, [*inputs, sides], how, shape=layer.node.shape, version=3)
    code = Operator.RESIZE_NEAREST_NEIGHBOR
    how = options(schema.ResizeNearestNeighborOptionsT, alignCorners=False, halfPixelCenters=False)
    return layer.operator(code, [*inputs, sides], how, shape=layer.node.shape)


def _sides(layer: LayerBuilder, tensor: Tensor, factor: tuple[int, int]) -> Tensor:
    """Height and width of a map times a factor; on an open size the runtime finds them."""
    height, width = tensor.shape[:2]
    if height is not None and width is not None:
        return layer.constant("sides", (height * factor[0], width * factor[1]), "int32")
    whole = sizes_at_run_time(layer, tensor, (1, *factor, 1))
    bounds = [layer.constant("start", (1,), "int32"), layer.constant("count", (2,), "int32")]
    return layer.operator(
        Operator.SLICE, [whole, *bounds], shape=(2,), kind=_INTEGERS, per_image=False
    )


def sizes_at_run_time(
    layer: LayerBuilder,
    tensor: Tensor,
    factors: tuple[int, int, int, int],
    more: tuple[int, int, int, int] = (0, 0, 0, 0),
) -> Tensor:
    """The sides of a batch of maps times some factors, plus some numbers: the batch first."""

    def integers(code: int, inputs: Sequence[Tensor], given: Any) -> Tensor:
        return layer.operator(code, inputs, given, shape=(4,), kind=_INTEGERS, per_image=False)

    sizes = integers(Operator.SHAPE, [tensor], options(schema.ShapeOptionsT, outType=_INTEGERS))
    by = layer.constant("factors", factors, "int32")
    sizes = integers(Operator.MUL, [sizes, by], options(schema.MulOptionsT))
    if not any(more):
        return sizes
    plus = layer.constant("more", more, "int32")
    return integers(Operator.ADD, [sizes, plus], options(schema.AddOptionsT))


def crop(layer: LayerBuilder, inputs: Sequence[Tensor]) -> Tensor:
    """A map without the pixels at its edges."""
    return cropped(layer, inputs[0], layer.node.attributes["pixels"])


def cropped(layer: LayerBuilder, tensor: Tensor, pixels: Pads) -> Tensor:
    """A map without some pixels on each side."""
    if not any(pixels):
        return tensor
    top, bottom, left, right = pixels
    return strided(layer, tensor, (top, left), (bottom, right))


def strided(
    layer: LayerBuilder,
    tensor: Tensor,
    first: tuple[int, int],
    left: tuple[int, int],
    stride: tuple[int, int] = (1, 1),
) -> Tensor:
    """Each so-manieth row and column of a map.

    Args:
        layer: the layer.
        tensor: a map.
        first: the first row and column that is taken.
        left: how many at the end are not looked at.
        stride: the distance of two that are taken.
    """
    bounds = (
        ("start", (0, *first, 0)), ("stop", (0, -left[0], -left[1], 0)), ("step", (1, *stride, 1))
    )  # fmt: skip
    named = [layer.constant(name, value, "int32") for name, value in bounds]
    open_ends = 0b1001 | (0 if left[0] else 0b0010) | (0 if left[1] else 0b0100)
    given = options(schema.StridedSliceOptionsT, beginMask=0b1001, endMask=open_ends)
    sides = (
        None if side is None else -(-(side - start - rest) // step)
        for side, start, rest, step in zip(tensor.shape[:2], first, left, stride, strict=True)
    )
    return layer.operator(
        Operator.STRIDED_SLICE, [tensor, *named], given, shape=(*sides, tensor.shape[2])
    )


def pad(layer: LayerBuilder, inputs: Sequence[Tensor]) -> Tensor:
    """A frame around a map: zeros, or the map reflected."""
    top, bottom, left, right = pixels = layer.node.attributes["padding"]
    if layer.node.attributes["mode"] == "zeros":
        return layer.pad(inputs[0], pixels)
    around = layer.constant("pads", ((0, 0), (top, bottom), (left, right), (0, 0)), "int32")
    given = options(schema.MirrorPadOptionsT, mode=schema.MirrorPadMode.REFLECT)
    return layer.operator(Operator.MIRROR_PAD, [*inputs, around], given, shape=layer.node.shape)


def space_to_depth(layer: LayerBuilder, inputs: Sequence[Tensor]) -> Tensor:
    """Blocks of pixels as channels."""
    given = options(schema.SpaceToDepthOptionsT, blockSize=layer.node.attributes["block_size"])
    return layer.operator(Operator.SPACE_TO_DEPTH, inputs, given, shape=layer.node.shape)


def depth_to_space(layer: LayerBuilder, inputs: Sequence[Tensor]) -> Tensor:
    """Channels as blocks of pixels."""
    given = options(schema.DepthToSpaceOptionsT, blockSize=layer.node.attributes["block_size"])
    return layer.operator(Operator.DEPTH_TO_SPACE, inputs, given, shape=layer.node.shape)


def channel_shuffle(layer: LayerBuilder, inputs: Sequence[Tensor]) -> Tensor:
    """Groups of channels mixed."""
    order = shuffled(layer.node.shape[-1] or 0, layer.node.attributes["groups"])
    given = options(schema.GatherOptionsT, axis=len(layer.node.shape))
    return layer.operator(
        Operator.GATHER, [*inputs, layer.constant("order", order, "int32")], given
    )


def slice_(layer: LayerBuilder, inputs: Sequence[Tensor]) -> Tensor:
    """Some of the channels, which are the last axis."""
    start, stop = (layer.node.attributes[name] for name in ("start", "stop"))
    others = len(layer.node.shape)
    bounds = [
        layer.constant("start", (0,) * others + (start,), "int32"),
        layer.constant("count", (-1,) * others + (stop - start,), "int32"),
    ]
    return layer.operator(Operator.SLICE, [*inputs, *bounds], shape=layer.node.shape)
