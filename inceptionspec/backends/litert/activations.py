"""Activation functions of a spec in LiteRT: literal, closed tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from ai_edge_litert import schema_py_generated as schema

from inceptionspec.backends.litert.flatbuffer import Tensor, options
from inceptionspec.backends.litert.layer_builder import LayerBuilder, Operator

#: Functions that convolutions, dense layers, sums and products apply themselves.
FUSED: Mapping[str | None, int] = MappingProxyType(
    {
        "relu": schema.ActivationFunctionType.RELU,
        "relu6": schema.ActivationFunctionType.RELU6,
    }
)


def fused(function: str | None) -> int:
    """The code of a function for the options of an operator; that of none where it has none."""
    return FUSED.get(function, schema.ActivationFunctionType.NONE)


def unfused(layer: LayerBuilder, tensor: Tensor, function: str | None) -> Tensor:
    """A tensor after a function that no operator before it has applied."""
    if function is None or function in FUSED:
        return tensor
    return ACTIVATIONS[function](layer, tensor)


def _sum(layer: LayerBuilder, one: Tensor, other: Tensor, function: str | None = None) -> Tensor:
    given = options(schema.AddOptionsT, fusedActivationFunction=fused(function))
    return layer.operator(Operator.ADD, [one, other], given)


def _product(layer: LayerBuilder, one: Tensor, other: Tensor) -> Tensor:
    return layer.operator(Operator.MUL, [one, other], options(schema.MulOptionsT))


def _hard_sigmoid(layer: LayerBuilder, tensor: Tensor) -> Tensor:
    """The function relu6(x + 3) / 6."""
    shifted = _sum(layer, tensor, layer.constant("three", 3.0), "relu6")
    return _product(layer, shifted, layer.constant("sixth", 1 / 6))


def _selu(layer: LayerBuilder, tensor: Tensor) -> Tensor:
    """The function s (relu(x) + a elu(min(x, 0))): LiteRT has no operator for it."""
    alpha = layer.constant("alpha", 1.6732632423543772)
    scale = layer.constant("scale", 1.0507009873554805)
    below = layer.operator(Operator.MINIMUM, [tensor, layer.constant("zero", 0.0)])
    bent = _product(layer, layer.operator(Operator.ELU, [below]), alpha)
    return _product(layer, _sum(layer, _simple(Operator.RELU)(layer, tensor), bent), scale)


def _silu(layer: LayerBuilder, tensor: Tensor) -> Tensor:
    return _product(layer, tensor, layer.operator(Operator.LOGISTIC, [tensor]))


def _softplus(layer: LayerBuilder, tensor: Tensor) -> Tensor:
    """The function relu(x) + log(1 + exp(-|x|)), which no large x overflows."""
    size = layer.operator(Operator.ABS, [tensor])
    power = layer.operator(Operator.EXP, [layer.operator(Operator.NEG, [size])])
    rest = layer.operator(Operator.LOG, [_sum(layer, power, layer.constant("one", 1.0))])
    return _sum(layer, _simple(Operator.RELU)(layer, tensor), rest)


def _simple(code: int) -> Callable[[LayerBuilder, Tensor], Tensor]:
    return lambda layer, tensor: layer.operator(code, [tensor])


#: Functions of `activation`, by name, with the arguments that Keras gives them.
ACTIVATIONS: Mapping[str, Callable[[LayerBuilder, Tensor], Tensor]] = MappingProxyType(
    {
        "elu": _simple(Operator.ELU),
        "gelu": lambda layer, tensor: layer.operator(
            Operator.GELU, [tensor], options(schema.GeluOptionsT, approximate=False)
        ),
        "hard_sigmoid": _hard_sigmoid,
        "leaky_relu": lambda layer, tensor: layer.operator(
            Operator.LEAKY_RELU, [tensor], options(schema.LeakyReluOptionsT, alpha=0.2)
        ),
        "relu": _simple(Operator.RELU),
        "relu6": _simple(Operator.RELU6),
        "selu": _selu,
        "sigmoid": _simple(Operator.LOGISTIC),
        "silu": _silu,
        "softmax": lambda layer, tensor: layer.operator(
            Operator.SOFTMAX, [tensor], options(schema.SoftmaxOptionsT, beta=1.0)
        ),
        "softplus": _softplus,
        "tanh": _simple(Operator.TANH),
    }
)
