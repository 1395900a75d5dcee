"""Kernels of one form as kernels of another: windows, groups, factors.

The full form of a kernel is height x width x inputs x outputs, whatever layer holds it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from inceptionspec.ir.graph import Node
from inceptionspec.ops.record import shape_text
from inceptionspec.ops.window import padding_pixels
from inceptionspec.weights.transfer.channels import is_single_pixel
from inceptionspec.weights.transfer.result import Kind, Step

#: A relative error up to which a factorization counts as exact: rounding of float32.
_ROUNDING = 1e-6


def full_kernel(node: Node, arrays: Mapping[str, Any]) -> Any:
    """The kernel of a layer in full form; zeros where a group or a depth has no weight."""
    if node.op == "dense":
        return arrays["kernel"][None, None]
    if node.op == "conv_transpose":
        return arrays["kernel"].transpose(0, 1, 3, 2)
    if node.op == "separable_conv":
        depthwise, pointwise = arrays["depthwise_kernel"], arrays["pointwise_kernel"][0, 0]
        channels, multiplier = depthwise.shape[2:]
        return np.einsum(
            "hwcm,cmo->hwco",
            depthwise.astype("float64"),
            pointwise.reshape(channels, multiplier, -1),
        )
    if node.op == "depthwise_conv":
        kernel = arrays["depthwise_kernel"]
        channels, multiplier = kernel.shape[2:]
        full = np.zeros((*kernel.shape[:2], channels, channels, multiplier), kernel.dtype)
        every = np.arange(channels)
        full[:, :, every, every] = kernel
        return full.reshape(*kernel.shape[:2], channels, -1)
    kernel, groups = arrays["kernel"], node.attributes["groups"]
    if groups == 1:
        return kernel
    depth, filters = kernel.shape[2:]
    full = np.zeros((*kernel.shape[:2], depth * groups, filters), kernel.dtype)
    own = filters // groups
    for group in range(groups):
        outputs = slice(group * own, (group + 1) * own)
        full[:, :, group * depth : (group + 1) * depth, outputs] = kernel[..., outputs]
    return full


def sides(node: Node) -> tuple[int, int]:
    """Height and width of a layer's kernel; 1x1 for a dense layer."""
    height, width = node.attributes.get("kernel", (1, 1))
    return height, width


def relative(lost: Any, whole: Any) -> float:
    """The norm of what is lost over the norm of all; 0 where nothing is lost."""
    size = float(np.linalg.norm(np.ravel(whole)))
    return float(np.linalg.norm(np.ravel(lost))) / size if size else 0.0


class Window(NamedTuple):
    """A kernel's place in a larger or smaller one, per axis, and whether pixels stay in place."""

    offsets: tuple[int, int]
    exact: bool


def window_step(kernel: Any, base: Node, variant: Node, inputs: Sequence[Node]) -> tuple[Any, Any]:
    """A kernel in the size of the variant's: zeros around it, or its center.

    Args:
        kernel: height x width x ..., in the base's size.
        base: the layer of the base.
        variant: its counterpart.
        inputs: what each of them reads.

    Returns:
        the kernel, and a step where the size differs.
    """
    old, new = kernel.shape[:2], sides(variant)
    if old == new:
        return kernel, None
    found = _placed(base, variant, inputs)
    grown = np.zeros((*new, *kernel.shape[2:]), kernel.dtype)
    to, taken = [], []
    for axis, offset in enumerate(found.offsets):
        start = max(offset, 0)
        stop = max(min(offset + old[axis], new[axis]), start)
        to.append(slice(start, stop))
        taken.append(slice(start - offset, stop - offset))
    grown[tuple(to)] = kernel[tuple(taken)]
    lost = kernel.copy()
    lost[tuple(taken)] = 0
    error = relative(lost, kernel)
    sizes = f"{shape_text(old)} to {shape_text(new)}"
    if error:
        return grown, Step("kernel", f"{sizes}, its center", False, error)
    if all(after >= before for before, after in zip(old, new, strict=True)):
        where = "" if found.exact else ", over other pixels"
        return grown, Step("kernel", f"{sizes}, zeros around it{where}", found.exact)
    return grown, Step("kernel", f"{sizes}, what is left out is 0", found.exact)


def same_pixels(base: Node, variant: Node, inputs: Sequence[Node]) -> bool:
    """Whether two windows read the same pixels for the same output pixel, kernels aside."""
    return _placed(base, variant, inputs).exact


