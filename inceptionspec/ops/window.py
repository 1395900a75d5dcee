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
from inceptionspec.ops.side import Side, SideRule

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
            )
        return {**attributes, "kernel": sides, FOLLOWS_INPUT: True}
    if attributes["clip"]:
        clipped = tuple(
            side if limit is None else min(side, limit)
            for side, limit in zip(kernel, sides, strict=True)
        )
        return {**attributes, "kernel": clipped, FOLLOWS_INPUT: clipped != kernel}
    return attributes


def slide(attributes: Attributes, inputs: Sequence[Shape]) -> tuple[int | None, int | None]:
    """Height and width of the map that a window makes of a map.

    ``same``: ceil(size / stride); else floor((size + pads - reach) / stride) + 1, where
    reach = dilation x (kernel - 1) + 1.

    Raises:
        OperatorError: the window is larger than the map (E0401).
    """
    height, width = (_slide_axis(attributes, inputs[0], axis) for axis in (0, 1))
    return height, width


def _slide_axis(attributes: Attributes, shape: Shape, axis: int) -> int | None:
    size = shape[axis]
    if size is None:
        return None
    side, least = _unclipped(attributes, axis)
    if size < least:
        window = "x".join(str(side) for side in attributes["kernel"])
        reach = window_reach(attributes, axis)
        grown = "" if reach == attributes["kernel"][axis] else f", dilated to {reach} pixels,"
        raise OperatorError(
            "E0401",
            f"its {window} window{grown} is larger than its {size_text(shape)} input",
            label=f"the map is {size_text(shape)} here",
            attribute="kernel",
            wants="larger",
        )
    return side.at(size)


def window_reach(attributes: Attributes, axis: int) -> int:
    """How many pixels of an axis a window spans, gaps included."""
    dilation = attributes.get("dilation", (1, 1))[axis]
    return int(dilation * (attributes["kernel"][axis] - 1) + 1)


def window_side(attributes: Attributes, axis: int) -> SideRule:
    """How a side of the output follows from a side of the input, before the size is known.

    A clipped window is as large as the map where the map is smaller; one that covers the
    map leaves what its padding leaves, unless ``same`` keeps a pixel for each stride.
    """
    padding = attributes["padding"]
    stride, covers = attributes["stride"][axis], attributes["kernel"] == MAP
    if padding == "same" or not (covers or attributes["clip"]):
        return SideRule(*_unclipped(attributes, axis))
    pads = 0 if padding == "valid" else sum(padding[2 * axis : 2 * axis + 2])
    if covers:
        return SideRule(pads // stride + 1)
    side, least = _unclipped(attributes, axis)
    if attributes.get("dilation", (1, 1))[axis] != 1:
        return SideRule(side, least)  # a dilated window still outgrows the map that clips it
    return SideRule(side._replace(least=pads // stride + 1))


def _unclipped(attributes: Attributes, axis: int) -> tuple[Side, int]:
    """The side that a window of known size yields, and the least that it takes."""
    padding, stride = attributes["padding"], attributes["stride"][axis]
    if padding == "same":
        return Side(stride - 1, stride), 1
    pads = 0 if padding == "valid" else sum(padding[2 * axis : 2 * axis + 2])
    reach = window_reach(attributes, axis)
    return Side(pads - reach + stride, stride), max(reach - pads, 1)


def refuse_padding_alone(attributes: Attributes) -> None:
    """Refuse a pool with a window that can lie in the padding, where it has nothing to pool.

    The padding of each side must be smaller than the window (ONNX Runtime's rule).

    Raises:
        OperatorError: it is not (E0409).
    """
    padding = attributes["padding"]
    if isinstance(padding, str):
        return
    for axis, sides in enumerate((("top", "bottom"), ("left", "right"))):
        reach = window_reach(attributes, axis)
        for side, pixels in zip(sides, padding[2 * axis : 2 * axis + 2], strict=True):
            if pixels >= reach:
                raise OperatorError(
                    "E0409",
                    f"a window of {_pixels(reach)} can lie in the {_pixels(pixels)} of padding "
                    f"at the {side}",
                    label="a pool has nothing to pool there",
                    attribute="padding",
                )


def _pixels(count: int) -> str:
    return f"{count:,} pixel{'s' * (count != 1)}"


def padding_pixels(attributes: Attributes, shape: Shape) -> Pads | None:
    """Pixels that are added on each side; None where they depend on an open size."""
    padding = attributes["padding"]
    if padding == "valid":
        return (0, 0, 0, 0)
    if padding != "same":
        return (padding[0], padding[1], padding[2], padding[3])
    pads: list[int] = []
    for axis in (0, 1):
        stride, reach = attributes["stride"][axis], window_reach(attributes, axis)
        size = shape[axis]
        if size is None:
            if stride != 1:
                return None
            size = 1
        whole = max((-(-size // stride) - 1) * stride + reach - size, 0)
        pads += [whole // 2, whole - whole // 2]
    return (pads[0], pads[1], pads[2], pads[3])


def crop_of_same(kernel: tuple[int, int], padding: Pads) -> Pads | None:
    """By how much padding is less than that of ``same`` at stride 1: half a kernel on each side.

    None where it is more on any side.
    """
    (height, width), (top, bottom, left, right) = kernel, padding
    crop = (
        (height - 1) // 2 - top,
        height // 2 - bottom,
        (width - 1) // 2 - left,
        width // 2 - right,
    )
    return None if min(crop) < 0 else crop


def window_of(attributes: Attributes) -> Window | None:
    """What one output pixel sees."""
    return Window(attributes["kernel"], attributes["stride"], attributes.get("dilation", (1, 1)))
