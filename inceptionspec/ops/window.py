"""What convolutions and pools share: a window that slides over a map."""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.ops.attribute_types import BOOL, KERNEL, MAP, PADDING, SIDES
from inceptionspec.ops.record import (
    Attribute,
    Attributes,
    OperatorError,
    Pads,
    Shape,
    Window,
    require_map,
    size_text,
)

KERNEL_ATTRIBUTE = Attribute(
    "kernel", KERNEL, "Height x width of the window, such as 1x7; `map` covers the whole map."
)
STRIDE_ATTRIBUTE = Attribute("stride", SIDES, "Step of the window, per axis, in pixels.", 1)
DILATION_ATTRIBUTE = Attribute(
    "dilation", SIDES, "Distance between the pixels that the window reads; 1 leaves no gaps.", 1
)
PADDING_ATTRIBUTE = Attribute(
    "padding",
    PADDING,
    "`same` keeps ceil(size / stride), padding more after than before as TensorFlow does; "
    "`valid` reads only whole windows; pixels are added explicitly otherwise.",
    "same",
)
#: Set on a resolved window whose size was taken from the map: weights of that size
#: fit this input size alone.
FOLLOWS_INPUT = "follows_input"
CLIP_ATTRIBUTE = Attribute(
    "clip", BOOL, "Cut the window to the map where the map is smaller.", False
)


def resolve_window(attributes: Attributes, inputs: Sequence[Shape]) -> Attributes:
    """Give ``kernel: map`` and ``clip: true`` the size that the map has."""
    require_map(attributes, inputs)
    kernel, sides = attributes["kernel"], inputs[0][:2]
    if kernel == MAP:
        if None in sides:
            raise OperatorError(
                "E0407",
                "`kernel: map` needs a known height and width",
                label=f"the map is {size_text(inputs[0])} here",
                attribute="kernel",
                helps=("give the input a size, or use a global pool",),
            )
        return {**attributes, "kernel": sides, FOLLOWS_INPUT: True}
    if attributes["clip"]:
        clipped = tuple(
            side if one is None else min(side, one) for side, one in zip(kernel, sides, strict=True)
        )
        return {**attributes, "kernel": clipped, FOLLOWS_INPUT: clipped != kernel}
    return attributes


def slide(attributes: Attributes, inputs: Sequence[Shape]) -> tuple[int | None, int | None]:
    """Height and width of the map that a window makes of a map.

    ``same``: ceil(size / stride); else floor((size + pads - reach) / stride) + 1, where
    reach = dilation x (kernel - 1) + 1.
    """
    height, width = (_slide_axis(attributes, inputs[0], axis) for axis in (0, 1))
    return height, width


def _slide_axis(attributes: Attributes, shape: Shape, axis: int) -> int | None:
    size, stride = shape[axis], attributes["stride"][axis]
    if size is None:
        return None
    padding = attributes["padding"]
    if padding == "same":
        return int(-(-size // stride))
    kernel, dilation = attributes["kernel"][axis], attributes.get("dilation", (1, 1))[axis]
    reach = dilation * (kernel - 1) + 1
    pads = 0 if padding == "valid" else sum(padding[2 * axis : 2 * axis + 2])
    if size + pads < reach:
        window = "x".join(str(side) for side in attributes["kernel"])
        grown = "" if dilation == 1 else f", dilated to {reach} pixels,"
        raise OperatorError(
            "E0401",
            f"its {window} window{grown} is larger than its {size_text(shape)} input",
            label=f"the map is {size_text(shape)} here",
            attribute="kernel",
            helps=("take a smaller kernel, `padding: same`, or a larger input",),
            wants="larger",
        )
    return int((size + pads - reach) // stride + 1)


def padding_pixels(attributes: Attributes, shape: Shape) -> Pads | None:
    """Pixels that are added on each side; None where they hang on an open size."""
    padding = attributes["padding"]
    if padding == "valid":
        return (0, 0, 0, 0)
    if padding != "same":
        return (padding[0], padding[1], padding[2], padding[3])
    pads: list[int] = []
    for axis in (0, 1):
        kernel, stride = attributes["kernel"][axis], attributes["stride"][axis]
        reach = attributes.get("dilation", (1, 1))[axis] * (kernel - 1) + 1
        size = shape[axis]
        if size is None:
            if stride != 1:
                return None
            size = 1
        whole = max((-(-size // stride) - 1) * stride + reach - size, 0)
        pads += [whole // 2, whole - whole // 2]
    return (pads[0], pads[1], pads[2], pads[3])


def window_of(attributes: Attributes) -> Window | None:
    """What one output pixel sees."""
    return Window(attributes["kernel"], attributes["stride"], attributes.get("dilation", (1, 1)))
