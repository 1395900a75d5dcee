"""What convolutions and pools share: a window that slides over a map."""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.ops.attribute_types import BOOL, KERNEL, MAP, PADDING, SIDES
from inceptionspec.ops.record import (
    Attribute,
    Attributes,
    Op,
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
CEIL_ATTRIBUTE = Attribute(
    "ceil",
    BOOL,
    "Keep a last window that reaches beyond the padding, if it starts in the map or in the "
    "padding before it, as PyTorch's `ceil_mode` does; what lies beyond is never counted.",
    False,
    later=True,
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
    reach = dilation x (kernel - 1) + 1; with ``ceil`` rounded up, without a last window that
    starts behind the map and the padding before it.

    Raises:
        OperatorError: the window is larger than the map (E0401).
    """
    height, width = (_slide_axis(attributes, inputs[0], axis) for axis in (0, 1))
    return height, width


def _slide_axis(attributes: Attributes, shape: Shape, axis: int) -> int | None:
    size = shape[axis]
    if size is None:
        _refuse_open_ceil(attributes, axis)
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
    before, after = (0, 0) if padding == "valid" else padding[2 * axis : 2 * axis + 2]
    reach = window_reach(attributes, axis)
    offset = before + after - reach + stride
    if is_ceil(attributes):
        # One more window where pixels are left over, if it starts before the padding at the end.
        offset = min(offset + stride - 1, before + stride - 1)
    return Side(offset, stride), max(stride - offset, 1)


def has_gaps(attributes: Attributes) -> bool:
    """Whether pixels lie between those that the window reads."""
    sides = zip(attributes["kernel"], attributes["dilation"], strict=True)
    return any(kernel > 1 and dilation > 1 for kernel, dilation in sides)


def is_ceil(attributes: Attributes) -> bool:
    """Whether a last window may reach beyond the padding; `same` leaves no pixel over anyway."""
    return bool(attributes.get("ceil", False)) and attributes["padding"] != "same"


def _refuse_open_ceil(attributes: Attributes, axis: int) -> None:
    """Refuse a last window whose place depends on an open size.

    Raises:
        OperatorError: it does (E0407).
    """
    if is_ceil(attributes) and _overflow(attributes, axis, None) is None:
        raise OperatorError(
            "E0407",
            "`ceil: true` needs a known height and width here: its last window may start "
            "behind the map",
            label="the size of the map is open here",
            attribute="ceil",
        )


def _overflow(attributes: Attributes, axis: int, size: int | None) -> int | None:
    """By how many pixels the last window of ``ceil`` may reach beyond the padding.

    On an open size it is the most that it can be, which makes the same windows, unless the last
    of them can start behind the map; then it is None.
    """
    padding, stride = attributes["padding"], attributes["stride"][axis]
    before, after = (0, 0) if padding == "valid" else padding[2 * axis : 2 * axis + 2]
    reach = window_reach(attributes, axis)
    if size is None:
        return int(stride) - 1 if after + stride <= reach else None
    count = _unclipped(attributes, axis)[0].at(size)
    return int(max((count - 1) * stride + reach - size - before - after, 0))


def in_floor_mode(attributes: Attributes, shape: Shape) -> tuple[Pads | None, Attributes]:
    """A pool with ``ceil`` as one without: zeros to put around the map first, and the pool.

    Padding that counts becomes zeros of the map, so that a last window is divided by the pixels
    of the map and of the padding, but not by what lies beyond (PyTorch's rule). Without ``ceil``
    it is the pool itself, and no zeros.

    Args:
        attributes: of the pool.
        shape: of the map that it reads; sides may be open.
    """
    if not is_ceil(attributes):
        return None, attributes
    whole = padding_pixels(attributes, shape)
    assert whole is not None  # its shape was found
    zeros = None
    padding = attributes["padding"]
    if attributes.get("count_padding", False) and padding != "valid" and any(padding):
        top, bottom, left, right = (max(a - b, 0) for a, b in zip(whole, padding, strict=True))
        zeros, whole = padding, (top, bottom, left, right)
    given = {**attributes, "padding": whole, "ceil": False}
    return zeros, {**given, "count_padding": False} if "count_padding" in given else given


def refuse_padding_alone(attributes: Attributes) -> None:
    """Refuse a pool with a window that can lie in the padding, where it has nothing to pool.

    The padding of each side must be smaller than the window (ONNX Runtime's rule).

    Raises:
        OperatorError: it is not (E0409).
    """
    padding = attributes["padding"]
    if isinstance(padding, str):
        return
    if is_ceil(attributes) and (attributes["clip"] or FOLLOWS_INPUT in attributes):
        raise OperatorError(
            "E0210",
            "`ceil: true` and padding in pixels do not go with a window that follows the map",
            label="leave this out, or give the window a size",
            attribute="ceil",
        )
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
    if padding != "same":
        top, bottom, left, right = (0, 0, 0, 0) if padding == "valid" else padding
        if not is_ceil(attributes):
            return (top, bottom, left, right)
        down, across = (_overflow(attributes, axis, shape[axis]) for axis in (0, 1))
        if down is None or across is None:
            return None
        return (top, bottom + down, left, right + across)
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


def slides(op: Op) -> bool:
    """Whether an operator has a window that slides over a map."""
    return CLIP_ATTRIBUTE in op.attributes


def window_of(attributes: Attributes) -> Window | None:
    """What one output pixel sees."""
    return Window(attributes["kernel"], attributes["stride"], attributes.get("dilation", (1, 1)))
