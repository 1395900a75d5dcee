"""The transposed convolution: the gradient of a convolution as a layer, which makes maps larger.

Each input pixel adds its products with the whole kernel to a patch of the output; patches start
a stride apart (arXiv:1603.07285, section 4).
"""

from __future__ import annotations

from collections.abc import Sequence

from inceptionspec.ops.attribute_types import KERNEL_SIDES
from inceptionspec.ops.conv import FILTERS_ATTRIBUTES
from inceptionspec.ops.epilogue import (
    EPILOGUE_ATTRIBUTES,
    epilogue_flops,
    epilogue_weights,
    with_bias,
)
from inceptionspec.ops.record import (
    Attribute,
    Attributes,
    Op,
    OperatorError,
    Pads,
    Shape,
    Weight,
    Window,
    elements,
    require_map,
    ruled_sides,
    size_text,
    times,
)
from inceptionspec.ops.side import Side, SideRule
from inceptionspec.ops.window import PADDING_ATTRIBUTE, STRIDE_ATTRIBUTE


def transposed_crop(attributes: Attributes) -> Pads:
    """Pixels cut from the patches on each side: top, bottom, left, right.

    They are negative where rows follow that no patch reaches: those of a stride that passes the
    kernel. A convolution with the same attributes would pad so much to get back to the input.
    """
    crop: list[int] = []
    for axis in (0, 1):
        before, after = _crop(attributes, axis)
        crop += [before, after]
    return (crop[0], crop[1], crop[2], crop[3])


def crop_of_valid(attributes: Attributes) -> Pads:
    """The same with what engines yield for ``valid`` before: all patches, and size x stride."""
    top, bottom, left, right = transposed_crop(attributes)
    down, across = (
        max(stride - kernel, 0)
        for stride, kernel in zip(attributes["stride"], attributes["kernel"], strict=True)
    )
    return (top, bottom + down, left, right + across)


def _crop(attributes: Attributes, axis: int) -> tuple[int, int]:
    padding = attributes["padding"]
    kernel, stride = attributes["kernel"][axis], attributes["stride"][axis]
    if not isinstance(padding, str):
        return padding[2 * axis], padding[2 * axis + 1]
    over = kernel - stride
    if padding == "valid":
        return 0, min(over, 0)
    before = max(over, 0) // 2
    return before, over - before


def _side(attributes: Attributes, axis: int) -> SideRule:
    """The patches, from the first to the last, without what is cut off."""
    kernel, stride = attributes["kernel"][axis], attributes["stride"][axis]
    offset = kernel - stride - sum(_crop(attributes, axis))
    return SideRule(Side(offset, factor=stride), max(1, -((offset - 1) // stride)))


def _shape(attributes: Attributes, inputs: Sequence[Shape]) -> Shape:
    _channels(attributes, inputs)
    refusal = OperatorError(
        "E0415",
        f"its padding cuts off all that it makes of its {size_text(inputs[0])} input",
        label=f"the map is {size_text(inputs[0])} here",
        attribute="padding",
        wants="larger",
    )
    return (*ruled_sides(attributes, inputs, _side, refusal), attributes["filters"])


def _channels(attributes: Attributes, inputs: Sequence[Shape]) -> int:
    require_map(attributes, inputs)
    channels = inputs[0][2]
    if channels is None:
        raise OperatorError("E0407", "a convolution needs a known number of channels")
    return channels


def _weights(attributes: Attributes, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
    filters = attributes["filters"]
    kernel = Weight("kernel", (*attributes["kernel"], filters, _channels(attributes, inputs)))
    return (kernel, *epilogue_weights(attributes, filters))


def _macs(attributes: Attributes, inputs: Sequence[Shape], output: Shape) -> int | None:
    height, width = attributes["kernel"]
    return times(elements(inputs[0]), height * width * attributes["filters"])


def _epilogue(attributes: Attributes, inputs: Sequence[Shape], output: Shape) -> int | None:
    return times(elements(output), epilogue_flops(attributes))


def _window(attributes: Attributes) -> Window:
    """The input pixels whose patches hold an output pixel."""
    ends = []
    for axis in (0, 1):
        kernel, stride = attributes["kernel"][axis], attributes["stride"][axis]
        before = _crop(attributes, axis)[0]
        ends.append((before - kernel + stride, before))
    return Window(up=attributes["stride"], ends=(ends[0], ends[1]))


CONV_TRANSPOSE = Op(
    name="conv_transpose",
    role="layer",
    category="convolution",
    doc="Transposed convolution: each pixel adds its products with the kernel to a patch of the "
    "output, and patches start a stride apart. It makes maps larger by the stride.",
    attributes=(
        Attribute("kernel", KERNEL_SIDES, "Height x width of the patch that a pixel adds to."),
        *FILTERS_ATTRIBUTES,
        STRIDE_ATTRIBUTE._replace(
            doc="Distance of neighboring patches, per axis: how often a side grows."
        ),
        PADDING_ATTRIBUTE._replace(
            doc="`same` yields size x stride, `valid` all patches (and at least that); pixels are "
            "cut off on each side otherwise, as PyTorch's `padding` does; what its "
            "`output_padding` adds is cut less at the bottom and on the right."
        ),
        *EPILOGUE_ATTRIBUTES,
    ),
    shape=_shape,
    resolve=lambda attributes, inputs: with_bias(attributes),
    weights=_weights,
    macs=_macs,
    other_flops=_epilogue,
    window=_window,
    side=_side,
)
