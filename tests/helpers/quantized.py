"""What quantized files hold, read back, and what they compute by the formulae of ONNX."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper


class QuantizedFile:
    """A model with quantized tensors, taken apart.

    Attributes:
        nodes: its operators, in order.
        arrays: its constants, by name.
    """

    def __init__(self, content: bytes) -> None:
        self.model = onnx.load_model_from_string(content)
        self.nodes = list(self.model.graph.node)
        self.arrays = {one.name: numpy_helper.to_array(one) for one in self.model.graph.initializer}
        self.makers = {node.output[0]: node for node in self.nodes}

    def kinds(self) -> set[str]:
        return {node.op_type for node in self.nodes}

    def grid(self, tensor: str) -> tuple[float, int]:
        """The scale and the zero point of a tensor of whole numbers that was read."""
        made = self.makers[tensor]
        assert made.op_type == "DequantizeLinear", tensor
        scale, zero_point = (self.arrays[name] for name in made.input[1:])
        return float(scale), int(zero_point)

    def computed(self, images: Any) -> dict[str, Any]:
        """Every tensor, in float64 and by the formulae of the operators' specification.

        Args:
            images: batch x channels x height x width.
        """
        values: dict[str, Any] = {"images": images.astype(np.float64)}
        for node in self.nodes:
            given = [values[name] if name in values else self.arrays[name] for name in node.input]
            named = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
            values[node.output[0]] = _FORMULAE[node.op_type](given, named)
        return values


def _quantize(given: Any, named: Mapping[str, Any]) -> Any:
    values, scale, zero_point = given
    steps = np.rint(values / np.float64(scale)) + zero_point
    return np.clip(steps, 0, 255)


def _dequantize(given: Any, named: Mapping[str, Any]) -> Any:
    integers, scale, zero_point = (np.asarray(one, np.float64) for one in given)
    shape = [1] * integers.ndim
    if scale.ndim:
        shape[named["axis"]] = -1
    return (integers - zero_point.reshape(shape)) * scale.reshape(shape)


def _windows(values: Any, named: Mapping[str, Any], fill: float) -> Any:
    """The windows over a map: batch x channels x rows x columns x height x width."""
    top, left, bottom, right = named.get("pads", (0, 0, 0, 0))
    around = ((0, 0), (0, 0), (top, bottom), (left, right))
    padded = np.pad(values, around, constant_values=fill)
    views = np.lib.stride_tricks.sliding_window_view(padded, named["kernel_shape"], (2, 3))
    down, across = named["strides"]
    return views[:, :, ::down, ::across]


def _conv(given: Any, named: Mapping[str, Any]) -> Any:
    values, kernel, *bias = given
    windows = _windows(values, named, 0.0)
    groups = named.get("group", 1)
    parts = [
        np.einsum("ncyxhw,ochw->noyx", window, part)
        for window, part in zip(
            np.split(windows, groups, 1), np.split(kernel, groups, 0), strict=True
        )
    ]
    return np.concatenate(parts, 1) + (bias[0][:, None, None] if bias else 0)


def _mean(given: Any, named: Mapping[str, Any]) -> Any:
    ones = np.ones_like(given[0])
    counted = 1.0 if named.get("count_include_pad") else 0.0
    counts = _windows(ones, named, counted).sum((-2, -1))
    return _windows(given[0], named, 0.0).sum((-2, -1)) / counts


#: The operators of the networks that are tested, as ONNX defines them.
_FORMULAE: Mapping[str, Any] = {
    "QuantizeLinear": _quantize,
    "DequantizeLinear": _dequantize,
    "Conv": _conv,
    "Gemm": lambda given, named: given[0] @ given[1] + given[2],
    "Add": lambda given, named: given[0] + given[1],
    "Relu": lambda given, named: np.maximum(given[0], 0),
    "Clip": lambda given, named: np.clip(*given),
    "Concat": lambda given, named: np.concatenate(given, named["axis"]),
    "MaxPool": lambda given, named: _windows(given[0], named, -np.inf).max((-2, -1)),
    "AveragePool": _mean,
    "GlobalAveragePool": lambda given, named: given[0].mean((2, 3), keepdims=True),
    "Squeeze": lambda given, named: given[0].squeeze(tuple(given[1])),
}
