"""What a runtime computes convolutions and dense layers in, as it says itself."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

#: The precision of ONNX Runtime's products, by operator. It computes floats in what tensors hold.
_ONNXRUNTIME: Mapping[str, str] = MappingProxyType(
    {
        "Conv": "float32",
        "ConvTranspose": "float32",
        "FusedConv": "float32",
        "FusedGemm": "float32",
        "FusedMatMul": "float32",
        "Gemm": "float32",
        "MatMul": "float32",
        "QGemm": "int8",
        "QLinearConv": "int8",
        "QLinearMatMul": "int8",
    }
)
#: OpenVINO's kinds of products, and its names of what they compute in.
_OPENVINO = frozenset({"Convolution", "Deconvolution", "FullyConnected", "MatMul"})
_OPENVINO_PRECISIONS: Mapping[str, str] = MappingProxyType(
    {"bf16": "bfloat16", "f16": "float16", "f32": "float32", "i8": "int8", "u8": "int8"}
)


def of_onnxruntime(content: bytes) -> Mapping[str, int]:
    """How many products ONNX Runtime computes in which precision, by its optimized model.

    Args:
        content: an ONNX model.
    """
    import onnx
    import onnxruntime

    with tempfile.TemporaryDirectory() as folder:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.optimized_model_filepath = os.path.join(folder, "optimized.onnx")
        onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        optimized = onnx.load(options.optimized_model_filepath)
    kinds = (node.op_type for node in optimized.graph.node)
    return Counter(_ONNXRUNTIME[kind] for kind in kinds if kind in _ONNXRUNTIME)


def of_openvino(network: Any) -> Mapping[str, int]:
    """How many products OpenVINO computes in which precision, by its runtime model.

    Args:
        network: a compiled model.
    """
    found: Counter[str] = Counter()
    for operation in network.get_runtime_model().get_ops():
        told = operation.get_rt_info()
        if "layerType" in told and told["layerType"].astype(str) in _OPENVINO:
            own = told["runtimePrecision"].astype(str)
            found[_OPENVINO_PRECISIONS.get(own, own)] += 1
    return found
