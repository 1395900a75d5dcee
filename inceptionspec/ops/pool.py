"""Pools: over a sliding window, and over the whole map."""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.ops.attribute_types import BOOL, MAP, SIDES
from inceptionspec.ops.record import (
    Attribute,
    Attributes,
    Op,
    OperatorError,
    Shape,
    Window,
    elements,
    require_map,
    size_text,
    times,
)
from inceptionspec.ops.side import SideRule
from inceptionspec.ops.window import (
    CEIL_ATTRIBUTE,
    CLIP_ATTRIBUTE,
    DILATION_ATTRIBUTE,
    KERNEL_ATTRIBUTE,
    PADDING_ATTRIBUTE,
    STRIDE_ATTRIBUTE,
    refuse_padding_alone,
    resolve_window,
    slide,
    window_of,
    window_side,
)

_WINDOW = (KERNEL_ATTRIBUTE, STRIDE_ATTRIBUTE, PADDING_ATTRIBUTE, CLIP_ATTRIBUTE)
_STEPS = (DILATION_ATTRIBUTE._replace(later=True), CEIL_ATTRIBUTE)
#: Set on a resolved adaptive pool: height and width of the map, from which its windows follow.
MAP_SIZE = "map_size"
_KEEP_DIMS = Attribute("keep_dims", BOOL, "Keep a map of 1x1 instead of a vector.", False)


def _pool_shape(attributes: Attributes, inputs: Sequence[Shape]) -> Shape:
    refuse_padding_alone(attributes)
    for axis in (0, 1):
        size, gap = inputs[0][axis], attributes["dilation"][axis]
        if size is not None and size < _least_under_gaps(attributes, axis):
            raise OperatorError(
                "E0409",
                f"the pixels of a window are {gap} apart, and the map of {size_text(inputs[0])} "
                "can lie between them",
                label="a pool has nothing to pool there",
                attribute="dilation",
                wants="larger",
            )
    return (*slide(attributes, inputs), inputs[0][2])


def _least_under_gaps(attributes: Attributes, axis: int) -> int:
    """The least side of which every window that starts in padding reads a pixel."""
    padding, gap = attributes["padding"], int(attributes["dilation"][axis])
    unpadded = padding == "valid" or (
        padding != "same" and not any(padding[2 * axis : 2 * axis + 2])
    )
    return 1 if unpadded or attributes["kernel"] == MAP else gap


def _pool_side(attributes: Attributes, axis: int) -> SideRule:
    """The side of a window; one that shrinks with the map must stay larger than its padding."""
    rule = window_side(attributes, axis)
    rule = rule._replace(least=max(rule.least, _least_under_gaps(attributes, axis)))
    padding = attributes["padding"]
    if isinstance(padding, str) or not (attributes["clip"] or attributes["kernel"] == MAP):
        return rule
    return rule._replace(least=max(rule.least, *(1 + pixels for pixels in padding[2 * axis :][:2])))


def _pool_flops(attributes: Attributes, inputs: Sequence[Shape], output: Shape) -> int | None:
    height, width = attributes["kernel"]
    return times(elements(output), height * width)


def _adaptive_shape(attributes: Attributes, inputs: Sequence[Shape]) -> Shape:
    require_map(attributes, inputs)
    if None in inputs[0][:2] and attributes["size"] != (1, 1):
        raise OperatorError(
            "E0407",
            "its windows follow from a known height and width",
            label=f"the map is {size_text(inputs[0])} here",
            attribute="size",
        )
    return (*attributes["size"], inputs[0][2])


def _with_map(attributes: Attributes, inputs: Sequence[Shape]) -> Attributes:
    """Attributes with the size of the map, from which the windows follow."""
    require_map(attributes, inputs)
    return {**attributes, MAP_SIZE: inputs[0][:2]}


