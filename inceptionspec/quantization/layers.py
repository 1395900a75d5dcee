"""The operators of an ONNX model of ours, and the layers that they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import onnx

RAW = "/raw"
"""What the name of a tensor ends in before it is turned into integers."""
_CONVERSIONS = ("QuantizeLinear", "DequantizeLinear")


def owners(model: Any) -> Mapping[str, str]:
    """The path of the layer of each operator, by the operator's name.

    The first operator of a layer has its path for a name, the others follow it and add their kind
    and a number.
    """
    found: dict[str, str] = {}
    path = ""
    for node in model.graph.node:
        if node.op_type not in _CONVERSIONS and node.name:
            start, _, number = node.name.rpartition("_")
            if start != f"{path}/{node.op_type}" or not number.isdigit():
                path = node.name
            found[node.name] = path
    return found


def with_layers(content: bytes, paths: Sequence[str]) -> tuple[bytes, Mapping[str, str]]:
    """A model that also yields what some layers yield, and the name of that output for each.

    The same is computed whatever is yielded, also in integers.

    Args:
        content: an ONNX model of ours, in float32 or quantized.
        paths: of layers; those that the model does not have are left out.
    """
    model = onnx.load_model_from_string(content)
    owner = owners(model)
    last = {
        owner[node.name]: node.output[0].removesuffix(RAW)
        for node in model.graph.node
        if node.name in owner
    }
    found = {path: last[path] for path in paths if path in last}
    return _yielding(model, found.values()), found


def with_tensors(content: bytes) -> tuple[bytes, Sequence[str]]:
    """A model that yields all tensors of real numbers, and their names, the input's first.

    Args:
        content: an ONNX model of ours, in float32.
    """
    model = onnx.load_model_from_string(content)
    made = [node.output[0] for node in model.graph.node if node.op_type != "Shape"]
    return _yielding(model, made), (model.graph.input[0].name, *made)


def _yielding(model: Any, tensors: Iterable[str]) -> bytes:
    """A model with further outputs."""
    known = {output.name for output in model.graph.output}
    for name in dict.fromkeys(tensors):
        if name not in known:
            described = onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)
            model.graph.output.append(described)
    serialized: bytes = model.SerializeToString()
    return serialized