def _placed(base: Node, variant: Node, inputs: Sequence[Node]) -> Window:
    """Where a kernel goes in another one, so that it reads the same pixels."""
    old, new = sides(base), sides(variant)
    center = ((new[0] - old[0]) // 2, (new[1] - old[1]) // 2)
    if "dilation" not in base.attributes or "dilation" not in variant.attributes:
        alike = base.op == variant.op == "conv_transpose" and all(
            base.attributes[name] == variant.attributes[name]
            for name in ("kernel", "stride", "padding")
        )
        return Window(center, alike or (is_single_pixel(base) and is_single_pixel(variant)))
    before = padding_pixels(base.attributes, inputs[0].shape)
    after = padding_pixels(variant.attributes, inputs[1].shape)
    steps = all(
        base.attributes[name] == variant.attributes[name] for name in ("stride", "dilation")
    )
    if before is None or after is None or not steps or base.shape[:-1] != variant.shape[:-1]:
        return Window(center, False)
    offsets = []
    for axis in (0, 1):
        pixels, gap = after[2 * axis] - before[2 * axis], base.attributes["dilation"][axis]
        if pixels % gap:
            return Window(center, False)
        offsets.append(pixels // gap)
        around = sum(after[2 * axis : 2 * axis + 2]) - sum(before[2 * axis : 2 * axis + 2])
        if base.shape[axis] is None and around != (new[axis] - old[axis]) * gap:
            return Window(center, False)  # the output has another size
    fits = all(
        offset == 0 if old[axis] == new[axis] else True for axis, offset in enumerate(offsets)
    )
    return Window((offsets[0], offsets[1]), True) if fits else Window(center, False)


def separated(kernel: Any, multiplier: int) -> tuple[Any, Any, Step]:
    """A full kernel as a depthwise and a pointwise one: the best of its rank, channel by channel.

    Source: the singular value decomposition of each channel's pixels x outputs (Eckart and
    Young, 1936).

    Args:
        kernel: height x width x inputs x outputs.
        multiplier: depthwise outputs per input channel.

    Returns:
        height x width x inputs x multiplier; 1 x 1 x (inputs * multiplier) x outputs; the step.
    """
    height, width, channels, outputs = kernel.shape
    matrices = kernel.astype("float64").transpose(2, 0, 1, 3).reshape(channels, -1, outputs)
    left, values, right = np.linalg.svd(matrices, full_matrices=False)
    rank = min(multiplier, values.shape[1])
    roots = np.sqrt(values[:, :rank])
    depthwise = np.zeros((height, width, channels, multiplier))
    depthwise[..., :rank] = (
        (left[:, :, :rank] * roots[:, None])
        .reshape(channels, height, width, rank)
        .transpose(1, 2, 0, 3)
    )
    pointwise = np.zeros((channels, multiplier, outputs))
    pointwise[:, :rank] = right[:, :rank] * roots[:, :, None]
    error = relative(values[:, rank:], values)
    step = _factor_step("separated", "a depthwise and a pointwise kernel of rank", rank, error)
    return depthwise, pointwise.reshape(1, 1, -1, outputs), step


def factorized(kernel: Any, between: int, *, rows_first: bool) -> tuple[Any, Any, Step]:
    """A full kernel as two one after the other, one a row of pixels and one a column.

    The best for that many channels in between, by one singular value decomposition (Jaderberg,
    Vedaldi and Zisserman, 2014, scheme 2).

    Args:
        kernel: height x width x inputs x outputs.
        between: the channels that the first yields and the second reads.
        rows_first: the first is 1 x width and the second height x 1.

    Returns:
        both kernels in full form, and the step.
    """
    height, width, inputs, outputs = kernel.shape
    first, second = (width, height) if rows_first else (height, width)
    axes = (1, 2, 0, 3) if rows_first else (0, 2, 1, 3)
    matrix = kernel.astype("float64").transpose(axes).reshape(first * inputs, second * outputs)
    left, values, right = np.linalg.svd(matrix, full_matrices=False)
    rank = min(between, len(values))
    roots = np.sqrt(values[:rank])
    one = np.zeros((first, inputs, between))
    one[..., :rank] = (left[:, :rank] * roots).reshape(first, inputs, rank)
    two = np.zeros((second, between, outputs))
    two[:, :rank] = (
        (right[:rank] * roots[:, None]).reshape(rank, second, outputs).transpose(1, 0, 2)
    )
    error = relative(values[rank:], values)
    step = _factor_step("factorized", "two kernels, with channels in between:", between, error)
    return (one[None], two[:, None], step) if rows_first else (one[:, None], two[None], step)


def _factor_step(kind: Kind, words: str, count: int, error: float) -> Step:
    exact = error <= _ROUNDING
    return Step(kind, f"{words} {count}", exact, None if exact else error)
