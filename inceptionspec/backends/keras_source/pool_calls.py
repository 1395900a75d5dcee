"""Calls of pools, in the forms that TensorFlow's kernels have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from inceptionspec.backends.keras_source.call import Call
from inceptionspec.backends.keras_source.map_calls import crop_call, pairs, zeros_call
from inceptionspec.backends.undecided import undecided_padding
from inceptionspec.ir.graph import Node
from inceptionspec.ops.record import Attributes, Pads, Shape
from inceptionspec.ops.window import crop_of_same, has_gaps, in_floor_mode, padding_pixels


def pool_call(layer: str, kernel: Any, stride: Any, padding: str, part: str = "") -> Call:
    """A pool as a stock layer."""
    args = {"pool_size": kernel, "strides": stride, "padding": padding}
    return Call(f"layers.{layer}", part, args, None, {"padding": "valid"}, tuple(args))


def max_pool_calls(node: Node, shape: Shape) -> Iterator[Call]:
    """Largest value of each window of a map of a shape."""
    _, given = in_floor_mode(node.attributes, shape)
    kernel, stride, padding = given["kernel"], given["stride"], given["padding"]
    crop = None if isinstance(padding, str) else crop_of_same(kernel, padding)
    if has_gaps(given):
        yield _dilated("dilated_max_pool", node, given, shape)
    elif isinstance(padding, str):
        yield pool_call("MaxPooling2D", kernel, stride, padding)
    elif crop is not None:
        yield pool_call("MaxPooling2D", kernel, (1, 1), "same")
        yield from _subsampled(crop, stride)
    else:
        args = {"pool_size": kernel, "strides": stride, "pads": pairs(padding)}
        yield Call("padded_max_pool", "", args, positional=tuple(args))


def avg_pool_calls(node: Node, shape: Shape) -> Iterator[Call]:
    """Mean of each window of a map of a shape."""
    zeros, given = in_floor_mode(node.attributes, shape)
    if zeros is not None:
        yield zeros_call(zeros, "pad")
        height, width, channels = shape
        shape = (
            None if height is None else height + sum(zeros[:2]),
            None if width is None else width + sum(zeros[2:]),
            channels,
        )
    if has_gaps(given):
        yield _dilated("dilated_avg_pool", node, given, shape)
        return
    kernel, stride, padding = given["kernel"], given["stride"], given["padding"]
    counted = given["count_padding"]
    pads = padding_pixels(given, shape)
    if pads is not None and not any(pads):
        padding = "valid"
    crop = None if isinstance(padding, str) else crop_of_same(kernel, padding)
    args: dict[str, Any] = {"pool_size": kernel, "strides": stride}
    if padding == "valid" or (padding == "same" and not counted):
        yield pool_call("AveragePooling2D", kernel, stride, padding)
    elif counted and pads is None:
        yield Call("same_avg_pool", "", args, positional=tuple(args))
    elif counted and pads is not None:
        yield zeros_call(pads, "pad")
        yield pool_call("AveragePooling2D", kernel, stride, "valid")
    elif crop is not None:
        yield pool_call("AveragePooling2D", kernel, (1, 1), "same")
        yield from _subsampled(crop, stride)
    else:
        args["pads"] = pairs(padding)
        yield Call("padded_avg_pool", "", args, positional=tuple(args))


def _dilated(function: str, node: Node, given: Attributes, shape: Shape) -> Call:
    pads = padding_pixels(given, shape)
    if pads is None:
        raise undecided_padding(node)
    args: dict[str, Any] = {
        "pool_size": given["kernel"],
        "strides": given["stride"],
        "dilation": given["dilation"],
        "pads": pairs(pads),
    }
    positional = tuple(args)
    if function == "dilated_avg_pool":
        args["counted"] = given["count_padding"] or not any(pads)
    return Call(function, "", args, None, {"counted": False}, positional)


def _subsampled(crop: Pads, stride: tuple[int, int]) -> Iterator[Call]:
    if any(crop):
        yield crop_call(crop, "crop")
    if stride != (1, 1):
        yield pool_call("MaxPooling2D", (1, 1), stride, "valid", "stride")


def adaptive_pool_call(node: Node, shape: Shape) -> Call:
    """Means over a grid of windows of a map of a shape."""
    (rows, columns), (height, width) = node.attributes["size"], shape[:2]
    if (rows, columns) == (1, 1):
        return Call("layers.GlobalAveragePooling2D", "", {"keepdims": True})
    assert height is not None
    assert width is not None
    if height % rows == width % columns == 0:
        kernel = (height // rows, width // columns)
        return pool_call("AveragePooling2D", kernel, kernel, "valid")
    args = {"size": (rows, columns)}
    return Call("adaptive_avg_pool", "", args, positional=("size",))
