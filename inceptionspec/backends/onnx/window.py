"""What convolutions and pools share: a window that slides over a map."""

from __future__ import annotations

from typing import Any

from inceptionspec.backends.onnx.layer_builder import Part
from inceptionspec.ops.window import padding_pixels


def window(part: Part) -> dict[str, Any]:
    """The attributes of an ONNX operator with a window.

    Padding is given in pixels where they are known. On an open size it is left to
    ``SAME_UPPER``, which pads more after than before, as TensorFlow does.
    """
    attributes = part.node.attributes
    given: dict[str, Any] = {
        "kernel_shape": attributes["kernel"],
        "strides": attributes["stride"],
    }
    if "dilation" in attributes:
        given["dilations"] = attributes["dilation"]
    pads = padding_pixels(attributes, part.shapes[0])
    if pads is None:
        return {**given, "auto_pad": "SAME_UPPER"}
    top, bottom, left, right = pads
    return {**given, "pads": (top, left, bottom, right)}
