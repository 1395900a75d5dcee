"""A Keras model's layers, as a file lists them, as a graph to be compared with that of a spec."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from inceptionspec.weights.files.weight_file import StoredLayer, StoredTensor
from inceptionspec.weights.matching.layer_graph import ADD, AVERAGE, CONCAT, MAX, LayerGraph, Value
from inceptionspec.weights.naming.scheme import Layout

_MERGES: Mapping[str, str] = {
    "Add": ADD,
    "CustomScaleLayer": ADD,
    "Concatenate": CONCAT,
    "Multiply": "multiply",
    "Average": "average_of",
    "Maximum": "maximum",
}
_POOLS: Mapping[str, str] = {
    "MaxPooling2D": MAX,
    "GlobalMaxPooling2D": MAX,
    "AveragePooling2D": AVERAGE,
    "GlobalAveragePooling2D": AVERAGE,
    "AdaptiveAveragePooling2D": AVERAGE,
}
_NORMS = ("BatchNormalization", "SyncBatchNormalization")
#: Layers with numbers for each channel; a factor is a product with a diagonal matrix here, and
#: Keras' own networks have a layer for it.
_CHANNELWISE: Mapping[str, str] = {
    "LayerNormalization": "layer_norm",
    "GroupNormalization": "group_norm",
    "Normalization": "normalize",
    "EinsumDense": "layer_scale",
    "LayerScale": "layer_scale",
    "PReLU": "prelu",
}
_CONV = (("conv", "kernel", "kernel"),)
#: The products of a class, in order.
_KERNELS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "Conv2D": _CONV,
    "Dense": _CONV,
    "Conv2DTranspose": (("conv_transpose", "kernel", "kernel"),),
    "DepthwiseConv2D": (
        ("depthwise", "depthwise_kernel", "depthwise_kernel"),
        ("depthwise", "kernel", "depthwise_kernel"),
    ),
    "SeparableConv2D": (
        ("depthwise", "depthwise_kernel", "depthwise_kernel"),
        ("conv", "pointwise_kernel", "pointwise_kernel"),
    ),
}
_NORM_WEIGHTS = frozenset({"beta", "gamma", "moving_mean", "moving_variance"})


class HeldWeight(NamedTuple):
    """An array of a file that a layer has: its name, and the layout of its kernel."""

    name: str
    layout: Layout = "tensorflow"


def keras_graph(
    stored: Sequence[StoredLayer], tensors: Mapping[str, StoredTensor]
) -> LayerGraph | None:
    """The layers of a model; None where the file does not say what reads what."""
    held: dict[str, dict[str, str]] = defaultdict(dict)
    for name in tensors:
        layer, _, weight = name.rpartition("/")
        held[layer][weight] = name
    reads = _reads(stored)
    order = None if reads is None else _in_order(reads)
    if reads is None or order is None:
        return None
    readers = Counter(source for sources in reads.values() for source in sources)
    layers = {layer.name: layer for layer in stored}
    graph = LayerGraph()
    values: dict[str, Value] = {}
    for name in order:
        sources = [values[source] for source in reads[name]]
        sole = bool(sources) and readers[reads[name][0]] == 1
        values[name] = _value(graph, layers[name], sources, held[name], tensors, sole)
    return graph


def _value(
    graph: LayerGraph,
    layer: StoredLayer,
    sources: list[Value],
    held: Mapping[str, str],
    tensors: Mapping[str, StoredTensor],
    sole: bool,
) -> Value:
    if not sources:  # an input, or the first layer of a sequential model
        sources = [graph.source()]
    shapes = {weight: tensors[name].shape for weight, name in held.items()}
    weights = {weight: HeldWeight(name) for weight, name in held.items()}
    if not held and len(sources) > 1:
        return graph.merge(_MERGES.get(layer.kind, layer.kind), sources)
    source = sources[0]
    if layer.kind in _POOLS:
        return graph.pool(_POOLS[layer.kind], source)
    if layer.kind in _NORMS and weights.keys() <= _NORM_WEIGHTS:
        epsilon = layer.config.get("epsilon")
        return graph.norm(
            source, weights, layer.name, sole=sole,
            epsilon=epsilon if isinstance(epsilon, float) else None,
        )  # fmt: skip
    if not held:
        return Value(source.vertex)
    if layer.kind in _CHANNELWISE:
        kind = _CHANNELWISE[layer.kind]
        if kind == "layer_scale" and len(weights) == 1:  # whatever the file calls it
            weights = {"gamma": next(iter(weights.values()))}
            shapes = {"gamma": next(iter(shapes.values()))}
        return graph.channelwise(kind, shapes, source, weights, layer.name)
    kernels = _kernels(layer.kind, shapes)
    if not kernels:
        return graph.other((layer.kind, *sorted(shapes.items())), sources, weights, layer.name)
    groups = whole(layer.config.get("groups"))
    if layer.kind == "Conv2D" and groups > 1 and shapes["kernel"][2] == 1:
        return _depthwise(graph, layer, source, shapes["kernel"], weights)
    for kind, stored_as, weight in kernels:
        own = {weight: weights.pop(stored_as)}
        if (kind, stored_as, weight) == kernels[-1]:
            own.update(weights)
        window = _window(layer.config, kind) if stored_as == kernels[0][1] else ()
        source = graph.product(kind, shapes[stored_as], source, own, layer.name, window)
    plain = source.is_plain and layer.config.get("activation", "linear") in ("linear", None)
    return Value(source.vertex, plain)


def _depthwise(
    graph: LayerGraph,
    layer: StoredLayer,
    source: Value,
    shape: tuple[int, ...],
    weights: dict[str, HeldWeight],
) -> Value:
    """A convolution with as many groups as channels, which is one of each channel by itself."""
    groups = whole(layer.config.get("groups"))
    kernel = (*shape[:2], groups, shape[3] // groups)
    weights["depthwise_kernel"] = weights.pop("kernel")
    window = _window(layer.config, "depthwise")
    made = graph.product("depthwise", kernel, source, weights, layer.name, window)
    plain = made.is_plain and layer.config.get("activation", "linear") in ("linear", None)
    return Value(made.vertex, plain)


def _kernels(kind: str, shapes: Mapping[str, tuple[int, ...]]) -> list[tuple[str, str, str]]:
    """The products of a layer: their kind, the file's name of the kernel, ours."""
    held = _KERNELS.get(kind, ())
    found = [one for one in held if len(shapes.get(one[1], ())) in (2, 4)]
    separable = kind == "SeparableConv2D"
    return found if not separable or len(found) == len(held) else []


