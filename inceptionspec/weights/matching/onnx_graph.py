"""An ONNX model's operators as a graph of layers, to be compared with that of a spec."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from inceptionspec.weights.files.weight_file import StoredLayer, StoredTensor
from inceptionspec.weights.matching.keras_graph import HeldWeight, pair, whole
from inceptionspec.weights.matching.layer_graph import ADD, AVERAGE, CONCAT, MAX, LayerGraph, Value

_MERGES: Mapping[str, str] = {
    "Add": ADD,
    "Sum": ADD,
    "Concat": CONCAT,
    "Mul": "multiply",
    "Mean": "average_of",
    "Max": "maximum",
}
_POOLS: Mapping[str, str] = {
    "MaxPool": MAX,
    "GlobalMaxPool": MAX,
    "AveragePool": AVERAGE,
    "GlobalAveragePool": AVERAGE,
    "ReduceMean": AVERAGE,
}
_NORM = ("gamma", "beta", "moving_mean", "moving_variance")

#: Layers with numbers for each channel, and the names of their arrays in order.
_CHANNELWISE: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "LayerNormalization": ("layer_norm", ("gamma", "beta")),
    "PRelu": ("prelu", ("alpha",)),
}


class _Read(NamedTuple):
    """What an operator reads: tensors that others yield, and arrays of the file."""

    values: list[Value]
    arrays: list[str]
    sole: bool


def onnx_graph(
    stored: Sequence[StoredLayer], tensors: Mapping[str, StoredTensor]
) -> LayerGraph | None:
    """The layers of a model; None where it has none with weights."""
    graph = LayerGraph()
    readers = Counter(name for layer in stored for name in layer.config["inputs"])
    yielded = {name for layer in stored for name in layer.config["outputs"]}
    values: dict[str, Value] = {}
    for layer in stored:
        names = layer.config["inputs"]
        for name in names[:1]:
            if name not in tensors and name not in yielded and name not in values:
                values[name] = graph.source()
        read = _Read(
            [values[name] for name in names if name in values],
            [name for name in names if name in tensors],
            bool(names) and readers[names[0]] == 1,
        )
        if read.values:
            value = _value(graph, layer, read, tensors)
            values.update(dict.fromkeys(layer.config["outputs"], value))
    return graph if any(vertex.weights for vertex in graph.vertices) else None


def _value(
    graph: LayerGraph, layer: StoredLayer, read: _Read, tensors: Mapping[str, StoredTensor]
) -> Value:
    source = read.values[0]
    if layer.kind in _POOLS:
        return graph.pool(_POOLS[layer.kind], source)
    if layer.kind == "BatchNormalization" and len(read.arrays) == len(_NORM):
        weights = {
            weight: HeldWeight(name) for weight, name in zip(_NORM, read.arrays, strict=True)
        }
        epsilon = layer.config.get("epsilon", 1e-5)
        if not isinstance(epsilon, float):
            epsilon = None
        return graph.norm(source, weights, layer.name, sole=read.sole, epsilon=epsilon)
    shapes = [tensors[name].shape for name in read.arrays]
    if layer.kind in _CHANNELWISE and read.arrays:
        kind, names = _CHANNELWISE[layer.kind]
        held = dict(zip(names, read.arrays, strict=False))
        weights = {weight: HeldWeight(name) for weight, name in held.items()}
        own = {weight: tensors[name].shape for weight, name in held.items()}
        return graph.channelwise(kind, own, source, weights, layer.name)
    if layer.kind == "Conv" and shapes and len(shapes[0]) == 4:
        return _conv(graph, layer, read, shapes[0])
    if layer.kind == "ConvTranspose" and shapes and len(shapes[0]) == 4:
        return _conv_transpose(graph, layer, read, shapes[0])
    if layer.kind in ("Gemm", "MatMul") and shapes and len(shapes[0]) == 2:
        return _dense(graph, layer, read, shapes[0])
    if layer.kind == "Add" and source.is_plain and shapes and len(shapes[0]) == 1:
        vertex = graph.vertices[source.vertex]
        if read.sole and "bias" not in vertex.weights and vertex.norm_owner is None:
            vertex.weights["bias"] = HeldWeight(read.arrays[0])
            return source
    if len(read.values) > 1:
        return graph.merge(_MERGES.get(layer.kind, layer.kind), read.values)
    keeps = layer.kind in ("Reshape", "Squeeze", "Unsqueeze", "Transpose", "Flatten")
    return Value(source.vertex, source.is_plain and keeps)


def _conv(graph: LayerGraph, layer: StoredLayer, read: _Read, shape: tuple[int, ...]) -> Value:
    filters, depth, height, width = shape
    groups = whole(layer.config.get("group"))
    window = (
        pair(layer.config.get("strides")),
        pair(layer.config.get("dilations")),
        groups,
    )
    kind, name = "conv", "kernel"
    kernel = (height, width, depth, filters)
    if groups > 1 and depth == 1:
        kind, name = "depthwise", "depthwise_kernel"
        kernel = (height, width, groups, filters // groups)
        window = (*window[:2], 1)
    weights = {name: HeldWeight(read.arrays[0], "torch")}
    weights |= _bias(read)
    return graph.product(kind, kernel, read.values[0], weights, layer.name, window)


def _conv_transpose(
    graph: LayerGraph, layer: StoredLayer, read: _Read, shape: tuple[int, ...]
) -> Value:
    channels, filters, height, width = shape
    weights = {"kernel": HeldWeight(read.arrays[0], "torch"), **_bias(read)}
    kernel = (height, width, filters, channels)
    window = (pair(layer.config.get("strides")), (1, 1), 1)
    return graph.product("conv_transpose", kernel, read.values[0], weights, layer.name, window)


def _dense(graph: LayerGraph, layer: StoredLayer, read: _Read, shape: tuple[int, ...]) -> Value:
    transposed = bool(layer.config.get("transB", 0))
    kernel = shape[::-1] if transposed else shape
    weights = {"kernel": HeldWeight(read.arrays[0], "torch" if transposed else "tensorflow")}
    weights |= _bias(read)
    return graph.product("conv", kernel, read.values[0], weights, layer.name)


def _bias(read: _Read) -> dict[str, HeldWeight]:
    return {"bias": HeldWeight(read.arrays[1])} if len(read.arrays) > 1 else {}
