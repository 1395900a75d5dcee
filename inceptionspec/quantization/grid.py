"""Real numbers as 8-bit integers.

A tensor is ``scale * (integer - zero_point)``. Activations are unsigned (uint8), with one scale
and zero point for a tensor: ONNX Runtime multiplies unsigned by signed integers fastest. Weights
are signed (int8) and symmetric, their zero point is 0, with one scale for each output channel.
Biases are int32 with the scale of the product, so that they are added to its sums as they are.
Rounding is to the nearest, halves to even, as ``QuantizeLinear`` of ONNX has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

#: A NumPy array.
Array = Any

STEPS = 255
"""From the smallest to the largest unsigned integer of 8 bits."""
_LARGEST_BIAS = 2**31 - 1
_LEAST_SCALE = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True, slots=True)
class Range:
    """The real numbers that a tensor takes, from ``low`` to ``high``."""

    low: float
    high: float

    def united(self, other: Range) -> Range:
        """The smallest range around two."""
        return Range(min(self.low, other.low), max(self.high, other.high))


@dataclass(frozen=True, slots=True)
class Grid:
    """The real numbers that an unsigned integer of 8 bits stands for."""

    scale: np.float32
    zero_point: int

    def integers(self, values: Array) -> Array:
        """The nearest integers; what lies outside becomes the smallest or the largest."""
        steps = np.rint(np.asarray(values, np.float32) / self.scale) + self.zero_point
        return np.clip(steps, 0, STEPS).astype(np.uint8)

    def reals(self, integers: Array) -> Array:
        """What integers stand for, float32."""
        return (integers.astype(np.int32) - self.zero_point).astype(np.float32) * self.scale


def grid_of(found: Range) -> Grid:
    """The grid over a range, which is widened to hold 0: padding and ``relu`` are exact then."""
    low, high = min(found.low, 0.0), max(found.high, 0.0)
    scale = np.float32(max((high - low) / STEPS, _LEAST_SCALE)) if high > low else np.float32(1)
    return Grid(scale, round(-low / float(scale)))


@dataclass(frozen=True, slots=True)
class QuantizedProduct:
    """The weights and the bias of a product in integers.

    Attributes:
        kernel: int8, of the kernel's shape.
        scales: float32, one for each output channel.
        bias: int32, one for each output channel; None without a bias.
        bias_scales: float32, the input's scale times ``scales``.
    """

    kernel: Array
    scales: Array
    bias: Array | None
    bias_scales: Array


def quantized_product(
    kernel: Array, bias: Array | None, axis: int, read: Grid, bits: int = 8
) -> QuantizedProduct:
    """Quantize the weights of a product.

    Args:
        kernel: its weights.
        bias: its bias; None without one.
        axis: of the kernel: the output channels.
        read: the grid of what it reads.
        bits: of a weight. It is at most 2 ** (bits - 1) - 1 in magnitude, so that negative numbers
            have the same steps as positive ones.
    """
    largest = 2 ** (bits - 1) - 1
    others = tuple(place for place in range(kernel.ndim) if place != axis)
    scales = np.abs(kernel).max(others) / largest
    if bias is not None:  # a channel of tiny weights must not make its bias too large for 32 bits
        scales = np.maximum(scales, np.abs(bias) / (float(read.scale) * _LARGEST_BIAS))
    scales = np.where(scales < _LEAST_SCALE, 1, scales).astype(np.float32)
    shape = [1] * kernel.ndim
    shape[axis] = -1
    steps = np.rint(kernel / scales.reshape(shape))
    integers = np.clip(steps, -largest, largest).astype(np.int8)
    bias_scales = (read.scale * scales).astype(np.float32)
    if bias is None:
        return QuantizedProduct(integers, scales, None, bias_scales)
    sums = np.rint(np.asarray(bias, np.float64) / bias_scales)
    return QuantizedProduct(
        integers,
        scales,
        np.clip(sums, -_LARGEST_BIAS, _LARGEST_BIAS).astype(np.int32),
        bias_scales,
    )
