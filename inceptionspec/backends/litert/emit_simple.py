"""Operators without weights, all but pools: activations, reshaping, merges."""

from __future__ import annotations

from collections.abc import Sequence

from ai_edge_litert import schema_py_generated as schema

from inceptionspec.backends.litert.activations import applied, fused, unfused
from inceptionspec.backends.litert.flatbuffer import Tensor, options
from inceptionspec.backends.litert.layer_builder import LayerBuilder, Operator
from inceptionspec.ops.functions import Function


def lrn(layer: LayerBuilder, inputs: Sequence[Tensor]) -> Tensor:
    """Local response normalization: x / (bias + alpha * sum of squares) ^ beta."""
    attributes = layer.node.attributes
    given = options(
        schema.LocalResponseNormalizationOptionsT,
        radius=attributes["radius"],
        bias=float(attributes["bias"]),
        alpha=float(attributes["alpha"]),
        beta=float(attributes["beta"]),
    )
    return layer.operator(Operator.LOCAL_RESPONSE_NORMALIZATION, inputs, given)


def activation(layer: LayerBuilder, inputs: Sequence[Tensor]) -> Tensor:
    """A function of every element."""
    return applied(layer, inputs[0], layer.node.attributes["function"])


def softmax(layer: LayerBuilder, inputs: Sequence[Tensor]) -> Tensor:
    """Softmax over channels or features."""
    return applied(layer, inputs[0], "softmax")


def dropout(layer: LayerBuilder, inputs: Sequence[Tensor]) -> Tensor:
    """Nothing: it acts in training only."""
    return inputs[0]


def flatten(layer: LayerBuilder, inputs: Sequence[Tensor]) -> Tensor:
    """Flatten a map to a vector, row by row, channels innermost."""
    if len(inputs[0].shape) == 1:
        return inputs[0]
    features = layer.node.shape[0]
    if features is not None:
        return reshaped(layer, inputs[0], (features,))
    # Both the batch and the features may be open, and a shape can leave only one to be found.
    integers = schema.TensorType.INT32
    whole = layer.operator(
        Operator.SHAPE,
        inputs,
        options(schema.ShapeOptionsT, outType=integers),
        shape=(4,),
        kind=integers,
        per_image=False,
    )
    bounds = [layer.constant("start", (0,), "int32"), layer.constant("count", (1,), "int32")]
    images = layer.operator(
        Operator.SLICE, [whole, *bounds], shape=(1,), kind=integers, per_image=False
    )
    given = options(schema.ConcatenationOptionsT, axis=0)
    shape = layer.operator(
        Operator.CONCATENATION,
        [images, layer.constant("rest", (-1,), "int32")],
        given,
        shape=(2,),
        kind=integers,
        per_image=False,
    )
    return layer.operator(Operator.RESHAPE, [*inputs, shape], shape=(None,))


def squeeze(layer: LayerBuilder, inputs: Sequence[Tensor]) -> Tensor:
    """A map of 1x1 as a vector; on an open size, a larger one fails at run time."""
    given = options(schema.SqueezeOptionsT, squeezeDims=[1, 2])
    return layer.operator(Operator.SQUEEZE, inputs, given, shape=layer.node.shape)


def concat(layer: LayerBuilder, inputs: Sequence[Tensor]) -> Tensor:
    """Branches side by side, along the channels."""
    given = options(schema.ConcatenationOptionsT, axis=len(layer.node.shape))
    return layer.operator(Operator.CONCATENATION, inputs, given, shape=layer.node.shape)


def add(layer: LayerBuilder, inputs: Sequence[Tensor]) -> Tensor:
    """Sum of branches, all but the first scaled."""
    scale = layer.node.attributes["scale"]
    total, *others = inputs
    if scale != 1:
        factor = layer.constant("scale", scale)
        others = [_product(layer, other, factor, None) for other in others]
    functions = _functions(layer, others)
    for other, function in zip(others, functions, strict=True):
        given = options(schema.AddOptionsT, fusedActivationFunction=fused(function))
        total = layer.operator(Operator.ADD, [total, other], given)
    return _activated(layer, total, functions)


def multiply(layer: LayerBuilder, inputs: Sequence[Tensor]) -> Tensor:
    """Product of branches; vectors become maps of 1x1 where a map is among them."""
    shape = layer.node.shape
    product, *others = (
        reshaped(layer, tensor, (1, 1, *tensor.shape)) if len(tensor.shape) < len(shape) else tensor
        for tensor in inputs
    )
    functions = _functions(layer, others)
    for other, function in zip(others, functions, strict=True):
        product = _product(layer, product, other, function)
    return _activated(layer, product, functions)


def reshaped(layer: LayerBuilder, tensor: Tensor, shape: tuple[int | None, ...]) -> Tensor:
    """A tensor in another shape, all of whose sides but the batch are known."""
    sides = layer.constant("shape", (-1, *shape), "int32")
    return layer.operator(Operator.RESHAPE, [tensor, sides], shape=shape)


def _product(layer: LayerBuilder, one: Tensor, other: Tensor, function: Function | None) -> Tensor:
    shape = one.shape if one.shape[:2] != (1, 1) or len(other.shape) < 3 else other.shape
    given = options(schema.MulOptionsT, fusedActivationFunction=fused(function))
    return layer.operator(Operator.MUL, [one, other], given, shape=shape)


def _functions(layer: LayerBuilder, others: Sequence[Tensor]) -> list[Function | None]:
    """The function of a merge after its last operator, and none after those before it."""
    function: Function | None = layer.node.attributes["activation"]
    return [*(None for _ in others[1:]), *(function for _ in others[:1])]


def _activated(layer: LayerBuilder, tensor: Tensor, functions: Sequence[Function | None]) -> Tensor:
    """The result of a merge after its function, which a merge of one branch has not applied."""
    function = layer.node.attributes["activation"]
    if functions or function is None:
        return unfused(layer, tensor, function)
    return applied(layer, tensor, function)
