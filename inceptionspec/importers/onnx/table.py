"""The closed table of ONNX' operators that are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from inceptionspec.importers.onnx import (
    constants,
    elementwise,
    functions,
    norms,
    ones,
    reshaping,
    windows,
)
from inceptionspec.importers.onnx.building import Operator
from inceptionspec.importers.onnx.tensors import Value

#: From an operator to what it yields.
Converter = Callable[[Operator], Value | Sequence[Value]]

OPERATORS: Mapping[str, Converter] = MappingProxyType(
    {
        "Add": elementwise.add,
        "AveragePool": windows.avg_pool,
        "BatchNormalization": norms.batch_norm,
        "Cast": elementwise.same,
        "Clip": elementwise.clip,
        "Concat": reshaping.concat,
        "Conv": windows.conv,
        "ConvTranspose": windows.conv_transpose,
        "DepthToSpace": reshaping.depth_to_space,
        "Div": elementwise.divide,
        "Dropout": elementwise.dropout,
        "Elu": elementwise.elu,
        "Erf": elementwise.function(functions.error_function),
        "Expand": ones.expand,
        "Exp": elementwise.function(np.exp),
        "Flatten": reshaping.flatten,
        "Gather": reshaping.gather,
        "Gelu": elementwise.gelu,
        "Gemm": windows.gemm,
        "GlobalAveragePool": windows.global_pool("global_avg_pool"),
        "GlobalMaxPool": windows.global_pool("global_max_pool"),
        "GroupNormalization": norms.group_norm,
        "HardSigmoid": elementwise.hard_sigmoid,
        "HardSwish": elementwise.function(functions.KNOWN["hard_swish"]),
        "Identity": elementwise.same,
        "InstanceNormalization": norms.instance_norm,
        "LRN": norms.lrn,
        "LayerNormalization": norms.layer_norm,
        "LeakyRelu": elementwise.leaky_relu,
        "Log": elementwise.function(np.log),
        "MatMul": windows.matmul,
        "Max": elementwise.bound(np.maximum),
        "MaxPool": windows.max_pool,
        "Min": elementwise.bound(np.minimum),
        "Mish": elementwise.function(functions.KNOWN["mish"]),
        "Mul": elementwise.multiply,
        "Neg": elementwise.function(np.negative),
        "PRelu": elementwise.prelu,
        "Pad": windows.pad,
        "Pow": elementwise.power,
        "ReduceMax": windows.reduction("global_max_pool"),
        "ReduceMean": windows.reduction("global_avg_pool"),
        "Relu": elementwise.function(functions.KNOWN["relu"]),
        "Reshape": reshaping.reshape,
        "Resize": reshaping.resize,
        "Selu": elementwise.selu,
        "Shape": constants.shape,
        "Sigmoid": elementwise.function(functions.sigmoid),
        "Slice": reshaping.slice_,
        "Softmax": elementwise.softmax,
        "Softplus": elementwise.function(functions.softplus),
        "SpaceToDepth": reshaping.space_to_depth,
        "Split": reshaping.split,
        "Sqrt": elementwise.root,
        "Squeeze": reshaping.squeeze,
        "Sub": elementwise.subtract,
        "Sum": elementwise.add,
        "Tanh": elementwise.function(np.tanh),
        "Transpose": reshaping.transpose,
        "Unsqueeze": reshaping.unsqueeze,
        "Upsample": reshaping.resize,
    }
)
#: Operators that hold graphs of their own, or run code that the file does not have.
CONTROL_FLOW = frozenset({"If", "Loop", "Scan", "SequenceMap"})
