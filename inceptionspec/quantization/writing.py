"""A float32 model with its weights in integers and a quantization around each tensor.

Each tensor that has a grid goes through ``QuantizeLinear`` and ``DequantizeLinear``, and products
read weights through ``DequantizeLinear``. Whatever runs the file may compute that in float32, and
runtimes fuse it: what stands between two such pairs becomes one kernel on integers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx

from inceptionspec.quantization.grid import STEPS, Grid, quantized_product
from inceptionspec.quantization.layers import RAW
from inceptionspec.quantization.operators import PRODUCTS
from inceptionspec.quantization.plan import Operator, Plan

_LEAST_LIMIT = 1 - 1e-6
"""How much of a limit a grid may lack: its scale is rounded to float32."""


def quantized_model(model: Any, plan: Plan, grids: Mapping[str, Grid], bits: int) -> Any:
    """The model in integers.

    Args:
        model: an ONNX model of ours, in float32, which is left as it is.
        plan: what computes in integers.
        grids: the grid of each group of tensors.
        bits: of a weight.
    """
    return _Writing(model, plan, grids, bits).result()


class _Writing:
    def __init__(self, model: Any, plan: Plan, grids: Mapping[str, Grid], bits: int) -> None:
        self.model = model
        self.bits = bits
        self.plan = plan
        self.grids = {tensor: grids[group] for tensor, group in plan.groups.items()}
        self.arrays = {one.name: one for one in model.graph.initializer}
        self.nodes: list[Operator] = []
        self.constants: dict[str, Any] = {}
        # What stands for a tensor of the model, for those that read it.
        self.stands_for: dict[str, str] = {}

    def result(self) -> Any:
        """The whole model."""
        graph = self.model.graph
        idle = {node.input[0]: node for node in graph.node if self._is_idle(node)}
        for given in graph.input:
            if given.name in self.grids:
                self.stands_for[given.name] = f"{given.name}/read"
                self._through_integers(given.name, given.name, f"{given.name}/read")
        for node in graph.node:
            if node.input and node.input[0] in idle:
                continue
            self._write(node, idle.get(node.output[0]))
        made = onnx.ModelProto()
        made.CopyFrom(self.model)
        del made.graph.node[:]
        del made.graph.initializer[:]
        made.graph.node.extend(self.nodes)
        made.graph.initializer.extend(self.constants.values())
        return made

    def _is_idle(self, node: Operator) -> bool:
        """Whether a function cuts nothing off that its grid does not."""
        if node.name not in self.plan.clamps:
            return False
        grid = self.grids[node.output[0]]
        if grid.zero_point:
            return False
        if node.op_type == "Relu":
            return True
        low, high = map(self._number, node.input[1:])
        return low == 0 and float(grid.scale) * STEPS * _LEAST_LIMIT <= high

    def _number(self, constant: str) -> float:
        return float(onnx.numpy_helper.to_array(self.arrays[constant]).item())

    def _write(self, node: Operator, clamp: Operator | None) -> None:
        made = onnx.NodeProto()
        made.CopyFrom(node)
        output = node.output[0] if clamp is None else clamp.output[0]
        made.input[:] = [self.stands_for.get(name, name) for name in node.input]
        if self._counts_padding(node):
            self._mean_as_product(made)
        if node.name in self.plan.integer and made.op_type in PRODUCTS:
            self._quantize_weights(made, self.grids[node.input[0]])
        else:
            for name in made.input:
                if name in self.arrays:
                    self.constants[name] = self.arrays[name]
        made.output[:] = [f"{output}{RAW}" if output in self.grids else output]
        self.nodes.append(made)
        if output in self.grids:
            self._through_integers(output, made.output[0], output)

    def _quantize_weights(self, made: Operator, read: Grid) -> None:
        axis = PRODUCTS[made.op_type]
        kernel, *bias = (onnx.numpy_helper.to_array(self.arrays[name]) for name in made.input[1:])
        found = quantized_product(kernel, bias[0] if bias else None, axis, read, self.bits)
        names = made.input[1:]
        made.input[1] = self._weights(names[0], found.kernel, found.scales, axis)
        if found.bias is not None:
            made.input[2] = self._weights(names[1], found.bias, found.bias_scales, 0)

    def _counts_padding(self, node: Operator) -> bool:
        """Whether a mean counts padding that OpenVINO would get wrong.

        It pads integers with the integer 0 (2026.4), which stands for 0 on unsigned grids only.
        """
        grid = self.grids.get(node.input[0]) if node.input else None
        if node.op_type != "AveragePool" or grid is None or not grid.zero_point:
            return False
        given = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
        padded = any(given.get("pads", ())) or "auto_pad" in given
        return padded and bool(given.get("count_include_pad"))

    def _mean_as_product(self, made: Operator) -> None:
        """A mean as a convolution of each channel with equal weights, whose padding is right."""
        given = {one.name: onnx.helper.get_attribute_value(one) for one in made.attribute}
        height, width = given["kernel_shape"]
        channels = self._channels(made.input[0])
        weights = np.full((channels, 1, height, width), 1 / (height * width), np.float32)
        kernel = f"{made.name}/window"
        self.arrays[kernel] = onnx.numpy_helper.from_array(weights, kernel)
        made.op_type = "Conv"
        made.input.append(kernel)
        del made.attribute[:]
        given["group"] = channels
        del given["count_include_pad"]
        made.attribute.extend(onnx.helper.make_attribute(*one) for one in sorted(given.items()))

    def _channels(self, tensor: str) -> int:
        """How many channels a tensor has."""
        graph = onnx.shape_inference.infer_shapes(self.model).graph
        described = (*graph.input, *graph.value_info, *graph.output)
        found = next(one for one in described if self.stands_for.get(one.name, one.name) == tensor)
        return int(found.type.tensor_type.shape.dim[1].dim_value)

    def _weights(self, name: str, integers: Any, scales: Any, axis: int) -> str:
        reads = [
            self._constant(f"{name}/integers", integers),
            self._constant(f"{name}/scale", scales),
            self._constant(f"{name}/zero_point", np.zeros(scales.shape, integers.dtype)),
        ]
        return self._operator("DequantizeLinear", f"{name}/read", reads, name, axis=axis)

    def _through_integers(self, tensor: str, source: str, target: str) -> None:
        grid = self.grids[tensor]
        numbers = [
            self._constant(f"{self.plan.groups[tensor]}/scale", grid.scale),
            self._constant(f"{self.plan.groups[tensor]}/zero_point", np.uint8(grid.zero_point)),
        ]
        integers = self._operator(
            "QuantizeLinear", f"{tensor}/quantize", [source, *numbers], f"{tensor}/integers"
        )
        self._operator("DequantizeLinear", f"{tensor}/read", [integers, *numbers], target)

    def _constant(self, name: str, value: Any) -> str:
        self.constants[name] = onnx.numpy_helper.from_array(np.asarray(value), name)
        return name

    def _operator(
        self, kind: str, name: str, inputs: list[str], output: str, **attributes: Any
    ) -> str:
        self.nodes.append(onnx.helper.make_node(kind, inputs, [output], name=name, **attributes))
        return output
