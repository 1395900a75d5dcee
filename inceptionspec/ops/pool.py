"""Pools: over a sliding window, and over the whole map."""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.ops.attribute_types import BOOL, MAP
from inceptionspec.ops.record import Attribute, Attributes, Op, Shape, elements, require_map, times
from inceptionspec.ops.side import SideRule
from inceptionspec.ops.window import (
    CLIP_ATTRIBUTE,
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
_KEEP_DIMS = Attribute("keep_dims", BOOL, "Keep a map of 1x1 instead of a vector.", False)


def _pool_shape(attributes: Attributes, inputs: Sequence[Shape]) -> Shape:
    refuse_padding_alone(attributes)
    return (*slide(attributes, inputs), inputs[0][2])


def _pool_side(attributes: Attributes, axis: int) -> SideRule:
    """The side of a window; one that shrinks with the map must stay larger than its padding."""
    rule = window_side(attributes, axis)
    padding = attributes["padding"]
    if isinstance(padding, str) or not (attributes["clip"] or attributes["kernel"] == MAP):
        return rule
    return rule._replace(least=max(rule.least, *(1 + pixels for pixels in padding[2 * axis :][:2])))


def _pool_flops(attributes: Attributes, inputs: Sequence[Shape], output: Shape) -> int | None:
    height, width = attributes["kernel"]
    return times(elements(output), height * width)


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
    attributes=_WINDOW,
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
