"""Operators that trade resolution: interpolation, and pixels that become channels or back."""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.ops.attribute_types import COUNT, SIDES, Kind
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
from inceptionspec.ops.side import Side, SideRule

METHODS = ("nearest", "bilinear")
_METHOD = Kind("`nearest` or `bilinear`", {"enum": list(METHODS)})
BLOCK = COUNT._replace(expressions=False)
BILINEAR_FLOPS = 7
"""Of an output element: four products with shares, three sums."""


def _grown(shape: Shape, factor: tuple[int, int]) -> tuple[int | None, int | None]:
    height, width = (
        None if side is None else side * times for side, times in zip(shape, factor, strict=False)
    )
    return height, width


def _upsampled_shape(attributes: Attributes, inputs: Sequence[Shape]) -> Shape:
    require_map(attributes, inputs)
    return (*_grown(inputs[0], attributes["factor"]), inputs[0][2])


def _upsampled_side(attributes: Attributes, axis: int) -> SideRule:
    return SideRule(Side(factor=attributes["factor"][axis]))


def _upsampled_flops(attributes: Attributes, inputs: Sequence[Shape], output: Shape) -> int | None:
    return times(elements(output), BILINEAR_FLOPS if attributes["method"] == "bilinear" else 0)


def _upsampled_window(attributes: Attributes) -> Window:
    """The pixel that is copied, or the two that an output pixel lies between."""
    # Pixel o lies at (o + 1/2) / factor - 1/2; on a pixel itself it reads no other.
    far = 0 if attributes["method"] == "nearest" else 1
    rows, columns = (far * (factor // 2) for factor in attributes["factor"])
    return Window(up=attributes["factor"], ends=((-rows, rows), (-columns, columns)))


def _block(attributes: Attributes) -> int:
    return int(attributes["block_size"])


def _deep_shape(attributes: Attributes, inputs: Sequence[Shape]) -> Shape:
    require_map(attributes, inputs)
    block, (height, width, channels) = _block(attributes), inputs[0]
    if any(side is not None and side % block for side in (height, width)):
        raise OperatorError(
            "E0414",
            f"its {size_text(inputs[0])} input does not divide into blocks of {block}x{block}",
            label=f"the map is {size_text(inputs[0])} here",
            attribute="block_size",
            wants="larger",
        )
    return (
        None if height is None else height // block,
        None if width is None else width // block,
        times(channels, block * block),
    )


def _deep_side(attributes: Attributes, axis: int) -> SideRule:
    block = _block(attributes)
    return SideRule(Side(stride=block), least=block, multiple=block)


def _deep_window(attributes: Attributes) -> Window:
    block = _block(attributes)
    return Window((block, block), (block, block))


def _wide_shape(attributes: Attributes, inputs: Sequence[Shape]) -> Shape:
    require_map(attributes, inputs)
    block, channels = _block(attributes), inputs[0][2]
    if channels is not None and channels % (block * block):
        raise OperatorError(
            "E0414",
            f"the number of its channels, {channels}, is no multiple of {block}x{block}",
            label=f"{channels} come in here",
            attribute="block_size",
        )
    return (
        *_grown(inputs[0], (block, block)),
        None if channels is None else channels // (block * block),
    )


def _wide_side(attributes: Attributes, axis: int) -> SideRule:
    return SideRule(Side(factor=_block(attributes)))


def _wide_window(attributes: Attributes) -> Window:
    block = _block(attributes)
    return Window(up=(block, block), ends=((0, 0), (0, 0)))


UPSAMPLE = Op(
    name="upsample",
    role="layer",
    category="reshape",
    doc="Makes a map larger by a whole factor: copies of each pixel, or bilinear interpolation "
    "between the centers of pixels (half-pixel centers, edges repeated), as Keras does.",
    attributes=(
        Attribute("factor", SIDES, "How often height and width grow, such as 2 or 2x1."),
        Attribute("method", _METHOD, "How pixels between are made.", "nearest"),
    ),
    shape=_upsampled_shape,
    other_flops=_upsampled_flops,
    window=_upsampled_window,
    side=_upsampled_side,
)

_BLOCK = Attribute("block_size", BLOCK, "Side of the square of pixels that become one.")

SPACE_TO_DEPTH = Op(
    name="space_to_depth",
    role="layer",
    category="reshape",
    doc="Blocks of pixels as channels: those of the block's first pixel come first, row by row, "
    "as in TensorFlow.",
    attributes=(_BLOCK,),
    shape=_deep_shape,
    window=_deep_window,
    side=_deep_side,
)

DEPTH_TO_SPACE = Op(
    name="depth_to_space",
    role="layer",
    category="reshape",
    doc="Channels as blocks of pixels, which undoes `space_to_depth`: the first share of the "
    "channels is the block's first pixel, as in TensorFlow. PyTorch's PixelShuffle orders them "
    "by channel first; `channel_shuffle` with as many groups as channels come out goes before.",
    attributes=(_BLOCK._replace(doc="Side of the square of pixels that one becomes."),),
    shape=_wide_shape,
    window=_wide_window,
    side=_wide_side,
)