def adaptive_bounds(size: int, count: int) -> list[tuple[int, int]]:
    """First pixel and the one after the last of each window of an adaptive pool, on one axis.

    Window i of ``count`` over ``size`` pixels goes from floor(i size / count) up to
    ceil((i + 1) size / count), as PyTorch's AdaptiveAvgPool2d has it. Windows overlap by a pixel
    where the one does not divide the other.
    """
    return [(at * size // count, -(-(at + 1) * size // count)) for at in range(count)]


def adaptive_shares(size: int, count: int) -> list[list[float]]:
    """The share of each pixel in each window, window by window: a mean is a product with them."""
    return [
        [1 / (stop - start) if start <= at < stop else 0.0 for at in range(size)]
        for start, stop in adaptive_bounds(size, count)
    ]


def _adaptive_flops(attributes: Attributes, inputs: Sequence[Shape], output: Shape) -> int | None:
    height, width, channels = inputs[0]
    if height is None or width is None:
        return None
    rows, columns = (
        sum(stop - start for start, stop in adaptive_bounds(side, count))
        for side, count in zip((height, width), attributes["size"], strict=True)
    )
    return times(channels, rows * columns)


def _adaptive_window(attributes: Attributes) -> Window | None:
    """The even steps that hold the windows; None where the whole map is one."""
    if attributes["size"] == (1, 1):
        return None
    sides: tuple[int, int] = attributes[MAP_SIZE]
    return Window(stride=sides, up=attributes["size"], ends=((0, sides[0] - 1), (0, sides[1] - 1)))


def _global_shape(attributes: Attributes, inputs: Sequence[Shape]) -> Shape:
    require_map(attributes, inputs)
    return (1, 1, inputs[0][2]) if attributes["keep_dims"] else (inputs[0][2],)


def _global_side(attributes: Attributes, axis: int) -> SideRule:
    return SideRule(1 if attributes["keep_dims"] else None)


def _global_flops(attributes: Attributes, inputs: Sequence[Shape], output: Shape) -> int | None:
    return elements(inputs[0])


MAX_POOL = Op(
    name="max_pool",
    role="layer",
    category="pooling",
    doc="Largest value of each window; padding never wins.",
    attributes=(*_WINDOW, *_STEPS),
    shape=_pool_shape,
    resolve=resolve_window,
    other_flops=_pool_flops,
    window=window_of,
    side=_pool_side,
)

AVG_POOL = Op(
    name="avg_pool",
    role="layer",
    category="pooling",
    doc="Mean of each window.",
    attributes=(
        *_WINDOW,
        Attribute(
            "count_padding",
            BOOL,
            "Count padded pixels as zeros, as torchvision's V3 does; "
            "otherwise only the pixels of the map are averaged.",
            False,
        ),
        *_STEPS,
    ),
    shape=_pool_shape,
    resolve=resolve_window,
    other_flops=_pool_flops,
    window=window_of,
    side=_pool_side,
)

GLOBAL_AVG_POOL = Op(
    name="global_avg_pool",
    role="layer",
    category="pooling",
    doc="Mean of the whole map, channel by channel.",
    attributes=(_KEEP_DIMS,),
    shape=_global_shape,
    other_flops=_global_flops,
    window=lambda attributes: None,
    side=_global_side,
)

GLOBAL_MAX_POOL = Op(
    name="global_max_pool",
    role="layer",
    category="pooling",
    doc="Largest value of the whole map, channel by channel.",
    attributes=(_KEEP_DIMS,),
    shape=_global_shape,
    other_flops=_global_flops,
    window=lambda attributes: None,
    side=_global_side,
)

ADAPTIVE_AVG_POOL = Op(
    name="adaptive_avg_pool",
    role="layer",
    category="pooling",
    doc="Means over a grid of windows that cover the map: one for each pixel of the output. "
    "Window i goes from floor(i size / count) up to ceil((i + 1) size / count), as in PyTorch.",
    attributes=(Attribute("size", SIDES, "Height x width of the output, such as 7x7."),),
    shape=_adaptive_shape,
    resolve=_with_map,
    other_flops=_adaptive_flops,
    window=_adaptive_window,
    side=lambda attributes, axis: SideRule(attributes["size"][axis]),
)