def _window(config: Mapping[str, Any], kind: str) -> tuple[Any, ...]:
    """Stride and dilation by axis, and groups."""
    groups = whole(config.get("groups")) if kind == "conv" else 1
    return (pair(config.get("strides")), pair(config.get("dilation_rate")), groups)


def pair(value: Any) -> tuple[int, int]:
    """A stride or a dilation by axis, from what a file says; 1 where that is nothing of use."""
    if isinstance(value, list | tuple) and len(value) == 2:
        return whole(value[0]), whole(value[1])
    return whole(value), whole(value)


def whole(value: Any) -> int:
    """A number of a file; 1 where it is none."""
    return value if isinstance(value, int) else 1


def _reads(stored: Sequence[StoredLayer]) -> dict[str, list[str]] | None:
    """What each layer reads, with nested models replaced by their layers; None where unknown.

    The layers of a sequential model say nothing of inputs: each reads the one before.
    """
    members: dict[str, list[StoredLayer]] = defaultdict(list)
    for layer in stored:
        members[layer.model].append(layer)
    models = {layer.name: _path(layer) for layer in stored if _path(layer) in members}
    reads: dict[str, list[str]] = {}
    for layers in members.values():
        is_sequence = not any(layer.inputs for layer in layers)
        for before, layer in zip([None, *layers], layers, strict=False):
            chained = [before.name] if is_sequence and before is not None else []
            reads[layer.name] = chained or list(layer.inputs)
    ends: dict[str, str] = {}
    for name, path in models.items():
        inner = members[path]
        read = {source for layer in inner for source in reads[layer.name]}
        outputs = [layer.name for layer in inner if layer.name not in read]
        entries = [layer.name for layer in inner if not reads[layer.name]]
        if len(outputs) != 1 or len(entries) != len(reads[name] or entries):
            return None
        ends[name] = outputs[0]
        for entry, source in zip(entries, reads.pop(name), strict=False):
            reads[entry] = [source]
    return {name: [_end(source, ends) for source in sources] for name, sources in reads.items()}


def _path(layer: StoredLayer) -> str:
    """The names that lead to a layer, its own included."""
    if not layer.model or layer.name.startswith(f"{layer.model}/"):
        return layer.name
    return f"{layer.model}/{layer.name}"


def _end(name: str, ends: Mapping[str, str]) -> str:
    """The layer whose output a nested model yields."""
    for _ in range(len(ends)):
        if name not in ends:
            break
        name = ends[name]
    return name


def _in_order(reads: Mapping[str, list[str]]) -> list[str] | None:
    """Layers after what they read; None where one reads itself, or what is not there."""
    readers: dict[str, list[str]] = defaultdict(list)
    waiting = {}
    for name, sources in reads.items():
        waiting[name] = len(set(sources))
        for source in dict.fromkeys(sources):
            readers[source].append(name)
    order = [name for name, count in waiting.items() if not count]
    for name in order:
        for reader in readers[name]:
            waiting[reader] -= 1
            if not waiting[reader]:
                order.append(reader)
    return order if len(order) == len(reads) else None
