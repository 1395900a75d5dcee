"""Operators that resample, crop or reflect a map, or pick and reorder its channels."""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.backends.onnx.layer_builder import LayerBuilder
from inceptionspec.ops.channels import shuffled
from inceptionspec.ops.record import Pads

_FAR = (1 << 63) - 1
"""An end that lies behind every map: ONNX cuts it to the size."""


def upsample(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """A map made larger by copies of pixels or between their centers."""
    given = layer.node.attributes
    scales = layer.constant("scales", (1, 1, *given["factor"]))
    if given["method"] == "bilinear":
        how = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
    else:
        how = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric",
               "nearest_mode": "floor"}  # fmt: skip
    return layer.operator("Resize", [inputs[0], "", scales], **how)


def crop(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """A map without the pixels at its edges."""
    return cropped(layer, inputs[0], layer.node.attributes["pixels"])


def cropped(layer: LayerBuilder, tensor: str, pixels: Pads) -> str:
    """A map without some pixels on each side."""
    if not any(pixels):
        return tensor
    top, bottom, left, right = pixels
    bounds = {"start": (top, left), "stop": (-bottom or _FAR, -right or _FAR), "axes": (2, 3)}
    named = [layer.constant(name, value, "int64") for name, value in bounds.items()]
    return layer.operator("Slice", [tensor, *named])


def pad(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """A frame around a map: zeros, or the map reflected."""
    pixels, mode = layer.node.attributes["padding"], layer.node.attributes["mode"]
    if mode == "reflect":
        return layer.operator("Pad", [*inputs, _around(layer, pixels)], mode="reflect")
    return framed(layer, inputs[0], pixels)


def framed(layer: LayerBuilder, tensor: str, pixels: Pads, fill: float | None = None) -> str:
    """A map with zeros around it, or with another number."""
    value = [] if fill is None else [layer.constant("fill", fill)]
    return layer.operator("Pad", [tensor, _around(layer, pixels), *value])


def _around(layer: LayerBuilder, pixels: Pads) -> str:
    top, bottom, left, right = pixels
    return layer.constant("pads", (0, 0, top, left, 0, 0, bottom, right), "int64")


def space_to_depth(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """Blocks of pixels as channels."""
    return layer.operator("SpaceToDepth", inputs, blocksize=layer.node.attributes["block_size"])


def depth_to_space(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """Channels as blocks of pixels."""
    block = layer.node.attributes["block_size"]
    return layer.operator("DepthToSpace", inputs, blocksize=block, mode="DCR")


def channel_shuffle(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """Groups of channels mixed."""
    order = shuffled(layer.node.shape[-1] or 0, layer.node.attributes["groups"])
    return layer.operator("Gather", [*inputs, layer.constant("order", order, "int64")], axis=1)


def slice_(layer: LayerBuilder, inputs: Sequence[str]) -> str:
    """Some of the channels, which are the first axis after the batch."""
    given = layer.node.attributes
    bounds = {"start": (given["start"],), "stop": (given["stop"],), "axis": (1,)}
    named = [layer.constant(name, value, "int64") for name, value in bounds.items()]
    return layer.operator("Slice", [*inputs, *named])
